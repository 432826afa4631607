import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import {
  NO_EXTENSIONS,
  readExtensions,
  type CertificateExtensions,
} from './certificate-extensions.ts'
import { parseDer, TAG, type DerElement } from './der.ts'
import { partsOf, smallInteger, timeOf } from './der-values.ts'
import { readName } from './distinguished-name.ts'
import { sha256, spkiSha256 } from './fingerprint.ts'
import { readPublicKeyKind, type PublicKeyKind } from './public-key-kind.ts'
import { readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts'

/** One X.509 certificate (RFC 5280), read by der.ts; OpenSSL has read the same bytes. */
export interface Certificate extends CertificateExtensions {
  readonly der: Buffer
  /** OpenSSL's reading: for signatures, and `toString()` gives PEM. */
  readonly x509: X509Certificate
  /** 1 to 3. */
  readonly version: number
  /** `C=FR, O=ACME, CN=edi.acme.example`, one line, safe to print. */
  readonly subject: string
  readonly issuer: string
  /** Equal for equal names (RFC 5280 §7.1). */
  readonly subjectKey: string
  readonly issuerKey: string
  /** Capital hexadecimal digits. */
  readonly serialNumber: string
  /** As the certificate has them, two's complement. */
  readonly serialBytes: Buffer
  /** Milliseconds UTC, both included. */
  readonly notBefore: number
  readonly notAfter: number
  /** DER of the SubjectPublicKeyInfo. */
  readonly spkiDer: Buffer
  readonly key: PublicKeyKind
  /** Absent for a key that OpenSSL does not know, or whose curve is not a named one. */
  readonly publicKey?: KeyObject
  readonly signature: SignatureAlgorithm
  /** 64 lower-case hexadecimal characters each. */
  readonly sha256: string
  readonly spkiSha256: string
}

/** A certificate of everyday size has 100 to 200 elements; one with 300 names has 400. */
const LIMITS = { maxDepth: 16, maxElements: 10_000, rules: 'der' } as const

/**
 * Reads one certificate.
 * @param bytes DER, nothing after it
 * @throws DerError when it is none, or OpenSSL reads it differently
 */
export function readCertificate(bytes: Uint8Array): Certificate {
  const root = parseDer(bytes, LIMITS)
  const [content, outerAlgorithm] = partsOf(root, TAG.sequence, 3, 'a certificate') as [
    DerElement,
    DerElement,
  ]
  const all = content.as(TAG.sequence, 'the content of a certificate').children()
  const versionPart = all[0]?.isContext(0) === true ? all[0].children()[0] : undefined
  const [serial, algorithm, issuer, validity, subject, spki, ...rest] = all.slice(
    versionPart === undefined ? 0 : 1,
  )
  if (serial?.is(TAG.integer) !== true || spki === undefined) {
    throw content.unexpected('the content of a certificate')
  }
  if (!algorithm!.raw.equals(outerAlgorithm.raw)) {
    throw outerAlgorithm.unexpected('the algorithm that the content names')
  }
  const [start, end] = partsOf(validity!, TAG.sequence, 2, 'a validity').map(timeOf)
  const extensions = rest.find((part) => part.isContext(3))?.children()[0]
  const issuerName = readName(issuer!)
  const subjectName = readName(subject!)
  const key = readPublicKeyKind(spki)
  const publicKey = importKey(spki.raw, key)
  const x509 = openSslReading(root)
  return {
    ...(extensions === undefined ? NO_EXTENSIONS : readExtensions(extensions)),
    der: root.raw,
    x509,
    version: versionPart === undefined ? 1 : smallInteger(versionPart) + 1,
    subject: subjectName.text,
    issuer: issuerName.text,
    subjectKey: subjectName.key,
    issuerKey: issuerName.key,
    serialNumber: x509.serialNumber,
    serialBytes: serial.content,
    notBefore: start!,
    notAfter: end!,
    spkiDer: spki.raw,
    key,
    ...(publicKey === undefined ? {} : { publicKey }),
    signature: readSignatureAlgorithm(algorithm!),
    sha256: sha256(root.raw),
    spkiSha256: publicKey === undefined ? sha256(spki.raw) : spkiSha256(publicKey),
  }
}

/** PEM of certificates, freshly written. */
export function certificatesPem(certificates: readonly Certificate[]): string {
  return certificates.map((one) => one.x509.toString()).join('')
}

/** A name to call it by: its subject, or its serial number when that is empty. */
export function nameOf(certificate: Certificate): string {
  return certificate.subject === '' ? `no. ${certificate.serialNumber}` : certificate.subject
}

function openSslReading(root: DerElement): X509Certificate {
  try {
    const x509 = new X509Certificate(root.raw)
    if (x509.raw.equals(root.raw)) return x509
  } catch {
    // Said below, like any other structure that is no certificate.
  }
  throw root.unexpected('a certificate as OpenSSL reads it')
}

function importKey(der: Buffer, kind: PublicKeyKind): KeyObject | undefined {
  // A partner's own curve parameters are not computed with.
  if (kind.curve === 'explicit') return undefined
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
