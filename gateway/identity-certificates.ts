import { createPublicKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { IssuedCertificate, LeafOrder } from '../certs/authority.ts'
import { certificateSha256 } from '../certs/fingerprint.ts'
import { makeKeyPair } from '../certs/key-pair.ts'
import { certificatesIn, requirePrivateKey, unreadable } from './identity-keys.ts'
import {
  CERTIFICATE_KINDS,
  keyInUse,
  type CertificateKind,
  type IdentityState,
} from './identity-kinds.ts'
import type { IdentityFile } from './identity-files.ts'

const DAY = 86_400_000
/** Certificates start a day early: clocks differ. */
const EARLY = DAY

/** A key of the gateway with its certificate. */
export interface IdentityCertificate {
  readonly kind: CertificateKind
  readonly path: string
  /** PKCS#8. */
  readonly keyPem: string
  readonly certificatePem: string
  /** Intermediate, then root. */
  readonly chainPem: readonly string[]
  readonly subject: string
  readonly serial: string
  /** 64 lower-case hexadecimal characters. */
  readonly sha256: string
  /** Milliseconds UTC, both included. */
  readonly notBefore: number
  readonly notAfter: number
  /** Milliseconds UTC: the gateway uses it from then on; it is accepted before, too. */
  readonly usedFrom: number
}

export type Issue = (order: LeafOrder) => Promise<IssuedCertificate>

/** Makes a key off the main thread and has it certified. @returns the text of a key file */
export async function makeCertified(
  kind: CertificateKind,
  order: {
    readonly issue: Issue
    /** Names and addresses the gateway is reached by. */
    readonly names: readonly string[]
    readonly now: number
    readonly usedFrom: number
  },
): Promise<string> {
  const { privateKey } = await makeKeyPair(CERTIFICATE_KINDS[kind].key)
  return certify(kind, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), order)
}

/** Certifies a key that is there, in the text of a key file. */
export async function certify(
  kind: CertificateKind,
  keyPem: string,
  order: {
    readonly issue: Issue
    readonly names: readonly string[]
    readonly now: number
    readonly usedFrom: number
  },
): Promise<string> {
  const row = CERTIFICATE_KINDS[kind]
  const names = row.isNamed ? order.names : []
  const { certificatePem, chainPem } = await order.issue({
    commonName: row.commonName,
    publicKey: createPublicKey(keyPem),
    purpose: row.purpose,
    dnsNames: names.filter((name) => isIP(name) === 0),
    ipAddresses: names.filter((name) => isIP(name) !== 0),
    notBefore: order.now - EARLY,
    notAfter: Math.max(order.usedFrom, order.now) + row.days * DAY,
  })
  return [keyPem, certificatePem, ...chainPem].join('')
}

/** @throws GatewayError IDENTITY_UNREADABLE */
export function identityCertificateOf(
  kind: CertificateKind,
  file: IdentityFile,
): IdentityCertificate {
  const { keyPem, key } = requirePrivateKey(file)
  const [certificatePem, ...chainPem] = certificatesIn(file)
  const certificate = parseCertificate(certificatePem, file)
  if (!certificate.checkPrivateKey(key)) throw unreadable(file)
  return {
    kind,
    path: file.path,
    keyPem,
    certificatePem,
    chainPem,
    subject: certificate.subject,
    serial: certificate.serialNumber,
    sha256: certificateSha256(certificate),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    usedFrom: file.notBefore,
  }
}

/** True when the certificate holds for each name and address. */
export function holdsFor(certificate: IdentityCertificate, names: readonly string[]): boolean {
  if (!CERTIFICATE_KINDS[certificate.kind].isNamed) return true
  const parsed = new X509Certificate(certificate.certificatePem)
  return names.every((name) =>
    isIP(name) === 0 ? parsed.checkHost(name) !== undefined : parsed.checkIP(name) !== undefined,
  )
}

/** What was found out of a certificate, and of which issuers: it is asked at every AS2 message. */
const issuedBy = new WeakMap<
  IdentityCertificate,
  { readonly issuers: string; readonly isIssued: boolean }
>()

/** True when one of these (PEM) signed it. */
export function isIssuedBy(one: IdentityCertificate, issuersPem: readonly string[]): boolean {
  const issuers = issuersPem.join('')
  const known = issuedBy.get(one)
  if (known?.issuers === issuers) return known.isIssued
  const certificate = new X509Certificate(one.certificatePem)
  const isIssued = issuersPem.some((pem) => certificate.verify(new X509Certificate(pem).publicKey))
  issuedBy.set(one, { issuers, isIssued })
  return isIssued
}

/** The newest whose time has come and which has not expired, else the newest whose time has come. */
export function certificateInUse(
  certificates: readonly IdentityCertificate[],
  now: number,
): IdentityCertificate | undefined {
  const valid = certificates.filter((one) => one.notBefore <= now && now <= one.notAfter)
  return keyInUse(valid.length > 0 ? valid : certificates, now)
}

/** @param certificates of one kind, newest first */
export function certificateStates(
  certificates: readonly IdentityCertificate[],
  now: number,
): readonly { readonly certificate: IdentityCertificate; readonly state: IdentityState }[] {
  const used = certificateInUse(certificates, now)
  return certificates.map((certificate) => ({ certificate, state: stateOf(certificate) }))

  function stateOf(certificate: IdentityCertificate): IdentityState {
    if (certificate.notAfter < now) return 'expired'
    if (certificate === used) return 'in-use'
    return certificate.usedFrom > now ? 'next' : 'previous'
  }
}

function parseCertificate(text: string, file: IdentityFile): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch (error) {
    throw unreadable(file, error)
  }
}
