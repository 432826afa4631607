import { X509Certificate } from 'node:crypto'
import { pem } from './pem.ts'

/** DER tags of what a degenerate SignedData is made of (RFC 5652 §5.1, X.690). */
const INTEGER = 0x02
const OBJECT_IDENTIFIER = 0x06
const SEQUENCE = 0x30
const SET = 0x31
const CONTEXT_0 = 0xa0

const SIGNED_DATA_OID = Buffer.from('2a864886f70d010702', 'hex')
const DATA_OID = Buffer.from('2a864886f70d010701', 'hex')
const VERSION = Buffer.of(1)

/**
 * Writes certificates as a bundle: PKCS#7 SignedData that signs nothing, what the portal wants
 * (`.p7b`). They stand in the order given, as `openssl crl2pkcs7` leaves them.
 * @param certificates PEM, one each
 * @returns DER
 */
export function writePkcs7(certificates: readonly string[]): Buffer {
  const raw = certificates.map((text) => new X509Certificate(text).raw)
  const signedData = element(
    SEQUENCE,
    element(INTEGER, VERSION),
    element(SET),
    element(SEQUENCE, element(OBJECT_IDENTIFIER, DATA_OID)),
    element(CONTEXT_0, ...raw),
    element(SET),
  )
  return element(
    SEQUENCE,
    element(OBJECT_IDENTIFIER, SIGNED_DATA_OID),
    element(CONTEXT_0, signedData),
  )
}

/** The same as text, `-----BEGIN PKCS7-----`. */
export function writePkcs7Pem(certificates: readonly string[]): string {
  return pem('PKCS7', writePkcs7(certificates))
}

function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content])
}

/** X.690 §8.1.3: one byte below 128, else the count of bytes and the bytes. */
function lengthOf(length: number): Buffer {
  if (length < 128) return Buffer.of(length)
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes])
}
