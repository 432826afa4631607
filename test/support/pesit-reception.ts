import { join } from 'node:path'
import { configSchema } from '../../config/schema.ts'
import type { PesitSettings } from '../../config/pesit-settings.ts'
import { parseOverrides } from '../../gateway/connections/connection-overrides.ts'
import type { PesitOverrides } from '../../gateway/connections/pesit-overrides.ts'
import { createMailbox } from '../../gateway/delivery/mailbox.ts'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import { noFaults, type Faults } from '../../gateway/faults.ts'
import type { ReturnFlow } from '../../gateway/flow.ts'
import { checkFlowName } from '../../gateway/flow-name-check.ts'
import { newId } from '../../gateway/ids.ts'
import { createLogger } from '../../gateway/logger.ts'
import type { IntakeOptions } from '../../gateway/intake.ts'
import { createProtocolMemory } from '../../gateway/protocol-memory.ts'
import { createFailedTries } from '../../protocols/failed-tries.ts'
import type { Authenticate, Listener, ListenerServices } from '../../protocols/listener.ts'
import { newSessions, startPesitListener } from '../../protocols/pesit/listener.ts'
import type { PesitListenerOptions } from '../../protocols/pesit/listener.ts'
import { openDoorGround, PARTNER, type DoorGround } from './door-ground.ts'
import { PesitInitiator } from './pesit-peer/pesit-initiator.ts'
import type { InitiatorOptions } from './pesit-peer/initiator-orders.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A PeSIT listener over real staging, intake and journal, in a folder of its own. */
export interface PesitReception {
  readonly ground: DoorGround
  readonly listener: Listener
  readonly services: ListenerServices
  /** A partner of it, that shares no code with it. */
  connect(more?: Partial<InitiatorOptions>): Promise<PesitInitiator>
  readonly offer: (
    fileName: string,
    content: Uint8Array,
    more?: Partial<ReturnFlow>,
  ) => Promise<ReturnFlow>
  flows(): Promise<{ name: string; sha256: string; bytes: number; evidence: string }[]>
  refusals(): Promise<{ code: string; reason: string }[]>
  readonly returns: () => Promise<Record<string, string>>
  readonly stop: () => Promise<void>
}

export interface PesitReceptionOptions {
  readonly faults?: Faults
  readonly settings?: Partial<PesitSettings>
  readonly overrides?: PesitOverrides
  readonly limits?: Partial<ListenerServices['limits']>
  readonly identity?: PesitListenerOptions['identity']
  readonly authenticate?: Authenticate
  readonly failedTries?: ListenerServices['failedTries']
  readonly identicalResend?: IntakeOptions['identicalResend']
  /** Of a data folder that is there already. */
  readonly folder?: string
}

export const REQUESTER = 'PARTNER1'
export const SERVER = 'CPP001'

export async function startPesitReception(
  options: PesitReceptionOptions = {},
): Promise<PesitReception> {
  const folder = options.folder ?? (await temporaryFolder())
  const faults = options.faults ?? noFaults
  const ground = await openDoorGround(join(folder, 'data'), { faults })
  const { journal, payloads, clock } = ground
  const config = configSchema.parse({})
  const overrides = parseOverrides({ pesit: options.overrides ?? {} })?.pesit ?? {}
  const identicalResend = options.identicalResend ?? 'same-answer'
  const partner: Authenticate = (said) =>
    said.protocol === 'pesit' && said.requesterId === REQUESTER
      ? {
          outcome: 'accepted',
          connection: {
            id: PARTNER,
            applicationCode: 'SIM123',
            protocol: 'pesit',
            pesit: { requesterId: REQUESTER, overrides },
          },
        }
      : { outcome: 'refused', reason: 'not the partner' }
  const services: ListenerServices = {
    authenticate: options.authenticate ?? partner,
    certificatesOf: async () => [],
    isRegistered: () => false,
    failedTries: options.failedTries ?? createFailedTries(config.failedTries),
    checkName: checkFlowName,
    staging: ground.staging,
    intake: ground.createIntake({ identicalResend }),
    deposits: ground.deposits,
    mailbox: createMailbox({ journal, payloads, clock }),
    memory: createProtocolMemory({ journal, clock }),
    sessions: ground.sessions,
    faults,
    clock,
    limits: { ...config.limits, minFreeDiskBytes: 0, ...options.limits },
    log: quiet(),
  }
  const listener = await startPesitListener({
    services,
    settings: {
      ...config.pesit,
      maxPerAddress: 5_000,
      maxNewPerAddressPerSecond: 5_000,
      sync: { intervalKib: 64, window: 4 },
      authenticationFloorMilliseconds: 0,
      ...options.settings,
    },
    host: '127.0.0.1',
    port: 0,
    identicalResend,
    ...(options.identity === undefined ? {} : { identity: options.identity }),
    sessions: newSessions(),
  })
  return {
    ground,
    listener,
    services,
    connect: (more = {}) =>
      PesitInitiator.connect({
        port: listener.address.port,
        requester: REQUESTER,
        server: SERVER,
        ...more,
      }),
    offer: async (fileName, content, more = {}) => {
      const stored = await payloads.put(onePiece(content))
      const now = clock.now()
      const returnFlow = {
        id: newId('ret'),
        connectionId: PARTNER,
        kind: 'report',
        interfaceCode: 'CSO1110A',
        fileName,
        content: stored,
        createdAt: now,
        availableUntil: now + 3_600_000,
        ...more,
      } as const
      await journal.write([offerReturnFlow(journal, returnFlow)])
      return { ...returnFlow, state: 'OFFERED' }
    },
    flows: () =>
      journal.read(
        journal.db
          .selectFrom('flows')
          .select(['file_name as name', 'sha256', 'bytes', 'evidence_json as evidence'])
          .orderBy('id'),
      ),
    refusals: async () => {
      await ground.sessions.flush()
      return journal.read(
        journal.db.selectFrom('refusals').select(['code', 'reason']).orderBy('id'),
      )
    },
    returns: async () => {
      const rows = await journal.read(
        journal.db.selectFrom('return_flows').select(['file_name', 'state']),
      )
      return Object.fromEntries(rows.map((row) => [row.file_name, row.state]))
    },
    stop: async () => {
      await listener.stop(500)
      await ground.close()
    },
  }
}

function quiet(): ListenerServices['log'] {
  return createLogger((process.env['PESIT_TEST_LOG'] as 'debug' | undefined) ?? 'silent')
}

async function* onePiece(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content
}
