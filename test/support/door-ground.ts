import { join } from 'node:path'
import { OffsetClock } from '../../gateway/clock.ts'
import type { Deposits } from '../../protocols/listener.ts'
import { createDeposits } from '../../gateway/deposits.ts'
import { type Faults, noFaults } from '../../gateway/faults.ts'
import type { ConnectionId, Intake, ReceivedFlow, SessionId } from '../../gateway/flow.ts'
import { createIntake, type IntakeOptions } from '../../gateway/intake.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openFilePayloadStore } from '../../gateway/payloads/files/file-payload-store.ts'
import { LandedPayloads } from '../../gateway/payloads/landed-payloads.ts'
import { ProcessLease } from '../../gateway/process-lease.ts'
import type { Job } from '../../gateway/queue/queue.ts'
import { openSessionRecords, type SessionRecords } from '../../gateway/sessions/session-records.ts'
import { type LocalStaging, openStaging } from '../../gateway/staging/staging.ts'
import { openTestJournal } from './test-journal.ts'

/** The connection that every ground has: it may send under application code SIM123. */
export const PARTNER: ConnectionId = 'cnx_partner'
/** One more, with the same application code. */
export const TWIN: ConnectionId = 'cnx_twin'
export const SESSION: SessionId = 'ses_test'

/** Everything between a listener and the journal, real and in one folder. */
export interface DoorGround {
  readonly folder: string
  readonly journal: Journal
  readonly payloads: LandedPayloads
  readonly staging: LocalStaging
  readonly sessions: SessionRecords
  readonly deposits: Deposits
  readonly clock: OffsetClock
  readonly intake: Intake
  /** What was enqueued. */
  readonly jobs: readonly Job[]
  createIntake(changes: Partial<IntakeOptions>): Intake
  close(): Promise<void>
}

export async function openDoorGround(
  folder: string,
  options: { readonly faults?: Faults; readonly journal?: Journal } = {},
): Promise<DoorGround> {
  const clock = new OffsetClock()
  const log = createLogger('silent')
  const journal = options.journal ?? (await openTestJournal(folder, log))
  const store = await openFilePayloadStore({ folder: join(folder, 'payloads') })
  const payloads = new LandedPayloads(store, journal)
  const staging = await openStaging({
    folder: join(folder, 'staging'),
    journal,
    holder: 'local',
    clock,
    log,
    partSeconds: 3_600,
  })
  const shared = { journal, clock, log, holder: 'local', roles: [] }
  const lease = journal.engine === 'sqlite' ? undefined : await ProcessLease.start(shared)
  const sessions = await openSessionRecords({
    journal,
    payloads,
    clock,
    log,
    folder: join(folder, 'transcripts'),
    ...(lease === undefined ? {} : { processId: lease.id }),
  })
  const jobs: Job[] = []
  const defaults: IntakeOptions = {
    journal,
    payloads,
    sealed: staging,
    queue: {
      enqueue: async (more) => {
        jobs.push(...more)
      },
    },
    findConnection: (id) =>
      id === PARTNER || id === TWIN
        ? {
            applicationCode: 'SIM123',
            modeOf: (code) => (code === 'FSO1110A' ? 'PARTIAL' : 'NONE'),
          }
        : undefined,
    sessions,
    clock,
    faults: options.faults ?? noFaults,
    log,
    identicalResend: 'same-answer',
    delayFor: () => undefined,
  }
  return {
    folder,
    journal,
    payloads,
    staging,
    sessions,
    deposits: createDeposits({ journal, clock, showSeconds: 86_400 }),
    clock,
    intake: createIntake(defaults),
    jobs,
    createIntake: (changes) => createIntake({ ...defaults, ...changes }),
    close: async () => {
      await sessions.close()
      await staging.close()
      await payloads.close()
      await lease?.stop()
      await journal.close()
    },
  }
}

/** The name of the flow that carries this number. */
export function flowName(number: number): string {
  return `FSO1110A_SIM123_SIM1231110${String(number).padStart(15, '0')}.tar.gz`
}

/** What a listener does: receives `content` and seals it. */
export async function receive(
  ground: Pick<DoorGround, 'staging' | 'clock'>,
  fileName: string,
  content: Buffer,
  changes: Partial<ReceivedFlow> = {},
): Promise<ReceivedFlow> {
  const connectionId = changes.connectionId ?? PARTNER
  const file = await ground.staging.open(connectionId, 'sftp', fileName)
  await file.write([content], 0)
  return {
    connectionId,
    protocol: 'sftp',
    sessionId: SESSION,
    fileName,
    content: await file.seal(),
    stagedId: file.id,
    receivedAt: ground.clock.now(),
    evidence: { client: 'test' },
    ...changes,
  }
}
