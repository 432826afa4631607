import { link, mkdir, open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import {
  credentialFiles,
  folderFault,
  makePartnerCredentials,
  readPartnerText,
  type CredentialsOptions,
} from './partner-credentials.ts'
import { nextInSequence } from './partner-sequence.ts'
import { errorCode } from './durable-files.ts'
import { writeWhole } from './whole-file.ts'

/**
 * What a partner needs to send, in one folder of its own (decisions C3): the gateway never stores
 * a partner's private key, and nothing here is read by the gateway.
 */
export interface PartnerFolder {
  /** Absolute. */
  readonly folder: string
  readonly applicationCode: string
  readonly host: string
  readonly port: number
  /** For `sftp -i`. */
  readonly keyFile: string
  /** Text of `keyFile`. */
  readonly privateKey: string
  readonly certificatePem: string
  /** For `-o UserKnownHostsFile=`. */
  readonly knownHostsFile: string
  /** Lines of `knownHostsFile`. */
  readonly knownHosts: readonly string[]
  /** A number for a flow's name: durable, never given twice. */
  nextSequence(): Promise<number>
}

/** Where a partner sends to, as `connection.json` keeps it. */
const connectionSchema = z.object({
  applicationCode: z.string().regex(/^[A-Z0-9]{6}$/),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
})
export type PartnerAddress = Readonly<z.output<typeof connectionSchema>>

const CREDENTIALS = credentialFiles('client')
const FILES = {
  knownHosts: 'known_hosts',
  connection: 'connection.json',
  sequence: 'sequence',
} as const

/** Says where the partner sends to and which host keys to expect there; replaces what was said. */
export async function writePartnerAddress(
  folder: string,
  address: PartnerAddress,
  knownHosts: readonly string[],
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeWhole(folder, FILES.knownHosts, `${knownHosts.join('\n')}\n`)
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
export async function makePartnerFolder(
  options: CredentialsOptions & {
    readonly address: PartnerAddress
    readonly knownHosts: readonly string[]
  },
): Promise<PartnerFolder> {
  const { folder } = await makePartnerCredentials(options)
  await writePartnerAddress(folder, options.address, options.knownHosts)
  return openPartnerFolder(folder)
}

/**
 * Reads a partner folder. A certificate is not needed to send by SFTP and may be missing.
 * @throws GatewayError PARTNER_FOLDER_INCOMPLETE naming the file that is missing or wrong
 */
export async function openPartnerFolder(path: string): Promise<PartnerFolder> {
  const folder = resolve(path)
  // One after the other: the first that is missing is the one that is named.
  const privateKey = await requireText(folder, CREDENTIALS.key)
  const knownHosts = await requireText(folder, FILES.knownHosts)
  const connection = await requireText(folder, FILES.connection)
  const certificatePem = (await readPartnerText(folder, CREDENTIALS.certificate)) ?? ''
  const address = parseAddress(connection)
  if (address === undefined) {
    throw folderFault(folder, FILES.connection, 'wants applicationCode, host and port')
  }
  return {
    folder,
    ...address,
    keyFile: join(folder, CREDENTIALS.key),
    privateKey,
    certificatePem,
    knownHostsFile: join(folder, FILES.knownHosts),
    knownHosts: knownHosts.split('\n').filter((line) => line.trim() !== ''),
    nextSequence: () => nextInSequence(join(folder, FILES.sequence)),
  }
}

function parseAddress(text: string): PartnerAddress | undefined {
  try {
    const parsed = connectionSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

async function requireText(folder: string, name: string): Promise<string> {
  const text = await readPartnerText(folder, name)
  if (text === undefined) throw folderFault(folder, name, 'is not there')
  return text
}
