import { constants, verify, type KeyObject } from 'node:crypto'
import { TAG, type DerElement } from './der.ts'
import { oidOf, smallInteger } from './der-values.ts'

/** How something was signed: an AlgorithmIdentifier (RFC 5280 §4.1.1.2, RFC 4055, RFC 5758). */
export interface SignatureAlgorithm {
  readonly oid: string
  /** `RSA with SHA-256`; the OID of one that is not known. */
  readonly name: string
  /** `unknown` ones cannot be judged; weaker than SHA-256 is `weak`. */
  readonly strength: 'good' | 'weak' | 'unknown'
  /** OpenSSL's name; absent where the key's kind implies it. */
  readonly hash?: string
  /** RSASSA-PSS only: bytes of salt. */
  readonly saltBytes?: number
}

interface Row {
  readonly name: string
  readonly strength: 'good' | 'weak'
  readonly hash?: string
}

const ALGORITHMS: Readonly<Record<string, Row>> = {
  '1.2.840.113549.1.1.2': { name: 'RSA with MD2', strength: 'weak' },
  '1.2.840.113549.1.1.4': { name: 'RSA with MD5', strength: 'weak', hash: 'md5' },
  '1.2.840.113549.1.1.5': { name: 'RSA with SHA-1', strength: 'weak', hash: 'sha1' },
  '1.2.840.113549.1.1.11': { name: 'RSA with SHA-256', strength: 'good', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { name: 'RSA with SHA-384', strength: 'good', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { name: 'RSA with SHA-512', strength: 'good', hash: 'sha512' },
  '1.2.840.113549.1.1.14': { name: 'RSA with SHA-224', strength: 'weak', hash: 'sha224' },
  '1.2.840.10045.4.1': { name: 'ECDSA with SHA-1', strength: 'weak', hash: 'sha1' },
  '1.2.840.10045.4.3.1': { name: 'ECDSA with SHA-224', strength: 'weak', hash: 'sha224' },
  '1.2.840.10045.4.3.2': { name: 'ECDSA with SHA-256', strength: 'good', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { name: 'ECDSA with SHA-384', strength: 'good', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { name: 'ECDSA with SHA-512', strength: 'good', hash: 'sha512' },
  '1.2.840.10040.4.3': { name: 'DSA with SHA-1', strength: 'weak', hash: 'sha1' },
  '2.16.840.1.101.3.4.3.2': { name: 'DSA with SHA-256', strength: 'good', hash: 'sha256' },
  '1.3.101.112': { name: 'Ed25519', strength: 'good' },
  '1.3.101.113': { name: 'Ed448', strength: 'good' },
}

const RSASSA_PSS = '1.2.840.113549.1.1.10'

const HASHES: Readonly<Record<string, readonly [hash: string, name: string]>> = {
  '1.3.14.3.2.26': ['sha1', 'SHA-1'],
  '2.16.840.1.101.3.4.2.1': ['sha256', 'SHA-256'],
  '2.16.840.1.101.3.4.2.2': ['sha384', 'SHA-384'],
  '2.16.840.1.101.3.4.2.3': ['sha512', 'SHA-512'],
}

/** @throws DerError when it is no AlgorithmIdentifier */
export function readSignatureAlgorithm(element: DerElement): SignatureAlgorithm {
  const [type, parameters] = element.as(TAG.sequence, 'an algorithm').children()
  if (type === undefined) throw element.unexpected('an algorithm')
  const oid = oidOf(type)
  if (oid === RSASSA_PSS) return readPss(oid, parameters)
  const row = ALGORITHMS[oid]
  return row === undefined ? { oid, name: oid, strength: 'unknown' } : { oid, ...row }
}

/** Parameters of RFC 4055 §3.1; what is left out is SHA-1 and 20 bytes of salt. */
function readPss(oid: string, parameters: DerElement | undefined): SignatureAlgorithm {
  const parts = parameters?.is(TAG.sequence) === true ? parameters.children() : []
  const part = (tag: number) => parts.find((one) => one.isContext(tag))?.children()[0]
  const hashType = part(0)?.children()[0]
  const [hash, name] = HASHES[hashType === undefined ? '1.3.14.3.2.26' : oidOf(hashType)] ?? []
  if (hash === undefined) return { oid, name: oid, strength: 'unknown' }
  const salt = part(2)
  return {
    oid,
    name: `RSASSA-PSS with ${name}`,
    strength: hash === 'sha1' ? 'weak' : 'good',
    hash,
    saltBytes: salt === undefined ? 20 : smallInteger(salt),
  }
}

/** True when `signature` over `content` was made, in this way, with the private half of `key`. */
export function isSignatureOf(
  key: KeyObject,
  algorithm: SignatureAlgorithm,
  content: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (algorithm.strength === 'unknown') return false
  try {
    if (algorithm.saltBytes === undefined) {
      return verify(algorithm.hash, content, key, signature)
    }
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return verify(
      algorithm.hash,
      content,
      { key, padding, saltLength: algorithm.saltBytes },
      signature,
    )
  } catch {
    // A key of another kind than the algorithm's, or numbers that are none.
    return false
  }
}
