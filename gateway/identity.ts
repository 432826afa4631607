import type { IssuedCertificate, LeafOrder } from '../certs/authority.ts'
import type { Clock } from './clock.ts'
import { FileIdentity } from './file-identity.ts'
import { openTestAuthority } from './identity-authority.ts'
import type { IdentityCertificate } from './identity-certificates.ts'
import { IdentityFolder } from './identity-files.ts'
import { HOST_KEY_KIND_NAMES, makeHostKey, type SshHostKey } from './identity-host-keys.ts'
import { addFirstKey } from './identity-keys.ts'
import type { CertificateKind, IdentityKind, IdentityState } from './identity-kinds.ts'
import type { Logger } from './logger.ts'

/** What the gateway is known by (decisions C1). Private parts never leave `DATA/identity`. */
export interface Identity {
  /** One of each algorithm, the newest that is valid now: what the listener offers. */
  hostKeys(): readonly SshHostKey[]
  /** The private keys of `hostKeys()`, for the listener; the same array until they change. */
  sshHostKeys(): readonly string[]
  /** Also those of later and earlier: what partners are told to accept. */
  publishedHostKeys(): readonly PublishedHostKey[]
  /** Lines for a partner's known_hosts. */
  knownHosts(host: string, port: number): readonly string[]
  /** The certificate in use of a kind; made when there is none yet, or none that is valid. */
  certificate(kind: CertificateKind): Promise<IdentityCertificate>
  /** All of a kind that are not expired, newest first: any of them is accepted and can decrypt. */
  certificates(kind: CertificateKind): Promise<readonly PublishedCertificate[]>
  /**
   * Calls back with the certificate in use, now and each time another one takes its place.
   * @returns ends it
   */
  watch(kind: CertificateKind, use: (certificate: IdentityCertificate) => void): Promise<() => void>
  /** Every key there is, public parts only. */
  list(): readonly IdentityKey[]
  /**
   * Makes a further key of a kind: published at once, used after `overlapMilliseconds`.
   * @throws GatewayError IDENTITY_KEY_WAITS when one waits already that comes sooner
   */
  rotate(kind: IdentityKind, overlapMilliseconds: number): Promise<IdentityKey>
  /**
   * Takes back a key that is not used yet. @returns whether there was one: a key in use, or one that
   * has been, stays
   */
  withdraw(kind: IdentityKind, fingerprint: string): Promise<boolean>
  /** Sees what another process changed, renews what ends soon. @returns how many were renewed */
  refresh(): Promise<number>
  /**
   * The authority that signs the gateway's own certificates and nobody else's (PEM): by its root the
   * gateway is known. Made when it is first asked for.
   */
  ownAuthority(): Promise<{ readonly rootPem: string; readonly intermediatePem: string }>
  /** Certificates of the test authority (PEM), for trust folders. It signs for whoever asks. */
  readonly testRootPem: string
  readonly testIntermediatePem: string
  /** Signs a partner's key by the test authority. */
  issueCertificate(order: LeafOrder): Promise<IssuedCertificate>
  /**
   * Signs a partner's signing request (PEM), valid from a day ago for `days`.
   * @returns undefined when it is no request, or its signature does not hold
   */
  signRequest(order: RequestOrder): Promise<IssuedCertificate | undefined>
}

export interface RequestOrder {
  readonly requestPem: string
  readonly purpose: LeafOrder['purpose']
  readonly days: number
  readonly dnsNames?: readonly string[]
}

export interface PublishedHostKey extends SshHostKey {
  readonly state: IdentityState
}

export interface PublishedCertificate extends IdentityCertificate {
  readonly state: IdentityState
}

/** One key as lists show it. */
export interface IdentityKey {
  readonly kind: IdentityKind
  readonly state: IdentityState
  /** `SHA256:…` of a host key, 64 hexadecimal characters of a certificate. */
  readonly fingerprint: string
  /** Milliseconds UTC. */
  readonly usedFrom: number
  /** Of the certificate; null for a host key, which does not end. */
  readonly notAfter: number | null
}

export interface IdentityOptions {
  /** `DATA/identity`. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
  /**
   * Names and addresses the gateway is reached by, besides its own machine's. Certificates that
   * lack one, or that its own authority did not sign, are issued again; absent: they stay as they
   * are.
   */
  readonly names?: readonly string[]
}

/**
 * Opens the gateway's identity. Host keys and test authority are made when they are missing; the
 * keys of certificates when the first of their kind is asked for; all off the main thread.
 * @throws GatewayError IDENTITY_UNREADABLE
 */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const folder = new IdentityFolder(options.folder)
  const [authority] = await Promise.all([
    openTestAuthority(folder, options),
    ...HOST_KEY_KIND_NAMES.map((kind) =>
      addFirstKey(folder, options, kind, () => makeHostKey(kind)),
    ),
  ])
  const identity = new FileIdentity(folder, authority, options)
  await identity.load()
  return identity
}
