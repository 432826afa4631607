import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import {
  issueCertificate,
  type CertificateOrder,
  type CertificatePurpose,
  type Issuer,
} from './certificate-issue.ts'
import { makeKeyPair } from './key-pair.ts'
import type { DistinguishedName } from './x509-parts.ts'

/**
 * The gateway's test certificate authority: a root and an intermediate, so that the chains it
 * gives are as long as real ones. It proves nothing to anybody outside the simulator.
 */

const DAY = 86_400_000
/** Longer than any test of expiry moves the clock. */
const AUTHORITY_DAYS = 7_300
/** Certificates start a day early: clocks differ, and the simulator's may be moved back a little. */
const EARLY = DAY
const AUTHORITY_KEY = { type: 'rsa', bits: 3_072 } as const

const ROOT_NAME: DistinguishedName = {
  countryName: 'FR',
  organizationName: 'Raccord (simulated)',
  commonName: 'Raccord test root',
}
const INTERMEDIATE_NAME: DistinguishedName = {
  ...ROOT_NAME,
  commonName: 'Raccord test intermediate',
}

/** One authority: its private key (PKCS#8 PEM) and its certificate (PEM). */
export interface AuthorityMember {
  readonly keyPem: string
  readonly certificatePem: string
}

/** A certificate and the rest of its chain, the root last. All PEM. */
export interface IssuedCertificate {
  readonly certificatePem: string
  readonly chainPem: readonly string[]
}

/** What a certificate of an end entity may be used for. */
export type LeafPurpose = Exclude<CertificatePurpose, 'authority'>

export interface LeafOrder extends Omit<CertificateOrder, 'subject' | 'issuer' | 'pathLength'> {
  readonly commonName: string
  readonly purpose: LeafPurpose
}

/** Makes the root. @param now milliseconds UTC */
export async function makeRoot(
  now: number,
  commonName: string = ROOT_NAME.commonName,
): Promise<AuthorityMember> {
  const { privateKey, publicKey } = await makeKeyPair(AUTHORITY_KEY)
  const name = { ...ROOT_NAME, commonName }
  const issuer: Issuer = { name, privateKey, publicKey }
  const certificatePem = issueCertificate({
    ...authorityOrder(now, issuer, publicKey, name),
    pathLength: 1,
  })
  return { keyPem: pkcs8(privateKey), certificatePem }
}

/** Makes the authority that signs partners' certificates, under `root`. */
export async function makeIntermediate(
  root: AuthorityMember,
  now: number,
  commonName: string = INTERMEDIATE_NAME.commonName,
): Promise<AuthorityMember> {
  const { privateKey, publicKey } = await makeKeyPair(AUTHORITY_KEY)
  const certificatePem = issueCertificate({
    ...authorityOrder(now, issuerOf(root), publicKey, {
      ...INTERMEDIATE_NAME,
      commonName,
    }),
    pathLength: 0,
  })
  return { keyPem: pkcs8(privateKey), certificatePem }
}

/** Signs what a partner asks for; an order outlasting the authority ends with it. */
export function issueLeaf(
  root: AuthorityMember,
  intermediate: AuthorityMember,
  order: LeafOrder,
): IssuedCertificate {
  const issuer = issuerOf(intermediate)
  const last = new X509Certificate(intermediate.certificatePem).validToDate.getTime()
  const { commonName, ...rest } = order
  const certificatePem = issueCertificate({
    ...rest,
    subject: { commonName },
    issuer,
    notAfter: Math.min(order.notAfter, last),
  })
  return { certificatePem, chainPem: [intermediate.certificatePem, root.certificatePem] }
}

/** The usual validity of a leaf: from a day ago, for `days`. */
export function leafValidity(now: number, days: number): { notBefore: number; notAfter: number } {
  return { notBefore: now - EARLY, notAfter: now + days * DAY }
}

function authorityOrder(
  now: number,
  issuer: Issuer,
  publicKey: KeyObject,
  subject: DistinguishedName,
): CertificateOrder {
  return {
    subject,
    publicKey,
    issuer,
    purpose: 'authority',
    notBefore: now - EARLY,
    notAfter: now + AUTHORITY_DAYS * DAY,
  }
}

/** The name a member was given. */
function nameOf(member: AuthorityMember): DistinguishedName {
  const { subject } = new X509Certificate(member.certificatePem)
  return { ...ROOT_NAME, commonName: /^CN=(.*)$/m.exec(subject)?.[1] ?? ROOT_NAME.commonName }
}

function issuerOf(member: AuthorityMember): Issuer {
  const name = nameOf(member)
  const privateKey = createPrivateKey(member.keyPem)
  return { name, privateKey, publicKey: createPublicKey(privateKey) }
}

const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()
