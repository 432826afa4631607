import type { IssuedCertificate, LeafOrder } from '../certs/authority.ts'
import { knownHostsLine } from '../certs/known-hosts.ts'
import { GatewayError } from './errors.ts'
import type {
  Identity,
  IdentityKey,
  IdentityOptions,
  PublishedCertificate,
  PublishedHostKey,
  RequestOrder,
} from './identity.ts'
import {
  issueBy,
  openOwnAuthority,
  ownIntermediates,
  type Authority,
} from './identity-authority.ts'
import {
  certificateInUse,
  certificateStates,
  certify,
  holdsFor,
  identityCertificateOf,
  isIssuedBy,
  makeCertified,
  type IdentityCertificate,
} from './identity-certificates.ts'
import type { IdentityFolder } from './identity-files.ts'
import {
  HOST_KEY_KIND_NAMES,
  hostKeyOf,
  hostKeyStates,
  makeHostKey,
  type SshHostKey,
} from './identity-host-keys.ts'
import {
  CERTIFICATE_KIND_NAMES,
  CERTIFICATE_KINDS,
  keyInUse,
  type CertificateKind,
  type HostKeyKind,
  type IdentityKind,
  type IdentityState,
} from './identity-kinds.ts'

const DAY = 86_400_000
/** A certificate that ends within this time is followed by another one. */
const RENEWAL = 60 * DAY
/** What a gateway is always reached by on its own machine. */
const LOCAL_NAMES: readonly string[] = ['localhost', '127.0.0.1', '::1']

/** The identity kept in one folder of key files; see `openIdentity`. */
export class FileIdentity implements Identity {
  readonly testRootPem: string
  readonly testIntermediatePem: string
  readonly #folder: IdentityFolder
  readonly #authority: Authority
  #own: Promise<Authority> | undefined
  readonly #options: IdentityOptions
  #hostKeys: ReadonlyMap<HostKeyKind, readonly SshHostKey[]> = new Map()
  #certificates: ReadonlyMap<CertificateKind, readonly IdentityCertificate[]> = new Map()
  #ownIntermediates: readonly string[] = []
  #folderMark = ''
  #offered: readonly string[] = []
  readonly #watches = new Set<Watch>()
  /** One change at a time: two that ask for a kind at once get one key. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(folder: IdentityFolder, authority: Authority, options: IdentityOptions) {
    this.#folder = folder
    this.#authority = authority
    this.#options = options
    this.testRootPem = authority.root.certificatePem
    this.testIntermediatePem = authority.intermediate.certificatePem
  }

  /** Reads all keys. */
  async load(): Promise<void> {
    this.#folderMark = await this.#folder.fingerprint()
    const hostKeys = HOST_KEY_KIND_NAMES.map(async (kind) => {
      const files = await this.#folder.read(kind)
      return [kind, files.map((file) => hostKeyOf(kind, file))] as const
    })
    const certificates = CERTIFICATE_KIND_NAMES.map(async (kind) => {
      const files = await this.#folder.read(kind)
      return [kind, files.map((file) => identityCertificateOf(kind, file))] as const
    })
    this.#hostKeys = new Map(await Promise.all(hostKeys))
    this.#certificates = new Map(await Promise.all(certificates))
    this.#ownIntermediates = await ownIntermediates(this.#folder)
  }

