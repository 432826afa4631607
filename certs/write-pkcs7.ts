import { X509Certificate } from 'node:crypto'
import { pem } from './pem.ts'
import { derElement as element } from './write-der.ts'

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
