import { constants, publicDecrypt, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { Certificate } from '../../../certs/certificate.ts'
import { TAG, parseDer } from '../../../certs/der.ts'
import { octetStringOf, partsOf } from '../../../certs/der-values.ts'
import { isSignatureOf } from '../../../certs/signature-algorithm.ts'
import { DigestFault, MessageFault } from '../message-fault.ts'
import type { Digests } from '../running-digests.ts'
import { readAlgorithm } from './algorithm-identifier.ts'
import { RSA_PKCS1, SIGNATURE_OIDS, type HashName, type LegacyAlgorithm } from './algorithms.ts'
import { describeReference, isReferenceTo } from './recipient-info.ts'
import type { SignerInfo } from './signer-info.ts'

/** A signature that holds. */
export interface VerifiedSignature {
  /** The registered certificate that made it. */
  readonly certificate: Certificate
  readonly hash: HashName
  /** `RSA with SHA-256`. */
  readonly algorithm: string
  /** Milliseconds UTC, as the signer's clock said. */
  readonly signingTime: number | undefined
}

export interface Verification {
  readonly signers: readonly SignerInfo[]
  /** Of the signed octets, as they arrived. */
  readonly digests: Digests
  /** OID that the signed attributes must name. */
  readonly contentType: string
  /** The partner's registered certificates; nothing inside the message adds to them. */
  readonly registered: readonly Certificate[]
  readonly legacy: ReadonlySet<LegacyAlgorithm>
}

/** RSA keys under this are refused unless the connection allows them. */
const MIN_RSA_BITS = 2_048

/**
 * Looks for one signature that a registered certificate made over these octets.
 * @throws MessageFault `signer`, `signature`, `digest`, `weak`: what is wrong with the first
 */
export function verifySignature(verification: Verification): VerifiedSignature {
  if (verification.signers.length === 0) {
    throw new MessageFault('signature', 'Signed data without a signature')
  }
  const faults: MessageFault[] = []
  for (const signer of verification.signers) {
    try {
      return verifySigner(signer, verification)
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error
      faults.push(error)
    }
  }
  // Of a signer that we know, it says more.
  throw faults.find((fault) => fault.kind !== 'signer') ?? faults[0]!
}

function verifySigner(signer: SignerInfo, verification: Verification): VerifiedSignature {
  const { hash, attributes, signatureAlgorithm } = signer
  const { digests, registered, legacy } = verification
  if (hash === undefined) {
    throw new MessageFault('unsupported', `Digest algorithm ${signer.digestOid}`)
  }
  if (hash.legacy !== undefined && !legacy.has(hash.legacy)) {
    throw new MessageFault('weak', `Signed with ${hash.micalg}, which is not allowed here`)
  }
  const digest = digests.get(hash.name)
  if (digest === undefined) {
    throw new MessageFault('signature', `Signed with ${hash.micalg}, announced as another hash`)
  }
  const named = registered.filter((one) => isReferenceTo(signer.reference, one))
  const candidates = named.length > 0 ? named : registered
  const certificate = candidates.find(({ publicKey }) => isSignedWith(publicKey, signer, digest))
  if (certificate === undefined) {
    const who = describeReference(signer.reference)
    throw named.length > 0
      ? new MessageFault('signature', `The signature by ${who} does not hold`)
      : new MessageFault('signer', `Signed by ${who}, which is not registered`)
  }
  checkAttributes(signer, digest, verification.contentType)
  const isShort = certificate.key.type.startsWith('rsa') && certificate.key.bits < MIN_RSA_BITS
  if (isShort && !legacy.has('rsa-1024')) {
    throw new MessageFault('weak', `Signed with an RSA key of ${certificate.key.bits} bits`)
  }
  return {
    certificate,
    hash: hash.name,
    algorithm: signatureAlgorithm.name,
    signingTime: attributes?.signingTime,
  }
}

function isSignedWith(key: KeyObject | undefined, signer: SignerInfo, digest: Buffer): boolean {
  const { attributes, signature, signatureAlgorithm } = signer
  if (key === undefined) return false
  if (attributes === undefined) return isContentSignedWith(key, signer, digest)
  return attributes.forms.some((form) => isSignatureOf(key, signatureAlgorithm, form, signature))
}

/** RFC 5652 §5.6 and §11, RFC 6211 §3. */
function checkAttributes(signer: SignerInfo, digest: Buffer, contentType: string): void {
  const { attributes } = signer
  if (attributes === undefined) return
  if (attributes.contentType !== contentType) {
    throw new MessageFault('signature', 'The signature is over another type of content')
  }
  const { messageDigest, protects } = attributes
  if (messageDigest?.length !== digest.length || !timingSafeEqual(messageDigest, digest)) {
    throw new DigestFault(messageDigest)
  }
  const isProtected =
    protects === undefined ||
    (protects.digest === signer.digestOid &&
      (protects.signature ?? signer.signatureAlgorithm.oid) === signer.signatureAlgorithm.oid)
  if (!isProtected) {
    throw new MessageFault('signature', 'The signature was made with other algorithms than named')
  }
}

/**
 * A signature over the content alone. The content is gone by when the signature arrives: only RSA
 * PKCS#1, which carries the digest, can be compared with it.
 */
function isContentSignedWith(key: KeyObject, signer: SignerInfo, digest: Buffer): boolean {
  const { hash, signature, signatureAlgorithm } = signer
  const isPkcs1 =
    signatureAlgorithm.oid === RSA_PKCS1 ||
    signatureAlgorithm.oid === SIGNATURE_OIDS.rsa[hash!.name]
  if (!isPkcs1 || key.asymmetricKeyType !== 'rsa') return false
  try {
    const info = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature)
    const limits = { maxDepth: 4, maxElements: 8, rules: 'der' } as const
    const [algorithm, value] = partsOf(parseDer(info, limits), TAG.sequence, 2, 'a DigestInfo')
    return readAlgorithm(algorithm!).oid === hash!.oid && octetStringOf(value!).equals(digest)
  } catch {
    return false
  }
}
