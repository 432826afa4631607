import type { Environment, ProtocolName } from '../gateway/flow.ts'
import { assuranceLevel } from './assurance-levels.ts'
import type { CertificateUser } from './certificate-checks.ts'
import { nameOf, type Certificate } from './certificate.ts'
import type { CertificateChain } from './chain.ts'
import type { Say } from './finding-lines.ts'
import {
  ADVISED_RSA_BITS,
  ANY_EXTENDED_KEY_USAGE,
  MAX_RSA_BITS,
  MIN_EC_BITS,
  MIN_RSA_BITS,
  USAGE_NAMES,
  USUAL_CURVES,
  type PartRequirement,
} from './requirements.ts'
import { sshPublicKeyBlob } from './ssh-public-key.ts'

/** Lines purpose, key, signature, level and uniqueness: whether a certificate does for its use. */

export function checkPurpose(leaf: Certificate, wanted: PartRequirement, say: Say): void {
  const { extendedKeyUsage: extended, keyUsage } = leaf
  const { name, oid } = wanted.extendedKeyUsage
  const has = (usage: string) =>
    extended?.includes(usage) === true || extended?.includes(ANY_EXTENDED_KEY_USAGE) === true
  if (extended === undefined) say('EXTENDED_USAGE_ABSENT', { wanted: name })
  else if (!has(oid)) {
    const found = extended.map((usage) => USAGE_NAMES[usage] ?? usage).join(', ')
    say('EXTENDED_USAGE_WRONG', { wanted: name, found })
  }
  const advised = wanted.advisedUsage
  if (advised !== undefined && extended !== undefined && !has(advised.oid)) {
    say('EMAIL_PROTECTION_ABSENT')
  }
  const usages = [...wanted.keyUsage, ...(leaf.key.type === 'rsa' ? wanted.rsaKeyUsage : [])]
  const missing = usages.filter((usage) => keyUsage?.has(usage) === false)
  if (keyUsage === undefined) say('KEY_USAGE_ABSENT', { wanted: usages.join(', ') })
  else if (missing.length > 0) {
    say('KEY_USAGE_WRONG', { wanted: missing.join(', '), found: [...keyUsage].join(', ') || '–' })
  }
  if (has(oid)) say('PURPOSE_FITS', { wanted: name })
}

export function checkKey(
  path: readonly Certificate[],
  wanted: PartRequirement,
  environment: Environment,
  say: Say,
): void {
  const [leaf, ...issuers] = path as readonly [Certificate, ...Certificate[]]
  const key = keyName(leaf)
  switch (leaf.key.type) {
    case 'rsa':
      checkRsa(leaf, say)
      break
    case 'ec':
      checkCurve(leaf, wanted, environment, say)
      break
    case 'ed25519':
      if (wanted.ec === 'not-as-the-real-one') checkNotRsaOnSftp(leaf, environment, say)
      else say('KEY_TYPE_REFUSED', { key })
      break
    case 'rsa-pss':
    case 'ed448':
    case 'dsa':
    case 'unknown':
      say(wanted.ec === 'not-as-the-real-one' ? 'NO_SSH_FORM' : 'KEY_TYPE_REFUSED', { key })
      break
  }
  for (const issuer of issuers) {
    const { type, bits } = issuer.key
    const isWeak =
      type === 'rsa' || type === 'rsa-pss'
        ? bits < MIN_RSA_BITS
        : type === 'ec' && bits > 0 && bits < MIN_EC_BITS
    if (isWeak) say('AUTHORITY_KEY_WEAK', { subject: nameOf(issuer), key: keyName(issuer) })
  }
}

function checkRsa(leaf: Certificate, say: Say): void {
  const { bits, isExponentSound } = leaf.key
  const key = keyName(leaf)
  if (bits < MIN_RSA_BITS) say('RSA_WEAK', { key })
  else if (bits > MAX_RSA_BITS || !isExponentSound || leaf.publicKey === undefined) {
    say('RSA_UNUSABLE', { key })
  } else if (bits < ADVISED_RSA_BITS) say('RSA_SHORT', { key })
  else say('KEY_GOOD', { key })
}

