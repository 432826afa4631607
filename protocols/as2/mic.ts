import { hashByMicalg, hashRow, type HashName } from './cms/algorithms.ts'

/** One wrapping of a message, the outermost first in a list of them. */
export type Layer = 'encrypted' | 'signed' | 'compressed'

/** Which octets the MIC is over. */
export type MicBasis =
  /** What the signature covers: headers, blank line and body of the signed part. */
  | 'signed-entity'
  /** The innermost entity, decrypted and inflated, headers included, transfer encoding still on. */
  | 'entity'
  /** The HTTP body alone. */
  | 'content'

interface MicRule {
  readonly isSigned: boolean
  readonly isWrapped: boolean
  readonly basis: MicBasis
}

/** RFC 4130 §7.3.1 and RFC 5402 §4; `isWrapped` = encrypted or compressed. */
const RULES: readonly MicRule[] = [
  { isSigned: true, isWrapped: true, basis: 'signed-entity' },
  { isSigned: true, isWrapped: false, basis: 'signed-entity' },
  { isSigned: false, isWrapped: true, basis: 'entity' },
  { isSigned: false, isWrapped: false, basis: 'content' },
]

export function micBasis(layers: readonly Layer[]): MicBasis {
  const isSigned = layers.includes('signed')
  const isWrapped = layers.some((layer) => layer !== 'signed')
  return RULES.find((rule) => rule.isSigned === isSigned && rule.isWrapped === isWrapped)!.basis
}

/** A message integrity check, as an MDN carries it. */
export interface Mic {
  readonly hash: HashName
  readonly digest: Buffer
}

/** `w7AguNJEmhF/qIjJw6LnnA==, sha-256`: never folded, however long. */
export function writeMic({ hash, digest }: Mic, spelling: 'new' | 'old' = 'new'): string {
  const row = hashRow(hash)
  return `${digest.toString('base64')}, ${spelling === 'new' ? row.micalg : row.oldMicalg}`
}

/** SHA-512 in base64 is 88; folded and padded texts are longer. */
const MAX_MIC_CHARACTERS = 512

/** Reads `Received-Content-MIC`, whatever way the hash is written. @returns undefined for another text */
export function parseMic(text: string): Mic | undefined {
  if (text.length > MAX_MIC_CHARACTERS) return undefined
  const match = /^\s*([A-Za-z0-9+/=\s]+?)\s*,\s*([^,;]+?)\s*$/.exec(text)
  const row = match === null ? undefined : hashByMicalg(match[2]!)
  if (row === undefined) return undefined
  const digest = Buffer.from(match![1]!.replaceAll(/\s/g, ''), 'base64')
  return digest.length === row.bytes ? { hash: row.name, digest } : undefined
}

/** Equal whatever the spelling was. */
export function isSameMic(one: Mic, other: Mic): boolean {
  return one.hash === other.hash && one.digest.equals(other.digest)
}
