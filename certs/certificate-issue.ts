import { createHash, randomBytes, X509Certificate, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { pem } from './pem.ts'
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
  sequence,
  signatureAlgorithm,
  signedDer,
  spkiOf,
  timeOf,
  children,
  type Asn1,
  type DistinguishedName,
  type SignatureDigest,
} from './x509-parts.ts'

/**
 * What a certificate may be used for (reference chorus-pro-edi §6). `as2` is a server's that signs
 * and decrypts messages too; `code-signing` fits no protocol.
 */
export type CertificatePurpose =
  | 'authority'
  | 'client'
  | 'server'
  | 'email'
  | 'as2'
  /** One certificate for both sides. */
  | 'pesit'
  | 'code-signing'

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
  /** Names of a server (RFC 5280 §4.2.1.6). */
  readonly dnsNames?: readonly string[]
  /** IPv4 in dotted form, IPv6 as RFC 4291 §2.2 writes it. */
  readonly ipAddresses?: readonly string[]
  /** Default SHA-256. */
  readonly digest?: SignatureDigest
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

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4'
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'

const EXTENDED_KEY_USAGE: Readonly<Record<CertificatePurpose, readonly string[]>> = {
  authority: [],
  client: [CLIENT_AUTH],
  server: [SERVER_AUTH],
  email: [EMAIL_PROTECTION],
  as2: [SERVER_AUTH, EMAIL_PROTECTION],
  pesit: [SERVER_AUTH, CLIENT_AUTH],
  'code-signing': [CODE_SIGNING],
}

/** Key usage as its byte and the unused bits at its end (RFC 5280 §4.2.1.3). */
type KeyUsage = readonly [byte: number, unused: number]
const SIGNS_CERTIFICATES: KeyUsage = [0b0000_0110, 1]
const SIGNS: KeyUsage = [0b1000_0000, 7]
const SIGNS_AND_TRANSPORTS_KEYS: KeyUsage = [0b1010_0000, 5]

/** Makes and signs one X.509 v3 certificate. @returns PEM */
export function issueCertificate(order: CertificateOrder): string {
  const algorithm = signatureAlgorithm(order.issuer.privateKey, order.digest)
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
  const der = signedDer(content, algorithm, order.issuer.privateKey, order.digest)
  // Read back by OpenSSL: what it would not take is never handed out.
  return pem('CERTIFICATE', new X509Certificate(der).raw)
}

function extensionsOf(order: CertificateOrder): Asn1[] {
  const [usageByte, unusedBits] = keyUsage(order)
  const extensions = [
    extension(EXTENSIONS.basicConstraints, authorityMark(order), true),
    extension(EXTENSIONS.keyUsage, bits(Buffer.of(usageByte), unusedBits), true),
    extension(EXTENSIONS.subjectKeyIdentifier, octets(keyIdentifier(order.publicKey))),
    extension(
      EXTENSIONS.authorityKeyIdentifier,
      sequence(implicit(0, keyIdentifier(order.issuer.publicKey))),
    ),
  ]
  const usages = EXTENDED_KEY_USAGE[order.purpose]
  if (usages.length > 0) {
    extensions.push(extension(EXTENSIONS.extendedKeyUsage, sequence(...usages.map(oid))))
  }
  const names = [
    ...(order.dnsNames ?? []).map((name) => implicit(2, Buffer.from(name, 'latin1'))),
    ...(order.ipAddresses ?? []).map((address) => implicit(7, addressBytes(address))),
  ]
  if (names.length > 0) {
    extensions.push(extension(EXTENSIONS.subjectAlternativeName, sequence(...names)))
  }
  return extensions
}

/** Only RSA keys transport others (RFC 8813 §3 for curves). */
function keyUsage({ purpose, publicKey }: CertificateOrder): KeyUsage {
  if (purpose === 'authority') return SIGNS_CERTIFICATES
  const isTransport =
    purpose !== 'client' && purpose !== 'code-signing' && publicKey.asymmetricKeyType === 'rsa'
  return isTransport ? SIGNS_AND_TRANSPORTS_KEYS : SIGNS
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

/** 4 or 16 bytes (RFC 5280 §4.2.1.6). */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const front = groups(head)
  const back = groups(tail ?? '')
  const zeros = Array<string>(8 - front.length - back.length).fill('0')
  const all = [...front, ...(tail === undefined ? [] : zeros), ...back]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
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
