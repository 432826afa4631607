import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { AuthorityMember, IssuedCertificate, LeafOrder } from '../certs/authority.ts'
import { makeKeyPair, sshPrivateKey, type KeyKind } from '../certs/key-pair.ts'
import { knownHostsLine } from '../certs/known-hosts.ts'
import { sshFingerprint, sshPublicKeyBlob, sshPublicKeyLine } from '../certs/ssh-public-key.ts'
import type { Clock } from './clock.ts'
import { GatewayError } from './errors.ts'
import { IdentityFolder, type IdentityFile } from './identity-files.ts'
import type { Logger } from './logger.ts'

/** A key the gateway shows to SSH clients. */
export interface SshHostKey {
  readonly algorithm: 'ssh-ed25519' | 'ssh-rsa'
  /** In the form ssh2 reads. */
  readonly privateKey: string
  /** `ssh-ed25519 AAAA…` */
  readonly publicLine: string
  /** `SHA256:…` */
  readonly fingerprint: string
  /** Milliseconds UTC. */
  readonly notBefore: number
}

/** What the gateway is known by (decisions C1). Private parts never leave `DATA/identity`. */
export interface Identity {
  /** One of each algorithm, the newest that is valid now: what the listener offers. */
  hostKeys(): readonly SshHostKey[]
  /** The private keys of `hostKeys()`, for the listener. */
  readonly sshHostKeys: readonly string[]
  /** All, also those of later and earlier: what partners are told to accept. */
  publishedHostKeys(): readonly SshHostKey[]
  /** Lines for a partner's known_hosts. */
  knownHosts(host: string, port: number): readonly string[]
  /** Certificate of the test root (PEM), for trust folders. */
  readonly testRootPem: string
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
}

export interface IdentityOptions {
  /** `DATA/identity`. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
}

const HOST_KEYS: readonly { readonly role: string; readonly kind: KeyKind }[] = [
  { role: 'ssh-host-ed25519', kind: { type: 'ed25519' } },
  { role: 'ssh-host-rsa', kind: { type: 'rsa', bits: 3_072 } },
]
const ROOT_ROLE = 'test-root'
const INTERMEDIATE_ROLE = 'test-intermediate'

/** Opens the gateway's identity; what is missing is made, off the main thread, and kept. */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const folder = new IdentityFolder(options.folder)
  const [authority, ...hostKeys] = await Promise.all([
    openAuthority(folder, options),
    ...HOST_KEYS.map(({ role, kind }) =>
      openRole(folder, options, role, async () => {
        const { privateKey } = await makeKeyPair(kind)
        return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      }),
    ),
  ])
  return new FileIdentity(
    hostKeys.flat().map(hostKeyOf),
    authority.root,
    authority.intermediate,
    options.clock,
  )
}

class FileIdentity implements Identity {
  readonly testRootPem: string
  readonly #hostKeys: readonly SshHostKey[]
  readonly #root: AuthorityMember
  readonly #intermediate: AuthorityMember
  readonly #clock: Clock

  constructor(
    hostKeys: readonly SshHostKey[],
    root: AuthorityMember,
    intermediate: AuthorityMember,
    clock: Clock,
  ) {
    this.#hostKeys = hostKeys
    this.#root = root
    this.#intermediate = intermediate
    this.#clock = clock
    this.testRootPem = root.certificatePem
  }

  hostKeys(): readonly SshHostKey[] {
    const now = this.#clock.now()
    const algorithms = new Set(this.#hostKeys.map((key) => key.algorithm))
    return [...algorithms].map((algorithm) => {
      const keys = this.#hostKeys.filter((key) => key.algorithm === algorithm)
      // All of later only when the clock was moved back before the first: then the oldest.
      return keys.find((key) => key.notBefore <= now) ?? keys.at(-1)!
    })
  }

  get sshHostKeys(): readonly string[] {
    return this.hostKeys().map((key) => key.privateKey)
  }

  publishedHostKeys(): readonly SshHostKey[] {
    return this.#hostKeys
  }

  knownHosts(host: string, port: number): readonly string[] {
    return this.#hostKeys.map((key) => knownHostsLine(host, port, key.publicLine))
  }

  async issueCertificate(order: LeafOrder): Promise<IssuedCertificate> {
    const { issueLeaf } = await import('../certs/authority.ts')
    return issueLeaf(this.#root, this.#intermediate, order)
  }

  async signRequest(order: RequestOrder): Promise<IssuedCertificate | undefined> {
    const { leafValidity } = await import('../certs/authority.ts')
    const { readSigningRequest } = await import('../certs/signing-request.ts')
    const request = readSigningRequest(order.requestPem)
    if (request === undefined) return undefined
    const validity = leafValidity(this.#clock.now(), order.days)
    return this.issueCertificate({ ...request, purpose: order.purpose, ...validity })
  }
}

/** The newest root and intermediate; made together when there is none. */
async function openAuthority(folder: IdentityFolder, options: IdentityOptions) {
  const now = options.clock.now()
  const rootFiles = await openRole(folder, options, ROOT_ROLE, async () => {
    const { makeRoot } = await import('../certs/authority.ts')
    return writeMember(await makeRoot(now))
  })
  const root = readMember(rootFiles[0]!)
  const intermediateFiles = await openRole(folder, options, INTERMEDIATE_ROLE, async () => {
    const { makeIntermediate } = await import('../certs/authority.ts')
    return writeMember(await makeIntermediate(root, now))
  })
  return { root, intermediate: readMember(intermediateFiles[0]!) }
}

/** The keys of a role, newest first; makes the first one. */
async function openRole(
  folder: IdentityFolder,
  options: IdentityOptions,
  role: string,
  make: () => Promise<string>,
): Promise<readonly IdentityFile[]> {
  const files = await folder.read(role)
  if (files.length > 0) return files
  await folder.add(role, options.clock.now(), await make())
  options.log.info({ role }, 'identity key made')
  return folder.read(role)
}

function hostKeyOf(file: IdentityFile): SshHostKey {
  const key = privateKeyOf(file)
  const blob = sshPublicKeyBlob(createPublicKey(key))
  const publicLine = blob === undefined ? '' : sshPublicKeyLine(blob)
  const [algorithm] = publicLine.split(' ')
  if (blob === undefined || (algorithm !== 'ssh-ed25519' && algorithm !== 'ssh-rsa')) {
    throw unreadable(file)
  }
  return {
    algorithm,
    privateKey: sshPrivateKey(key, 'raccord'),
    publicLine,
    fingerprint: sshFingerprint(blob),
    notBefore: file.notBefore,
  }
}

/** Key and certificate of an authority, one behind the other in one file. */
const writeMember = (member: AuthorityMember): string => member.keyPem + member.certificatePem

function readMember(file: IdentityFile): AuthorityMember {
  const start = file.text.indexOf('-----BEGIN CERTIFICATE-----')
  if (start === -1) throw unreadable(file)
  privateKeyOf(file)
  return { keyPem: file.text.slice(0, start), certificatePem: file.text.slice(start) }
}

function privateKeyOf(file: IdentityFile): KeyObject {
  try {
    return createPrivateKey(file.text)
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: IdentityFile, cause?: unknown): GatewayError {
  return new GatewayError('IDENTITY_UNREADABLE', `${file.path} is not the key it should be.`, {
    cause,
  })
}