function checkCurve(
  leaf: Certificate,
  wanted: PartRequirement,
  environment: Environment,
  say: Say,
): void {
  const { curve = '', bits } = leaf.key
  const key = keyName(leaf)
  if (curve === 'explicit') say('EC_EXPLICIT')
  else if (bits > 0 && bits < MIN_EC_BITS) say('EC_WEAK', { key })
  else if (leaf.publicKey === undefined) say('KEY_TYPE_REFUSED', { key })
  else if (wanted.ec === 'not-as-the-real-one') checkNotRsaOnSftp(leaf, environment, say)
  else {
    if (!USUAL_CURVES.has(curve)) say('EC_UNUSUAL', { key })
    if (wanted.ec === 'no-key-transport') say('EC_ON_AS2', { key })
    say('KEY_GOOD', { key })
  }
}

/** The bench and modern clients want them; the real one does not (reference §6, sftp.md §2). */
function checkNotRsaOnSftp(leaf: Certificate, environment: Environment, say: Say): void {
  const key = keyName(leaf)
  const isKnownToSsh =
    leaf.publicKey !== undefined && sshPublicKeyBlob(leaf.publicKey) !== undefined
  if (!isKnownToSsh) say('NO_SSH_FORM', { key })
  else say(environment === 'production' ? 'NOT_RSA_ON_SFTP_REFUSED' : 'NOT_RSA_ON_SFTP', { key })
}

/** The root's own signature proves nothing and is not judged; a self-signed leaf's is. */
export function checkSignature(chain: CertificateChain, say: Say): void {
  const { path } = chain
  const signed = path.filter(
    (one, index) => index === 0 || index < path.length - 1 || one.subjectKey !== one.issuerKey,
  )
  for (const one of signed) {
    const { name, strength } = one.signature
    if (strength === 'good') continue
    say(strength === 'weak' ? 'SIGNATURE_WEAK' : 'SIGNATURE_UNKNOWN', {
      subject: nameOf(one),
      algorithm: name,
    })
  }
  if (signed.every((one) => one.signature.strength === 'good')) {
    const names = new Set(signed.map((one) => one.signature.name))
    say('SIGNATURE_GOOD', { algorithm: [...names].join(', ') })
  }
}

/** Informative: never fails. */
export function checkLevel(
  chain: CertificateChain,
  rgsPolicies: readonly string[],
  say: Say,
): void {
  const leaf = chain.path[0]!
  const level = assuranceLevel(leaf, rgsPolicies)
  if (level !== undefined) say('LEVEL_FOUND', { level })
  else if (chain.anchor?.origin === 'test') say('LEVEL_TEST')
  else say('LEVEL_UNKNOWN', { policies: leaf.policies.slice(0, 10).join(', ') || '–' })
}

/** Decisions C4. */
export function checkUniqueness(
  users: readonly CertificateUser[],
  protocol: ProtocolName,
  say: Say,
): void {
  const serving = users.filter((user) => !user.isDraft)
  if (serving.some((user) => user.same === 'certificate')) say('CERTIFICATE_TAKEN')
  else if (serving.some((user) => user.isSameAs2Id === true)) say('AS2_KEY_TAKEN')
  else if (serving.length === 0) say(users.length === 0 ? 'UNIQUE' : 'IN_ANOTHER_DRAFT')
  else if (protocol === 'sftp' || serving.some((user) => user.protocol === 'sftp')) say('KEY_TAKEN')
  else say('KEY_SHARED')
}

function keyName(certificate: Certificate): string {
  const { type, bits, curve } = certificate.key
  const names = { rsa: 'RSA', 'rsa-pss': 'RSA-PSS', ec: 'EC', ed25519: 'Ed25519' }
  const name = type in names ? names[type as keyof typeof names] : type
  if (type === 'ed25519' || type === 'ed448') return name
  return [name, curve ?? (bits > 0 ? String(bits) : '')].join(' ').trim()
}
