import type { Certificate } from '../certificate.ts'
import { DerError, parseDer, readDerHeader, TAG, type DerElement } from '../der.ts'
import { bitStringOf, octetStringOf, oidOf, partsOf, timeOf } from '../der-values.ts'
import { readName } from '../distinguished-name.ts'
import {
  isSignatureOf,
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from '../signature-algorithm.ts'

/** One list of revoked certificates (CRL, RFC 5280 §5). Its signature is not verified yet. */
export interface RevocationList {
  readonly issuer: string
  readonly issuerKey: string
  /** Milliseconds UTC. */
  readonly thisUpdate: number
  readonly nextUpdate?: number
  /** Which certificates of its issuer it speaks of; `other`: a delta, indirect or partial one. */
  readonly scope: 'all' | 'users' | 'authorities' | 'other'
  readonly content: Buffer
  readonly algorithm: SignatureAlgorithm
  readonly signature: Buffer
  /** DER of its entries, one behind the other; empty when it revokes none. */
  readonly entries: Buffer
}

/** Entries are not descended into: what is around them is small. */
const LIMITS = { maxDepth: 12, maxElements: 1_000, rules: 'der' } as const
const DELTA_INDICATOR = '2.5.29.27'
const ISSUING_POINT = '2.5.29.28'

/**
 * Reads one list.
 * @param bytes DER, nothing after it
 * @throws DerError when it is none
 */
export function readRevocationList(bytes: Uint8Array): RevocationList {
  const root = parseDer(bytes, LIMITS)
  const [content, algorithm, signature] = partsOf(root, TAG.sequence, 3, 'a revocation list') as [
    DerElement,
    DerElement,
    DerElement,
  ]
  const all = content.as(TAG.sequence, 'a revocation list').children()
  const [, issuer, thisUpdate, ...rest] = all.slice(all[0]?.is(TAG.integer) === true ? 1 : 0)
  if (issuer === undefined || thisUpdate === undefined) {
    throw content.unexpected('a revocation list')
  }
  const name = readName(issuer)
  const entries = rest.find((part) => part.is(TAG.sequence))?.content ?? Buffer.alloc(0)
  // Walked once, so that a list is refused when it is read and not when it is asked.
  findEntry(entries, NO_SERIAL)
  const next = rest.find((part) => part.is(TAG.utcTime) || part.is(TAG.generalizedTime))
  return {
    issuer: name.text,
    issuerKey: name.key,
    thisUpdate: timeOf(thisUpdate),
    ...(next === undefined ? {} : { nextUpdate: timeOf(next) }),
    scope: scopeOf(rest.find((part) => part.isContext(0))?.children()[0]),
    content: content.raw,
    algorithm: readSignatureAlgorithm(algorithm),
    signature: bitStringOf(signature).bytes,
    entries,
  }
}

/** True when this authority signed the list, and may sign lists. */
export function isListSignedBy(list: RevocationList, issuer: Certificate): boolean {
  const mayList = issuer.keyUsage === undefined || issuer.keyUsage.has('cRLSign')
  return (
    mayList &&
    issuer.publicKey !== undefined &&
    isSignatureOf(issuer.publicKey, list.algorithm, list.content, list.signature)
  )
}

/** When the list says a certificate of its issuer was revoked; undefined when it does not. */
export function revokedAt(list: RevocationList, serial: Buffer): number | undefined {
  const entry = findEntry(list.entries, serial)
  if (entry === undefined) return undefined
  const [, date] = parseDer(entry, LIMITS).children()
  return date === undefined ? list.thisUpdate : timeOf(date)
}

/** Is no serial number. */
const NO_SERIAL = Buffer.alloc(0)

/**
 * Entries are walked where they lie: a list of a million costs no memory.
 * @throws DerError for an entry that cannot be read
 */
function findEntry(entries: Buffer, serial: Buffer): Buffer | undefined {
  for (let at = 0; at < entries.length;) {
    const entry = headerAt(entries, at, entries.length)
    const start = at + entry.headerBytes
    const end = start + entry.contentBytes
    const number = headerAt(entries, start, end)
    const from = start + number.headerBytes
    if (entries.subarray(from, from + number.contentBytes).equals(serial)) {
      return entries.subarray(at, end)
    }
    at = end
  }
  return undefined
}

function headerAt(input: Buffer, offset: number, end: number) {
  const header = readDerHeader(input, offset, 'der')
  const contentBytes = header?.contentBytes ?? 0
  if (header === undefined || contentBytes > end - offset - header.headerBytes) {
    throw new DerError('length', offset, 'An entry runs past the list')
  }
  return { headerBytes: header.headerBytes, contentBytes }
}

function scopeOf(extensions: DerElement | undefined): RevocationList['scope'] {
  let scope: RevocationList['scope'] = 'all'
  for (const extension of extensions?.children() ?? []) {
    const [oid, ...rest] = extension.children()
    const name = oid === undefined ? '' : oidOf(oid)
    if (name === DELTA_INDICATOR) return 'other'
    if (name !== ISSUING_POINT) continue
    const point = parseDer(octetStringOf(rest.at(-1)!), LIMITS)
    for (const part of point.children()) {
      if (part.isContext(1)) scope = 'users'
      else if (part.isContext(2)) scope = 'authorities'
      else if (!part.isContext(0)) return 'other'
    }
  }
  return scope
}
