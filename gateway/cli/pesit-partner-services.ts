import type { X509Certificate } from 'node:crypto'
import { readdir, readFile, rename, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pino } from 'pino'
import { configSchema } from '../../config/schema.ts'
import { certificateSha256, spkiSha256 } from '../../certs/fingerprint.ts'
import { createFailedTries } from '../../protocols/failed-tries.ts'
import type {
  ListenerServices,
  PartnerConnection,
  StagedPart,
  Staging,
} from '../../protocols/listener.ts'
import { LocalFile, removeLocalFile } from '../../protocols/pesit/sender.ts'
import type { PesitOverrides } from '../connections/pesit-overrides.ts'
import { noFaults } from '../faults.ts'
import { newId } from '../ids.ts'
import type { PartnerListenerOptions } from './partner-listener.ts'

/** What a listener needs, as a partner on its own machine has it: a folder, and nothing else. */
export interface PartnerServicesOptions extends Pick<PartnerListenerOptions, 'received' | 'tell'> {
  readonly applicationCode: string
  /** How the partner takes what comes. */
  readonly overrides: PesitOverrides
  /** Where files are while they come. */
  readonly folder: string
  /** Certificates the gateway calls with; none = any caller is taken. */
  readonly gatewayFingerprints: readonly X509Certificate[]
}

const CONNECTION_ID = 'cnx_partner'
/** A return flow of the gateway is never longer. */
const MAX_BYTES = 4 * 1024 ** 3
const MAX_PARTS = 1_000
const NAME = /^[\w.-]{1,200}$/

export async function partnerServices(options: PartnerServicesOptions): Promise<ListenerServices> {
  const connection: PartnerConnection = {
    id: CONNECTION_ID,
    applicationCode: options.applicationCode,
    protocol: 'pesit',
    pesit: { requesterId: 'the gateway', overrides: options.overrides },
  }
  const known = options.gatewayFingerprints.map((certificate) => ({
    sha256: certificateSha256(certificate),
    spkiSha256: spkiSha256(certificate.publicKey),
  }))
  const taken = new Set<string>()
  return {
    authenticate: (credential) => {
      const shown = credential.protocol === 'pesit' ? credential.certificate : undefined
      const isKnown = known.some(
        ({ sha256, spkiSha256: key }) => sha256 === shown?.sha256 || key === shown?.spkiSha256,
      )
      if (isKnown || (known.length === 0 && shown !== undefined)) {
        return { outcome: 'accepted', connection }
      }
      return { outcome: 'refused', reason: 'its certificate is not the gateway’s of the kit' }
    },
    certificatesOf: async () => [],
    isRegistered: () => false,
    failedTries: createFailedTries(configSchema.parse({}).failedTries),
    checkName: (_connection, name) => (NAME.test(name) ? undefined : 'NAME_MALFORMED'),
    staging: await folderStaging(options.folder),
    intake: async ({ fileName, stagedId, content, evidence }) => {
      const flowId = newId('flw')
      // The gateway sends again what was cut after its last byte.
      const key = `${fileName} ${content.sha256}`
      if (!taken.has(key)) {
        const from = evidence['CONNECT PI 3 requester'] ?? ''
        await options.received({ fileName, content: await readFile(stagedId), from })
        taken.add(key)
      }
      await removeLocalFile(stagedId)
      return { outcome: 'taken', flowId }
    },
    deposits: { list: async () => [], find: async () => undefined },
    mailbox: {
      list: async () => [],
      open: async () => {
        throw new Error('nothing is offered here')
      },
      consumed: async () => {},
    },
    memory: {
      putIfAbsent: async (_protocol, _connectionId, _key, value) => value,
      get: async () => undefined,
      list: async () => [],
      remove: async () => {},
    },
    sessions: {
      open: () => ({
        id: newId('ses'),
        transcript: { record: () => {} },
        note: () => {},
        carries: () => () => {},
        close: async () => {},
      }),
      refused: ({ reason, peer }) => {
        options.tell(`✗ ${peer ?? ''} was refused: ${reason}`)
        return newId('rfs')
      },
    },
    faults: noFaults,
    clock: { now: () => Date.now() },
    limits: {
      maxFlowBytes: MAX_BYTES,
      maxStagedBytes: MAX_BYTES * 2,
      maxStagedParts: MAX_PARTS,
      minFreeDiskBytes: 0,
    },
    log: pino({ level: 'silent' }),
  }
}

/** Files that come, and parts that a cut left, by their names in one folder. */
async function folderStaging(folder: string): Promise<Staging> {
  const parts = new Map<string, StagedPart>()
  const pathOf = (name: string): string => join(folder, basename(name))
  for (const name of await readdir(folder)) {
    if (name.endsWith('.points')) continue
    const { size, mtimeMs } = await stat(pathOf(name))
    parts.set(name, { id: pathOf(name), name, bytes: size, updatedAt: mtimeMs })
  }
  const noted = (name: string, file: LocalFile): LocalFile => {
    parts.set(name, { id: file.id, name, bytes: file.bytes, updatedAt: Date.now() })
    return file
  }
  return {
    open: async (_connectionId, _protocol, name) =>
      noted(name, await LocalFile.open(pathOf(name), 'begin')),
    reopen: async (_connectionId, name) =>
      parts.has(name) ? noted(name, await LocalFile.open(pathOf(name), 'resume')) : undefined,
    find: (_connectionId, name) => parts.get(name),
    list: () => [...parts.values()],
    async rename(_connectionId, from, to) {
      await rename(pathOf(from), pathOf(to))
    },
    async drop(_connectionId, name) {
      parts.delete(name)
      await removeLocalFile(pathOf(name))
    },
    usedBytes: () => 0,
    freeDiskBytes: () => Number.MAX_SAFE_INTEGER,
  }
}
