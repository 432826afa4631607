import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { certificateSha256 } from '../../../certs/fingerprint.ts'
import type { CertificateAnswer, ConnectionDocument } from '../../connections/connection-forms.ts'
import type { GatewayDocument, OwnCertificateDocument } from '../../gateway-document.ts'
import { credentialFiles, makePartnerCredentials } from '../../partner-credentials.ts'
import type { GatewayCertificateKind, PartnerFolder } from '../../partner-folder.ts'
import type { ApiClient } from '../api-client.ts'
import { CERTIFICATE_PARTS } from '../certificate-protocols.ts'
import { CommandFailure, EXIT } from '../exit-codes.ts'

/** What our own partner side goes by in a run: its folder, and what it has learned or made since. */
export class SelfKeys {
  readonly #folder: PartnerFolder
  readonly #client: ApiClient
  /** Of its own, removed with it. */
  readonly #temporary: string
  #gateway: GatewayDocument | undefined
  /** Folder of its next key, while that is registered. */
  #next: { readonly folder: string; readonly sha256s: readonly string[] } | undefined
  #isRenewed = false

  constructor(folder: PartnerFolder, client: ApiClient, temporary: string) {
    this.#folder = folder
    this.#client = client
    this.#temporary = temporary
  }

  get hasLearned(): boolean {
    return this.#gateway !== undefined
  }

  get hasNext(): boolean {
    return this.#next !== undefined
  }

  /** Asks the gateway which keys it has: what was before the one in use is known no longer. */
  async learn(): Promise<void> {
    this.#gateway = await this.#client.json<GatewayDocument>({ path: '/gateway' })
  }

  /** From now on it stands by its next certificate. */
  changeOver(): void {
    this.#isRenewed = this.hasNext
  }

  /** Makes a key, has its certificate signed, registered beside the present one and put in force. */
  async addCertificate(): Promise<void> {
    const { applicationCode, address } = this.#folder
    const folder = join(this.#temporary, 'next')
    const path = await this.#path()
    const sha256s: string[] = []
    for (const { part, purpose } of CERTIFICATE_PARTS[address.protocol]) {
      const made = await makePartnerCredentials({
        folder,
        part,
        commonName: `${applicationCode} (next, of our own partner side)`,
        now: Date.now(),
        sign: (request) =>
          this.#client.testCertificate({ request, purpose, days: NEXT_DAYS, dnsNames: [] }),
      })
      const startsAt = new Date(Date.now() - START_MILLISECONDS).toISOString()
      const answer = await this.#client.json<CertificateAnswer>({
        method: 'POST',
        path: `${path}/certificates`,
        query: { part: address.protocol === 'pesit' ? part : undefined, startsAt },
        body: new Uint8Array(await readFile(join(folder, made.files.bundle))),
      })
      if (!answer.isKept) {
        throw new CommandFailure(EXIT.refused, 'The next certificate was refused.')
      }
      sha256s.push(certificateSha256(new X509Certificate(made.certificatePem)))
    }
    this.#next = { folder, sha256s }
    await this.#putInForce()
  }

  /** Takes its next certificate out of the connection, which is as it was before. */
  async restore(): Promise<void> {
    this.#gateway = undefined
    this.#isRenewed = false
    const next = this.#next
    this.#next = undefined
    if (next === undefined) return
    for (const sha256 of next.sha256s) {
      await this.#client.json({
        method: 'DELETE',
        path: `${await this.#path()}/certificates/${sha256}`,
      })
    }
    await this.#putInForce()
  }

  /** To open a way to the gateway with. */
  get folder(): PartnerFolder {
    const [folder, gateway] = [this.#folder, this.#gateway]
    const next = this.#isRenewed ? this.#next?.folder : undefined
    return {
      ...folder,
      async credentials(part) {
        if (next === undefined) return folder.credentials(part)
        const files = credentialFiles(part)
        const text = (file: string) => readFile(join(next, file), 'utf8')
        return {
          keyFile: join(next, files.key),
          privateKey: await text(files.key),
          certificatePem: await text(files.certificate),
          chainPem: await text(files.chain),
        }
      },
      async gatewayCertificates(kind) {
        const known = gateway === undefined ? undefined : certificatesOf(gateway, kind)
        return known ?? folder.gatewayCertificates(kind)
      },
      async knownHosts() {
        if (gateway === undefined) return folder.knownHosts()
        return gateway.sftp.hostKeys.flatMap(({ knownHosts, state }) =>
          knownHosts === null || state === 'previous' ? [] : [knownHosts],
        )
      },
    }
  }

  async #path(): Promise<string> {
    const path = `/connections/${this.#folder.applicationCode}`
    const { id } = await this.#client.json<ConnectionDocument>({ path })
    return `/connections/${id}`
  }

  async #putInForce(): Promise<void> {
    const path = await this.#path()
    const submitted = await this.#client.json<ConnectionDocument>({
      method: 'POST',
      path: `${path}/submit`,
    })
    // Nobody waits here for the automatic processing, which has its hours.
    if (submitted.state !== 'ACTIVATED') {
      await this.#client.json({ method: 'POST', path: `${path}/activate` })
    }
  }
}

const NEXT_DAYS = 365
/** Its day has come. */
const START_MILLISECONDS = 1_000

/** What was before the one in use is gone. Undefined: what the folder has, stands. */
function certificatesOf(
  { as2, pesit }: GatewayDocument,
  kind: GatewayCertificateKind,
): readonly string[] | undefined {
  const all: Partial<Record<GatewayCertificateKind, readonly OwnCertificateDocument[]>> = {
    as2: as2.certificates,
    'pesit-server': pesit.server,
    'pesit-client': pesit.client,
  }
  // Over AS2 the newest that is known is encrypted for: the next one is, once it is in use.
  const known = kind === 'as2' ? ['in-use'] : ['in-use', 'next']
  return all[kind]
    ?.filter(({ state }) => known.includes(state))
    .map(({ pem, chainPem }) => [pem, ...chainPem].join(''))
}
