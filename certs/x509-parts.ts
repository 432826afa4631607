import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import forge from 'node-forge'

/** The pieces that certificates and signing requests share, on node-forge's ASN.1. */

const { asn1 } = forge
export type Asn1 = forge.asn1.Asn1

const OIDS = {
  commonName: '2.5.4.3',
  organizationName: '2.5.4.10',
  countryName: '2.5.4.6',
  rsaSha256: '1.2.840.113549.1.1.11',
  rsaSha1: '1.2.840.113549.1.1.5',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  ecdsaSha1: '1.2.840.10045.4.1',
  ed25519: '1.3.101.112',
} as const

/** Who a certificate is about. */
export interface DistinguishedName {
  readonly commonName: string
  readonly organizationName?: string
  readonly countryName?: string
}

export const sequence = (...parts: readonly Asn1[]): Asn1 =>
  asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [...parts])

export const oid = (dotted: string): Asn1 =>
  asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(dotted).getBytes())

export const integer = (bytes: Uint8Array): Asn1 =>
  asn1.create(asn1.Class.UNIVERSAL, asn1.Type.INTEGER, false, binary(bytes))

export const octets = (bytes: Uint8Array): Asn1 =>
  asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OCTETSTRING, false, binary(bytes))

/** A bit string of whole bytes, or with `unused` bits at its end. */
export const bits = (bytes: Uint8Array, unused = 0): Asn1 =>
  asn1.create(
    asn1.Class.UNIVERSAL,
    asn1.Type.BITSTRING,
    false,
    String.fromCharCode(unused) + binary(bytes),
  )

/** `[tag] EXPLICIT` around the parts. */
export const context = (tag: number, ...parts: readonly Asn1[]): Asn1 =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, true, [...parts])

/** Name in the order country, organisation, common name, as UTF8String (RFC 5280 §4.1.2.4). */
export function encodeName(name: DistinguishedName): Asn1 {
  const parts = [
    [OIDS.countryName, name.countryName],
    [OIDS.organizationName, name.organizationName],
    [OIDS.commonName, name.commonName],
  ] as const
  return sequence(
    ...parts.flatMap(([type, value]) => (value === undefined ? [] : [relativeName(type, value)])),
  )
}

/** Common name of an encoded name, if it has one. */
export function decodeCommonName(name: Asn1): string | undefined {
  for (const relative of children(name)) {
    const [type, value] = children(children(relative)[0])
    if (type !== undefined && typeof type.value === 'string' && typeof value?.value === 'string') {
      if (asn1.derToOid(type.value) === OIDS.commonName) {
        return Buffer.from(value.value, 'latin1').toString('utf8')
      }
    }
  }
  return undefined
}

/** SHA-1 is for certificates that are to be refused. */
export type SignatureDigest = 'sha256' | 'sha1'

/** `SEQUENCE { content, algorithm, signature }`: what certificates and requests both are. */
export function signedDer(
  content: Asn1,
  algorithm: Asn1,
  signer: KeyObject,
  digest: SignatureDigest = 'sha256',
): Buffer {
  const hash = signer.asymmetricKeyType === 'ed25519' ? null : digest
  return derOf(sequence(content, algorithm, bits(sign(hash, derOf(content), signer))))
}

/** The algorithm identifier of what `signedDer` makes with this key. */
export function signatureAlgorithm(signer: KeyObject, digest: SignatureDigest = 'sha256'): Asn1 {
  const isSha1 = digest === 'sha1'
  switch (signer.asymmetricKeyType) {
    case 'rsa':
      return sequence(
        oid(isSha1 ? OIDS.rsaSha1 : OIDS.rsaSha256),
        asn1.create(asn1.Class.UNIVERSAL, asn1.Type.NULL, false, ''),
      )
    case 'ec':
      return sequence(oid(isSha1 ? OIDS.ecdsaSha1 : OIDS.ecdsaSha256))
    case 'ed25519':
      return sequence(oid(OIDS.ed25519))
    default:
      throw new TypeError(`No signature with a ${signer.asymmetricKeyType ?? signer.type} key.`)
  }
}

/** True when `content` was signed, in the way that `signedDer` signs, with the private half of `key`. */
export function isSignedBy(content: Asn1, signature: Asn1, key: KeyObject): boolean {
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  return verify(digest, derOf(content), key, bitStringBytes(signature))
}

/** The key of a SubjectPublicKeyInfo. @throws when it is none */
export function keyOfSpki(spki: Asn1): KeyObject {
  return createPublicKey({ key: derOf(spki), format: 'der', type: 'spki' })
}

export const spkiOf = (key: KeyObject): Asn1 =>
  parseDer(key.export({ type: 'spki', format: 'der' }))

/** @throws when the bytes are no DER, or have something after it */
export const parseDer = (bytes: Uint8Array): Asn1 =>
  asn1.fromDer(forge.util.createBuffer(binary(bytes)))

export const derOf = (value: Asn1): Buffer => Buffer.from(asn1.toDer(value).getBytes(), 'latin1')

export const timeOf = (milliseconds: number): Asn1 => {
  const date = new Date(milliseconds)
  // RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
  const isLate = date.getUTCFullYear() >= 2050
  return asn1.create(
    asn1.Class.UNIVERSAL,
    isLate ? asn1.Type.GENERALIZEDTIME : asn1.Type.UTCTIME,
    false,
    isLate ? asn1.dateToGeneralizedTime(date) : asn1.dateToUtcTime(date),
  )
}

/** The parts of a constructed value; none of a primitive one. */
export function children(value: Asn1 | undefined): readonly Asn1[] {
  return Array.isArray(value?.value) ? value.value : []
}

/** Content of a bit string, which node-forge may have read as the structure inside it. */
export function bitStringBytes(value: Asn1): Buffer {
  const der = derOf(value)
  const lengthOfLength = der[1]! < 128 ? 0 : der[1]! & 0x7f
  return der.subarray(2 + lengthOfLength + 1)
}

function relativeName(type: string, value: string): Asn1 {
  const isCountry = type === OIDS.countryName
  const text = asn1.create(
    asn1.Class.UNIVERSAL,
    isCountry ? asn1.Type.PRINTABLESTRING : asn1.Type.UTF8,
    false,
    binary(Buffer.from(value, 'utf8')),
  )
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, [sequence(oid(type), text)])
}

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
