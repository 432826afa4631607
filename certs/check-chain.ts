import { nameOf, type Certificate } from './certificate.ts'
import type { CertificateChain } from './chain.ts'
import type { Say } from './finding-lines.ts'
import { SOON_DAYS } from './requirements.ts'
import { isListSignedBy, revokedAt, type RevocationList } from './trust/revocation-list.ts'

/** Lines chain, root, validity and revocation: who stands behind a certificate, and when. */

export interface Moments {
  /** Milliseconds UTC. */
  readonly now: number
  /** Not before `now`. */
  readonly start: number
}

const DAY = 86_400_000

export function checkChain(chain: CertificateChain, fileOrder: readonly Certificate[], say: Say) {
  const { path, fromTrust } = chain
  const last = path.at(-1)!
  if (chain.isIssuerKeyOther && !chain.isComplete) {
    say('CHAIN_SIGNATURE_WRONG', { subject: nameOf(last), issuer: last.issuer })
  } else if (!chain.isComplete && fileOrder.length === 1)
    say('CHAIN_LEAF_ONLY', { issuer: last.issuer })
  else if (!chain.isComplete) {
    say('CHAIN_INCOMPLETE', { subject: nameOf(last), issuer: last.issuer })
  } else if (fromTrust.length > 0) {
    say('CHAIN_COMPLETED', { subjects: fromTrust.map(nameOf).join('; ') })
  } else if (path.length === 1) say('CHAIN_SELF_SIGNED')
  else {
    say('CHAIN_COMPLETE', { root: nameOf(last), count: path.length })
    if (!isInOrder(path, fileOrder)) say('CHAIN_REORDERED')
  }
  for (const [index, one] of path.entries()) {
    if (one.unknownCritical.length > 0) {
      say('CRITICAL_EXTENSION', { subject: nameOf(one), oid: one.unknownCritical.join(', ') })
    }
    if (index > 0) checkIssuer(one, path.slice(1, index), say)
  }
}

/** RFC 5280 §6.1.4 (k) to (n). @param below authorities between it and the partner's certificate */
function checkIssuer(issuer: Certificate, below: readonly Certificate[], say: Say): void {
  const subject = nameOf(issuer)
  // Roots of version 1, from before there were extensions, cannot say that they are authorities.
  const isOldRoot = issuer.version < 3 && issuer.subjectKey === issuer.issuerKey
  if (!issuer.isAuthority && !isOldRoot) say('ISSUER_NO_AUTHORITY', { subject })
  else if (issuer.keyUsage?.has('keyCertSign') === false) say('ISSUER_MAY_NOT_SIGN', { subject })
  const counted = below.filter((one) => one.subjectKey !== one.issuerKey).length
  if (issuer.pathLength !== undefined && counted > issuer.pathLength) {
    say('PATH_TOO_LONG', { subject, limit: issuer.pathLength })
  }
  if (issuer.hasNameConstraints) say('NAME_CONSTRAINTS', { subject })
}

function isInOrder(path: readonly Certificate[], fileOrder: readonly Certificate[]): boolean {
  const places = path.map((one) => fileOrder.indexOf(one))
  return places.every((place, index) => index === 0 || place > places[index - 1]!)
}

export function checkRoot(chain: CertificateChain, unknownRoot: 'refuse' | 'warn', say: Say): void {
  const last = chain.path.at(-1)!
  if (chain.anchor !== undefined) {
    const subject = nameOf(chain.anchor.certificate)
    say(chain.anchor.origin === 'test' ? 'ROOT_TEST' : 'ROOT_TRUSTED', { subject })
  } else if (!chain.isComplete) say('ROOT_NOT_REACHED')
  else {
    say(unknownRoot === 'warn' ? 'ROOT_UNKNOWN' : 'ROOT_UNKNOWN_REFUSED', {
      subject: nameOf(last),
    })
  }
}

export function checkValidity(path: readonly Certificate[], { now, start }: Moments, say: Say) {
  const [leaf, ...issuers] = path as readonly [Certificate, ...Certificate[]]
  const values = { ...datesOf(leaf), start: shownTime(start) }
  const days = Math.floor((leaf.notAfter - start) / DAY)
  if (leaf.notAfter < now) say('EXPIRED', values)
  else if (leaf.notAfter < start) say('EXPIRED_AT_START', values)
  else if (leaf.notBefore > start) say('NOT_YET_VALID', values)
  else if (leaf.notBefore > now) say('NOT_YET_VALID_TODAY', values)
  else if (days < SOON_DAYS) say('EXPIRES_SOON', { ...values, days })
  else say('VALID', values)
  for (const issuer of issuers) {
    const authority = { subject: nameOf(issuer), ...datesOf(issuer) }
    if (issuer.notAfter < start || issuer.notBefore > start) say('AUTHORITY_NOT_VALID', authority)
    else if (issuer.notAfter < leaf.notAfter && issuer.notAfter - start < SOON_DAYS * DAY) {
      say('AUTHORITY_EXPIRES_SOON', authority)
    }
  }
}

/** Looks every certificate of the chain but the root up in its issuer's list. */
export function checkRevocation(
  path: readonly Certificate[],
  lists: readonly RevocationList[],
  { now, start }: Moments,
  say: Say,
): void {
  let isSure = true
  for (const [index, issuer] of path.slice(1).entries()) {
    const one = path[index]!
    const outcome = lookUp(one, issuer, lists, index === 0)
    if (outcome.revokedAt !== undefined && outcome.revokedAt <= start) {
      say('REVOKED', { subject: nameOf(one), date: shownTime(outcome.revokedAt) })
    }
    const next = outcome.list?.nextUpdate
    const values = { issuer: nameOf(issuer), date: shownTime(next ?? now) }
    const isExpired = next !== undefined && next < now
    if (outcome.list === undefined) {
      say(outcome.hasUnverified ? 'LIST_UNVERIFIED' : 'LIST_MISSING', values)
    } else if (isExpired) say('LIST_EXPIRED', values)
    isSure &&= outcome.list !== undefined && !isExpired && outcome.revokedAt === undefined
  }
  if (isSure) say('NOT_REVOKED')
}

interface LookUp {
  /** The newest good list. */
  readonly list?: RevocationList
  readonly revokedAt?: number
  readonly hasUnverified: boolean
}

function lookUp(
  one: Certificate,
  issuer: Certificate,
  lists: readonly RevocationList[],
  isLeaf: boolean,
): LookUp {
  const own = lists.filter((list) => list.issuerKey === issuer.subjectKey)
  const scope = isLeaf ? 'users' : 'authorities'
  const list = own
    .filter((list) => list.scope === 'all' || list.scope === scope)
    .sort((first, second) => second.thisUpdate - first.thisUpdate)
    .find((list) => isListSignedBy(list, issuer))
  if (list === undefined) return { hasUnverified: own.length > 0 }
  const date = revokedAt(list, one.serialBytes)
  return { list, hasUnverified: false, ...(date === undefined ? {} : { revokedAt: date }) }
}

function datesOf(certificate: Certificate): { readonly from: string; readonly until: string } {
  return { from: shownTime(certificate.notBefore), until: shownTime(certificate.notAfter) }
}

/** `2026-11-22 10:00 UTC`; a date out of range as its number. */
function shownTime(time: number): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return String(time)
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
