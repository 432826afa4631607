import type { KeyObject, X509Certificate } from 'node:crypto'

/** Bits of KeyUsage in their order (RFC 5280 §4.2.1.3). */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

export type KeyUsage = (typeof KEY_USAGES)[number]

/** One X.509 certificate (RFC 5280), read by der.ts; OpenSSL has read the same bytes. */
export interface Certificate {
  readonly der: Buffer
  /** OpenSSL's reading: for signatures, and `toString()` gives PEM. */
  readonly x509: X509Certificate
  readonly version: number
  /** `C=FR, O=ACME, CN=edi.acme.example`, one line, no control characters. */
  readonly subject: string
  readonly issuer: string
  /** DER of the names. */
  readonly subjectDer: Buffer
  readonly issuerDer: Buffer
  /** Capital hexadecimal digits. */
  readonly serialNumber: string
  /** Milliseconds UTC, both included. */
  readonly notBefore: number
  readonly notAfter: number
  /** DER of the SubjectPublicKeyInfo. */
  readonly spkiDer: Buffer
  /** Absent for a key that OpenSSL does not know. */
  readonly publicKey?: KeyObject
  readonly keyType: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448' | 'dsa' | 'unknown'
  /** Of the RSA modulus or the curve's field; 0 when not known. */
  readonly keyBits: number
  /** OpenSSL's name of the curve, `explicit` when its numbers stand in the certificate. */
  readonly curve?: string
  readonly signatureOid: string
  /** Basic constraints say CA. */
  readonly isAuthority: boolean
  readonly pathLength?: number
  readonly keyUsage?: ReadonlySet<KeyUsage>
  /** OIDs; absent when the extension is. */
  readonly extendedKeyUsage?: readonly string[]
  /** OIDs of certificate policies. */
  readonly policies: readonly string[]
  /** Lower-case hexadecimal. */
  readonly subjectKeyId?: string
  readonly authorityKeyId?: string
  /** OIDs of critical extensions that nothing here reads. */
  readonly unknownCritical: readonly string[]
  /** 64 lower-case hexadecimal characters each. */
  readonly sha256: string
  readonly spkiSha256: string
}
