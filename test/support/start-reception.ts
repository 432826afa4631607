import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeKeyPair, sshPrivateKey } from '../../certs/key-pair.ts'
import { spkiSha256 } from '../../certs/fingerprint.ts'
import { sshPublicKeyBlob, sshPublicKeyLine } from '../../certs/ssh-public-key.ts'
import { configSchema } from '../../config/schema.ts'
import type { Config } from '../../config/schema.ts'
import type { Clock } from '../../gateway/clock.ts'
import { createMailbox } from '../../gateway/delivery/mailbox.ts'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import { noFaults } from '../../gateway/faults.ts'
import type { Faults } from '../../gateway/faults.ts'
import { checkFlowName } from '../../gateway/flow-name-check.ts'
import type { ReturnFlow } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { createProtocolMemory } from '../../gateway/protocol-memory.ts'
import { createFailedTries } from '../../protocols/failed-tries.ts'
import type { FailedTriesLimits } from '../../protocols/failed-tries.ts'
import type { Authenticate, ListenerServices, PartnerLimits } from '../../protocols/listener.ts'
import { startSftpListener } from '../../protocols/sftp/listener.ts'
import type { SftpListener } from '../../protocols/sftp/listener.ts'
import { PARTNER, openDoorGround } from './door-ground.ts'
import type { DoorGround } from './door-ground.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface ReceptionOptions {
  readonly settings?: Partial<Config['sftp']>
  readonly limits?: Partial<PartnerLimits>
  readonly failedTries?: Partial<FailedTriesLimits>
  /** Instead of one that knows the partner by its key. */
  readonly authenticate?: (journal: Journal, clock: Clock) => Authenticate
  readonly faults?: Faults
  readonly logLevel?: string
  /** Of the partner's key and the host's; Ed25519 is the quickest. */
  readonly keys?: 'ed25519' | 'rsa'
}

/** A running SFTP reception: real listener, staging, intake and journal, and no pipeline. */
export interface Reception {
  readonly port: number
  readonly host: string
  /** User name of the partner. */
  readonly user: 'SIM123'
  readonly folder: string
  /** Files for clients: the partner's private key, another's key, and the host keys known. */
  readonly keyFile: string
  readonly strangerKeyFile: string
  readonly knownHostsFile: string
  /** `type base64` of the host key. */
  readonly hostKeyLine: string
  /** Of the partner's key, and of the other's. */
  readonly spkiSha256: string
  readonly strangerSpkiSha256: string
  readonly privateKey: string
  readonly strangerKey: string
  readonly ground: DoorGround
  readonly listener: SftpListener
  /** Offers content as a return flow. */
  readonly offer: (fileName: string, content: Uint8Array) => Promise<ReturnFlow>
  /** Names and contents of the flows taken in, in order. */
  flows(): Promise<{ readonly name: string; readonly sha256: string; readonly bytes: number }[]>
  refusals(): Promise<{ readonly code: string; readonly offered: string | null }[]>
  /** State of each return flow by its name. */
  readonly returns: () => Promise<Record<string, string>>
  readonly stop: () => Promise<void>
}

/** Starts one in a temporary folder of the test that asks. */
export async function startReception(options: ReceptionOptions = {}): Promise<Reception> {
  const folder = await temporaryFolder()
  const faults = options.faults ?? noFaults
  const ground = await openDoorGround(join(folder, 'data'), { faults })
  const kind = options.keys === 'rsa' ? ({ type: 'rsa', bits: 3072 } as const) : ED25519
  const [hostKey, partnerKey, strangerKey] = await Promise.all([
    makeKeyPair(kind),
    makeKeyPair(kind),
    makeKeyPair(ED25519),
  ])
  const { journal, payloads, clock } = ground
  const log = createLogger(options.logLevel ?? 'silent')
  const settings = configSchema.parse({}).sftp
  const partnerSpki = spkiSha256(partnerKey.publicKey)
  const services: ListenerServices = {
    authenticate:
      options.authenticate?.(journal, clock) ??
      ((offered) =>
        offered.protocol === 'sftp' &&
        offered.user === 'SIM123' &&
        offered.spkiSha256 === partnerSpki
          ? {
              outcome: 'accepted',
              connection: { id: PARTNER, applicationCode: 'SIM123', protocol: 'sftp' },
            }
          : { outcome: 'refused', reason: 'not the partner' }),
    certificatesOf: async () => [],
    isRegistered: () => false,
    failedTries: createFailedTries({
      ...configSchema.parse({}).failedTries,
      ...options.failedTries,
    }),
    checkName: checkFlowName,
    staging: ground.staging,
    intake: ground.intake,
    deposits: ground.deposits,
    mailbox: createMailbox({ journal, payloads, clock }),
    memory: createProtocolMemory({ journal, clock }),
    sessions: ground.sessions,
    faults,
    clock,
    limits: { ...configSchema.parse({}).limits, ...options.limits },
    log,
  }
  const hostKeys = [sshPrivateKey(hostKey.privateKey, 'host')]
  const listener = await startSftpListener({
    services,
    settings: {
      ...settings,
      host: '127.0.0.1',
      port: 0,
      maxPerAddress: 1000,
      maxNewPerAddressPerSecond: 1000,
      maxPerConnection: 1000,
      ...options.settings,
    },
    hostKeys: () => hostKeys,
  })
  const { host, port } = listener.address
  const hostKeyLine = sshPublicKeyLine(sshPublicKeyBlob(hostKey.publicKey)!)
  const clients = join(folder, 'client')
  await mkdir(clients)
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(clients, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const privateKey = sshPrivateKey(partnerKey.privateKey, 'partner')
  const stranger = sshPrivateKey(strangerKey.privateKey, 'stranger')
  return {
    host,
    port,
    user: 'SIM123',
    folder,
    keyFile: await file('key', privateKey),
    strangerKeyFile: await file('stranger', stranger),
    knownHostsFile: await file('known_hosts', `[${host}]:${port} ${hostKeyLine}\n`),
    hostKeyLine,
    spkiSha256: partnerSpki,
    strangerSpkiSha256: spkiSha256(strangerKey.publicKey),
    privateKey,
    strangerKey: stranger,
    ground,
    listener,
    offer: async (fileName, content) => {
      const stored = await payloads.put(onePiece(content))
      const now = clock.now()
      const returnFlow: Omit<ReturnFlow, 'state'> = {
        id: newId('ret'),
        connectionId: PARTNER,
        kind: 'report',
        interfaceCode: 'CSO1110A',
        fileName,
        content: stored,
        createdAt: now,
        availableUntil: now + 3_600_000,
      }
      await journal.write([offerReturnFlow(journal, returnFlow)])
      return { ...returnFlow, state: 'OFFERED' }
    },
    flows: () =>
      journal.read(
        journal.db
          .selectFrom('flows')
          .select(['file_name as name', 'sha256', 'bytes'])
          .orderBy('id'),
      ),
    refusals: () =>
      journal.read(journal.db.selectFrom('refusals').select(['code', 'offered']).orderBy('id')),
    returns: async () => {
      const rows = await journal.read(
        journal.db.selectFrom('return_flows').select(['file_name', 'state']),
      )
      return Object.fromEntries(rows.map((row) => [row.file_name, row.state]))
    },
    stop: async () => {
      await listener.stop(2_000)
      await ground.close()
    },
  }
}

const ED25519 = { type: 'ed25519' } as const

async function* onePiece(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content
}
