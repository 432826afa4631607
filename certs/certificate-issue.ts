import { createHash, randomBytes, X509Certificate, type KeyObject } from 'node:crypto'
import {
  bits,
  bitStringBytes,
  context,
  derOf,
  encodeName,
  integer,
  octets,
  oid,
  parseDer,
  pem,
  sequence,
  signatureAlgorithm,
  signedDer,
  spkiOf,
  timeOf,
  children,
  type Asn1,
  type DistinguishedName,
} from './x509-parts.ts'

/** What a certificate may be used for (reference chorus-pro-edi §6). */
export type CertificatePurpose = 'authority' | 'client' | 'server' | 'email'

/** Who signs: itself for a root. */
export interface Issuer {
  readonly name: DistinguishedName
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export interface CertificateOrder {
  readonly subject: DistinguishedName
  readonly publicKey: KeyObject
  readonly issuer: Issuer
  readonly purpose: CertificatePurpose
  /** Milliseconds UTC; certificates count whole seconds. */
  readonly notBefore: number
  readonly notAfter: number
  /** Authorities only: how many authorities may follow below (RFC 5280 §4.2.1.9). */
  readonly pathLength?: number
  /** Names for a `server` certificate (RFC 5280 §4.2.1.6). */
  readonly dnsNames?: readonly string[]
}

/** RFC 5280 §4.1.2.2: positive, at most 20 bytes. */
const SERIAL_BYTES = 16

const EXTENSIONS = {
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectKeyIdentifier: '2.5.29.14',
  authorityKeyIdentifier: '2.5.29.35',
  subjectAlternativeName: '2.5.29.17',
} as const

const EXTENDED_KEY_USAGE: Readonly<Record<Exclude<CertificatePurpose, 'authority'>, string>> = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
  email: '1.3.6.1.5.5.7.3.4',
}

/** Key usage as its byte and the unused bits at its end (RFC 5280 §4.2.1.3). */
const KEY_USAGE: Readonly<Record<CertificatePurpose, readonly [byte: number, unused: number]>> = {
  authority: [0b0000_0110, 1],
  client: [0b1000_0000, 7],
  server: [0b1010_0000, 5],
  email: [0b1010_0000, 5],
}

/** Makes and signs one X.509 v3 certificate. @returns PEM */
export function issueCertificate(order: CertificateOrder): string {
  const algorithm = signatureAlgorithm(order.issuer.privateKey)
  const content = sequence(
    context(0, integer(Buffer.of(2))),
    integer(newSerial()),
    algorithm,
    encodeName(order.issuer.name),
    sequence(timeOf(order.notBefore), timeOf(order.notAfter)),
    encodeName(order.subject),
    spkiOf(order.publicKey),
    context(3, sequence(...extensionsOf(order))),
  )
  const der = signedDer(content, algorithm, order.issuer.privateKey)
  // Read back by OpenSSL: what it would not take is never handed out.
  return pem('CERTIFICATE', new X509Certificate(der).raw)
}

function extensionsOf(order: CertificateOrder): Asn1[] {
  const [usageByte, unusedBits] = KEY_USAGE[order.purpose]
  const extensions = [
    extension(EXTENSIONS.basicConstraints, authorityMark(order), true),
    extension(EXTENSIONS.keyUsage, bits(Buffer.of(usageByte), unusedBits), true),
    extension(EXTENSIONS.subjectKeyIdentifier, octets(keyIdentifier(order.publicKey))),
    extension(
      EXTENSIONS.authorityKeyIdentifier,
      sequence(implicit(0, keyIdentifier(order.issuer.publicKey))),
    ),
  ]
  if (order.purpose !== 'authority') {
    const usage = EXTENDED_KEY_USAGE[order.purpose]
    extensions.push(extension(EXTENSIONS.extendedKeyUsage, sequence(oid(usage))))
  }
  if (order.dnsNames !== undefined && order.dnsNames.length > 0) {
    const names = order.dnsNames.map((name) => implicit(2, Buffer.from(name, 'latin1')))
    extensions.push(extension(EXTENSIONS.subjectAlternativeName, sequence(...names)))
  }
  return extensions
}

function authorityMark(order: CertificateOrder): Asn1 {
  if (order.purpose !== 'authority') return sequence()
  const mark = boolean(true)
  return order.pathLength === undefined
    ? sequence(mark)
    : sequence(mark, integer(Buffer.of(order.pathLength)))
}

function extension(type: string, value: Asn1, isCritical = false): Asn1 {
  const content = octets(derOf(value))
  return isCritical ? sequence(oid(type), boolean(true), content) : sequence(oid(type), content)
}

/** SHA-1 of the subjectPublicKey bits (RFC 5280 §4.2.1.2, method 1): a name, not a protection. */
function keyIdentifier(key: KeyObject): Buffer {
  const [, publicBits] = children(spkiOf(key))
  const value = publicBits === undefined ? Buffer.alloc(0) : bitStringBytes(publicBits)
  return createHash('sha1').update(value).digest()
}

function newSerial(): Buffer {
  const serial = randomBytes(SERIAL_BYTES)
  serial[0] = (serial[0]! & 0x7f) | 0x40
  return serial
}

const implicit = (tag: number, bytes: Uint8Array): Asn1 => {
  const der = Buffer.concat([Buffer.of(0x80 | tag), lengthBytes(bytes.length), bytes])
  return parseDer(der)
}

const lengthBytes = (length: number): Buffer =>
  length < 128 ? Buffer.of(length) : Buffer.of(0x82, length >> 8, length & 0xff)

const boolean = (value: boolean): Asn1 => parseDer(Buffer.of(1, 1, value ? 0xff : 0))