  hostKeys(): readonly SshHostKey[] {
    return [...this.#hostKeys.values()].flatMap((keys) => keyInUse(keys, this.#now) ?? [])
  }

  sshHostKeys(): readonly string[] {
    const keys = this.hostKeys().map((key) => key.privateKey)
    if (keys.some((key, index) => key !== this.#offered[index])) this.#offered = keys
    return this.#offered
  }

  publishedHostKeys(): readonly PublishedHostKey[] {
    return [...this.#hostKeys.values()].flatMap((keys) =>
      hostKeyStates(keys, this.#now).map(({ key, state }) => ({ ...key, state })),
    )
  }

  knownHosts(host: string, port: number): readonly string[] {
    return this.publishedHostKeys().map((key) => knownHostsLine(host, port, key.publicLine))
  }

  async certificate(kind: CertificateKind): Promise<IdentityCertificate> {
    const used = this.#good(kind) ?? (await this.#inTurn(() => this.#ensure(kind)))
    if (used !== undefined) return used
    throw new GatewayError('IDENTITY_UNREADABLE', `The ${kind} certificate just made is not there.`)
  }

  async certificates(kind: CertificateKind): Promise<readonly PublishedCertificate[]> {
    await this.certificate(kind)
    const states = certificateStates(this.#certificates.get(kind) ?? [], this.#now)
    return states.flatMap(({ certificate, state }) =>
      state === 'expired' ? [] : [{ ...certificate, state }],
    )
  }

  async watch(
    kind: CertificateKind,
    use: (certificate: IdentityCertificate) => void,
  ): Promise<() => void> {
    const certificate = await this.certificate(kind)
    const watch: Watch = { kind, use, sha256: certificate.sha256 }
    use(certificate)
    this.#watches.add(watch)
    return () => {
      this.#watches.delete(watch)
    }
  }

  list(): readonly IdentityKey[] {
    const now = this.#now
    const hostKeys = [...this.#hostKeys.values()].flatMap((keys) =>
      hostKeyStates(keys, now).map(({ key, state }) => shownHostKey(key, state)),
    )
    const certificates = [...this.#certificates.values()].flatMap((all) =>
      certificateStates(all, now).map(({ certificate, state }) =>
        shownCertificate(certificate, state),
      ),
    )
    return [...hostKeys, ...certificates]
  }

  async rotate(kind: IdentityKind, overlapMilliseconds: number): Promise<IdentityKey> {
    const usedFrom = this.#now + overlapMilliseconds
    await this.#inTurn(async () => {
      const keys = isHostKey(kind) ? this.#hostKeys.get(kind) : this.#certificates.get(kind)
      const waiting = keys?.find((key) => key.usedFrom > this.#now && key.usedFrom <= usedFrom)
      if (waiting !== undefined) {
        throw new GatewayError(
          'IDENTITY_KEY_WAITS',
          `A further ${kind} key is to be used from ${new Date(waiting.usedFrom).toISOString()}.`,
        )
      }
      await this.#add(kind, usedFrom)
    })
    await this.#tellWatches()
    const made = this.list().find((key) => key.kind === kind && key.usedFrom === usedFrom)
    if (made !== undefined) return made
    throw new GatewayError('IDENTITY_UNREADABLE', `The ${kind} key just made is not there.`)
  }

  async withdraw(kind: IdentityKind, fingerprint: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const key = this.list().find((one) => one.kind === kind && one.fingerprint === fingerprint)
      if (key?.state !== 'next') return false
      await this.#folder.remove(kind, key.usedFrom)
      await this.load()
      this.#options.log.info({ role: kind, fingerprint }, 'identity key withdrawn')
      return true
    })
  }

  async refresh(): Promise<number> {
    const renewed = await this.#inTurn(async () => {
      if ((await this.#folder.fingerprint()) !== this.#folderMark) await this.load()
      let count = 0
      for (const [kind, certificates] of this.#certificates) {
        if (certificates.length === 0) continue
        const last = Math.max(...certificates.map((one) => one.notAfter))
        if (last - this.#now > RENEWAL) continue
        const overlap = last > this.#now ? CERTIFICATE_KINDS[kind].overlapDays * DAY : 0
        await this.#add(kind, this.#now + overlap)
        count += 1
      }
      return count
    })
    await this.#tellWatches()
    return renewed
  }

  async ownAuthority(): Promise<{ readonly rootPem: string; readonly intermediatePem: string }> {
    const { root, intermediate } = await this.#ownAuthority()
    return { rootPem: root.certificatePem, intermediatePem: intermediate.certificatePem }
  }

  async issueCertificate(order: LeafOrder): Promise<IssuedCertificate> {
    return issueBy(this.#authority, order)
  }

  async signRequest(order: RequestOrder): Promise<IssuedCertificate | undefined> {
    const { leafValidity } = await import('../certs/authority.ts')
    const { readSigningRequest } = await import('../certs/signing-request.ts')
    const { requestPem, days, ...rest } = order
    const request = readSigningRequest(requestPem)
    if (request === undefined) return undefined
    return this.issueCertificate({ ...rest, ...request, ...leafValidity(this.#now, days) })
  }

  get #now(): number {
    return this.#options.clock.now()
  }

  get #names(): readonly string[] {
    return [...new Set([...LOCAL_NAMES, ...(this.#options.names ?? [])])]
  }

  /** Once for all who ask; tried again after a failure. */
  #ownAuthority(): Promise<Authority> {
    return (this.#own ??= openOwnAuthority(this.#folder, this.#options).catch((error: unknown) => {
      this.#own = undefined
      throw error
    }))
  }

  /**
   * The certificate in use of a kind, when it is valid and, where names were asked for, has them and
   * is of the own authority: what the test authority signed proves nothing.
   */
  #good(kind: CertificateKind): IdentityCertificate | undefined {
    const now = this.#now
    const found = certificateInUse(this.#certificates.get(kind) ?? [], now)
    if (found === undefined || found.notAfter < now) return undefined
    if (this.#options.names === undefined) return found
    const isOwn = isIssuedBy(found, this.#ownIntermediates)
    return isOwn && holdsFor(found, this.#names) ? found : undefined
  }

  /** Makes what is missing for a certificate in use, and gives it. */
  async #ensure(kind: CertificateKind): Promise<IdentityCertificate | undefined> {
    const good = this.#good(kind)
    if (good !== undefined) return good
    const found = certificateInUse(this.#certificates.get(kind) ?? [], this.#now)
    if (found === undefined || found.notAfter < this.#now) await this.#add(kind, this.#now)
    else await this.#certifyAgain(found)
    return certificateInUse(this.#certificates.get(kind) ?? [], this.#now)
  }

  async #add(kind: IdentityKind, usedFrom: number): Promise<void> {
    const text = isHostKey(kind)
      ? await makeHostKey(kind)
      : await makeCertified(kind, { ...this.#certifying, usedFrom })
    await this.#folder.add(kind, usedFrom, text)
    await this.load()
    this.#options.log.info({ role: kind, usedFrom: new Date(usedFrom) }, 'identity key made')
  }

  /** The same key under the present names and the own authority. */
  async #certifyAgain(certificate: IdentityCertificate): Promise<void> {
    const { kind, keyPem, path, usedFrom } = certificate
    const text = await certify(kind, keyPem, { ...this.#certifying, usedFrom })
    await this.#folder.replace(path, text)
    await this.load()
    this.#options.log.info({ role: kind, names: this.#names }, 'certificate issued again')
  }

  get #certifying() {
    return {
      issue: async (order: LeafOrder) => issueBy(await this.#ownAuthority(), order),
      names: this.#names,
      now: this.#now,
    }
  }

  async #tellWatches(): Promise<void> {
    for (const watch of this.#watches) {
      const certificate = await this.certificate(watch.kind)
      if (certificate.sha256 === watch.sha256) continue
      watch.sha256 = certificate.sha256
      watch.use(certificate)
    }
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(act)
    this.#turn = turn.catch(() => {})
    return turn
  }
}

interface Watch {
  readonly kind: CertificateKind
  readonly use: (certificate: IdentityCertificate) => void
  sha256: string
}

function isHostKey(kind: IdentityKind): kind is HostKeyKind {
  return HOST_KEY_KIND_NAMES.some((name) => name === kind)
}

function shownHostKey(key: SshHostKey, state: IdentityState): IdentityKey {
  const { kind, fingerprint, usedFrom } = key
  return { kind, state, fingerprint, usedFrom, notAfter: null }
}

function shownCertificate(certificate: IdentityCertificate, state: IdentityState): IdentityKey {
  const { kind, sha256, usedFrom, notAfter } = certificate
  return { kind, state, fingerprint: sha256, usedFrom, notAfter }
}
