import { parseDer, TAG, type DerElement } from './der.ts'
import { bitStringOf, integerBytes, oidOf, partsOf } from './der-values.ts'

/** What a SubjectPublicKeyInfo holds, without handing it to OpenSSL. */
export interface PublicKeyKind {
  readonly type: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448' | 'dsa' | 'unknown'
  /** Of the RSA modulus or the curve's field; 0 when not known. */
  readonly bits: number
  /** OpenSSL's name of the curve; its OID when not known; `explicit` when its numbers stand there. */
  readonly curve?: string
  /** RSA: the public exponent is odd, over 1, and no longer than OpenSSL takes it. */
  readonly isExponentSound: boolean
}

const TYPES: Readonly<Record<string, PublicKeyKind['type']>> = {
  '1.2.840.113549.1.1.1': 'rsa',
  '1.2.840.113549.1.1.10': 'rsa-pss',
  '1.2.840.10045.2.1': 'ec',
  '1.3.101.112': 'ed25519',
  '1.3.101.113': 'ed448',
  '1.2.840.10040.4.1': 'dsa',
}

const CURVES: Readonly<Record<string, readonly [name: string, bits: number]>> = {
  '1.2.840.10045.3.1.1': ['prime192v1', 192],
  '1.2.840.10045.3.1.7': ['prime256v1', 256],
  '1.3.132.0.33': ['secp224r1', 224],
  '1.3.132.0.34': ['secp384r1', 384],
  '1.3.132.0.35': ['secp521r1', 521],
  '1.3.132.0.10': ['secp256k1', 256],
  '1.3.36.3.3.2.8.1.1.7': ['brainpoolP256r1', 256],
  '1.3.36.3.3.2.8.1.1.11': ['brainpoolP384r1', 384],
  '1.3.36.3.3.2.8.1.1.13': ['brainpoolP512r1', 512],
}

const MAX_EXPONENT_BYTES = 8
const RSA_LIMITS = { maxDepth: 3, maxElements: 8, rules: 'der' } as const

/** @throws DerError when it is no SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) */
export function readPublicKeyKind(spki: DerElement): PublicKeyKind {
  const [algorithm, key] = partsOf(spki, TAG.sequence, 2, 'a public key') as [
    DerElement,
    DerElement,
  ]
  const [oid, parameters] = algorithm.as(TAG.sequence, 'an algorithm').children()
  if (oid === undefined) throw algorithm.unexpected('an algorithm')
  const { bytes } = bitStringOf(key)
  const type = TYPES[oidOf(oid)] ?? 'unknown'
  switch (type) {
    case 'rsa':
    case 'rsa-pss': {
      const numbers = partsOf(parseDer(bytes, RSA_LIMITS), TAG.sequence, 2, 'an RSA key')
      const [modulus, exponent] = numbers.map(integerBytes) as [Buffer, Buffer]
      return { type, bits: bitsOf(modulus), isExponentSound: isSound(exponent) }
    }
    case 'ec': {
      if (parameters?.is(TAG.oid) !== true) {
        return { type, bits: 0, curve: 'explicit', isExponentSound: true }
      }
      const curve = oidOf(parameters)
      const [name, bits] = CURVES[curve] ?? [curve, 0]
      return { type, bits, curve: name, isExponentSound: true }
    }
    case 'ed25519':
    case 'ed448':
      return { type, bits: type === 'ed25519' ? 256 : 456, isExponentSound: true }
    case 'dsa':
    case 'unknown':
      return { type, bits: 0, isExponentSound: true }
  }
}

function bitsOf(number: Buffer): number {
  const start = number.findIndex((byte) => byte !== 0)
  return start === -1 ? 0 : (number.length - start) * 8 - (Math.clz32(number[start]!) - 24)
}

function isSound(exponent: Buffer): boolean {
  const isNegative = exponent[0]! > 127
  return (
    !isNegative &&
    bitsOf(exponent) > 1 &&
    bitsOf(exponent) <= MAX_EXPONENT_BYTES * 8 &&
    (exponent.at(-1)! & 1) === 1
  )
}
