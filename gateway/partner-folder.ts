import { link, mkdir, open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { errorCode } from './durable-files.ts'
import { parsePartnerAddress, type PartnerAddress } from './partner-address.ts'
import {
  credentialFiles,
  folderFault,
  makePartnerCredentials,
  readPartnerText,
  type CredentialPart,
  type CredentialsOptions,
} from './partner-credentials.ts'
import { nextInSequence } from './partner-sequence.ts'
import { writeWhole } from './whole-file.ts'

/**
 * What a partner needs to send, in one folder of its own (decisions C3): the gateway never stores
 * a partner's private key, and nothing here is read by the gateway.
 */
export interface PartnerFolder<Address extends PartnerAddress = PartnerAddress> {
  /** Absolute. */
  readonly folder: string
  readonly applicationCode: string
  readonly address: Address
  /** A number for a flow's name: durable, never given twice. */
  nextSequence(): Promise<number>
  /**
   * The partner's key and certificate of one part (AS2: `server`; PeSIT: both; SFTP: `client`).
   * @throws GatewayError PARTNER_FOLDER_INCOMPLETE naming the file that is missing
   */
  credentials(part: CredentialPart): Promise<PartnerKey>
  /**
   * Certificates of the gateway that its kit holds under `gateway/`, each with its chain; none when
   * the kit did not come with them.
   */
  gatewayCertificates(kind: GatewayCertificateKind): Promise<readonly string[]>
  /** Lines of `known_hosts` (SFTP). @throws GatewayError PARTNER_FOLDER_INCOMPLETE */
  knownHosts(): Promise<readonly string[]>
}

export interface PartnerKey {
  /** Absolute. */
  readonly keyFile: string
  /** PEM, no passphrase. */
  readonly privateKey: string
  /** Empty when there is none: it is not needed to send by SFTP. */
  readonly certificatePem: string
  readonly chainPem: string
}

/** Names of the files that a kit holds, without `.pem` (gateway/connections/kit). */
export type GatewayCertificateKind = 'as2' | 'pesit-server' | 'pesit-client' | 'gateway-root'

const FILES = {
  knownHosts: 'known_hosts',
  connection: 'connection.json',
  sequence: 'sequence',
} as const
/** Of a kind: the one in use and those that follow it. */
const MAX_CERTIFICATES_OF_KIND = 8

/** For `-o UserKnownHostsFile=`. */
export const knownHostsFile = ({ folder }: Pick<PartnerFolder, 'folder'>): string =>
  join(folder, FILES.knownHosts)

/** Says where the partner sends to and which host keys to expect there; replaces what was said. */
export async function writePartnerAddress(
  folder: string,
  address: PartnerAddress,
  knownHosts: readonly string[] = [],
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (address.protocol === 'sftp') {
    await writeWhole(folder, FILES.knownHosts, `${knownHosts.join('\n')}\n`)
  }
  await writeWhole(folder, FILES.connection, `${JSON.stringify(address, null, 2)}\n`)
}

/**
 * Gives a folder the sequence of another one of the same partner, one file under two names: the last
 * key and the next may send at the same time and give no number twice. A folder that has a sequence
 * keeps it; where the other one is gone, or on another disk, it begins its own.
 */
export async function shareSequence(from: string, folder: string): Promise<void> {
  const [there, here] = [join(from, FILES.sequence), join(folder, FILES.sequence)]
  try {
    await (await open(there, 'a', 0o600)).close()
    await link(there, here)
  } catch (error) {
    if (!['ENOENT', 'EEXIST', 'EXDEV'].includes(errorCode(error) ?? '')) throw error
  }
}

/** Credentials, address and all: a folder to send from. */
export async function makePartnerFolder<Address extends PartnerAddress>(
  options: CredentialsOptions & {
    readonly address: Address
    readonly knownHosts?: readonly string[]
  },
): Promise<PartnerFolder<Address>> {
  const { folder } = await makePartnerCredentials(options)
  await writePartnerAddress(folder, options.address, options.knownHosts)
  return folderOf(resolve(folder), options.address)
}

/**
 * Reads a partner folder; keys and certificates are read when they are asked for.
 * @throws GatewayError PARTNER_FOLDER_INCOMPLETE naming the file that is missing or wrong
 */
export async function openPartnerFolder(path: string): Promise<PartnerFolder> {
  const folder = resolve(path)
  const address = parsePartnerAddress(await requireText(folder, FILES.connection))
  if ('wants' in address) throw folderFault(folder, FILES.connection, `wants ${address.wants}`)
  return folderOf(folder, address)
}

function folderOf<Address extends PartnerAddress>(
  folder: string,
  address: Address,
): PartnerFolder<Address> {
  return {
    folder,
    applicationCode: address.applicationCode,
    address,
    nextSequence: () => nextInSequence(join(folder, FILES.sequence)),
    async credentials(part) {
      const files = credentialFiles(part)
      return {
        keyFile: join(folder, files.key),
        privateKey: await requireText(folder, files.key),
        certificatePem: (await readPartnerText(folder, files.certificate)) ?? '',
        chainPem: (await readPartnerText(folder, files.chain)) ?? '',
      }
    },
    async gatewayCertificates(kind) {
      const pems: string[] = []
      for (let index = 0; index < MAX_CERTIFICATES_OF_KIND; index += 1) {
        const pem = await readPartnerText(folder, certificateFile(kind, index))
        if (pem === undefined) break
        pems.push(pem)
      }
      return pems
    },
    async knownHosts() {
      const text = await requireText(folder, FILES.knownHosts)
      return text.split('\n').filter((line) => line.trim() !== '')
    },
  }
}

/** As a kit names them: `gateway/as2.pem`, `gateway/as2-2.pem`. */
function certificateFile(kind: GatewayCertificateKind, index: number): string {
  return join('gateway', `${kind}${index === 0 ? '' : `-${index + 1}`}.pem`)
}

async function requireText(folder: string, name: string): Promise<string> {
  const text = await readPartnerText(folder, name)
  if (text === undefined) throw folderFault(folder, name, 'is not there')
  return text
}
