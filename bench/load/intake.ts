import { join } from 'node:path'
import { recommendedName } from '../../config/flow-name.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { noFaults } from '../../gateway/faults.ts'
import type { ConnectionId, ReceivedFlow, SessionId } from '../../gateway/flow.ts'
import { createIntake } from '../../gateway/intake.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { LandedPayloads } from '../../gateway/payloads/landed-payloads.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import { openQueue } from '../../gateway/queue/open-queue.ts'
import { openSessionRecords } from '../../gateway/sessions/session-records.ts'
import { openStaging } from '../../gateway/staging/staging.ts'
import type { LocalStaging } from '../../gateway/staging/staging.ts'
import { settleDisk } from '../bench-context.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import { smallArchive } from '../flow-archive.ts'
import type { Measurement } from '../measurement.ts'
import { ENGINE_SETS, startEngines } from './engine-sets.ts'
import type { Engines } from './engine-sets.ts'
import { FLOW_BYTES, insertRows, syncAndRename, timed } from './raw-limits.ts'

/** Callers at a time, flows of a round, and what must hold beside the disk alone. */
const CASES: readonly { readonly callers: number; readonly flows: number; target?: number }[] = [
  { callers: 1, flows: 400 },
  { callers: 16, flows: 2_000, target: 0.6 },
  { callers: 64, flows: 2_000 },
]
const ROUNDS = 5
const APPLICATION = 'BEN001'
const PARTNER: ConnectionId = 'cnx_bench'
const SESSION: SessionId = 'ses_bench'

/**
 * Flows of 20 KB at the door, as listeners hand them over: received and sealed beforehand, they are
 * taken by the intake, which is durable when it resolves. Beside the disk and the database alone.
 */
export const measureIntake: Suite = async (bench) => {
  const measurements: Measurement[] = []
  for (const name of ENGINE_SETS) {
    const engines = await startEngines(name)
    const door = await openDoor(engines)
    try {
      for (const { callers, flows, target } of CASES) {
        const count = bench.isQuick ? flows / 4 : flows
        const runs = await rounds(bench, engines, door, { callers, count })
        const id = `load.intake.${name}.${callers}`
        const title = `intake of 20 KB, ${callers} at a time, ${engines.title}`
        measurements.push({
          id,
          title: `${title} ⇄ fsync + rename`,
          unit: '/s',
          ours: runs.ours,
          reference: { name: 'fsync + rename', samples: runs.disk },
          ...(target === undefined ? {} : { target: { ratioAtLeast: target } }),
        })
        if (runs.inserts.length === 0) continue
        measurements.push({
          id: `${id}.insert`,
          title: '  ⇄ one insert of 20 KB a commit',
          unit: '/s',
          ours: runs.ours,
          reference: { name: 'insert', samples: runs.inserts },
        })
      }
    } finally {
      await door.close()
      await engines.remove()
    }
  }
  return measurements
}

interface Rounds {
  readonly ours: readonly number[]
  readonly disk: readonly number[]
  readonly inserts: readonly number[]
}

async function rounds(
  bench: BenchContext,
  engines: Engines,
  door: Door,
  how: { readonly callers: number; readonly count: number },
): Promise<Rounds> {
  const ours: number[] = []
  const disk: number[] = []
  const inserts: number[] = []
  // The first one warms up.
  for (let round = 0; round <= (bench.isQuick ? 3 : ROUNDS); round += 1) {
    const flows: ReceivedFlow[] = []
    for (let flow = 0; flow < how.count; flow += 1) {
      flows.push(await door.receive(smallArchive(FLOW_BYTES), bench.nextNumber()))
    }
    settleDisk(engines.folder)
    const raw = await syncAndRename(engines.folder, how)
    settleDisk(engines.folder)
    const taken = await timed(how.callers, how.count, (number) => door.take(flows[number]!))
    const inserted =
      engines.name === 'postgres' ? await insertRows(engines.journalUrl, how) : undefined
    await door.settle()
    bench.tell(
      `intake x${how.callers} ${engines.title} ${round}: ${taken.perSecond.toFixed(0)}/s, disk ${raw.perSecond.toFixed(0)}/s${inserted === undefined ? '' : `, inserts ${inserted.perSecond.toFixed(0)}/s`}`,
    )
    if (round === 0) continue
    ours.push(taken.perSecond)
    disk.push(raw.perSecond)
    if (inserted !== undefined) inserts.push(inserted.perSecond)
  }
  return { ours, disk, inserts }
}

/** What is between a listener and the journal. */
interface Door {
  /** What a listener does with a file that comes in one piece. */
  receive(content: Buffer, number: number): Promise<ReceivedFlow>
  take(flow: ReceivedFlow): Promise<void>
  /** Leaves nothing of a round to the next one. */
  settle(): Promise<void>
  close(): Promise<void>
}

async function openDoor(engines: Engines): Promise<Door> {
  const { folder } = engines
  const clock = new OffsetClock()
  const log = createLogger('error')
  const journal = await openJournal({ url: engines.journalUrl, dataFolder: folder, log })
  const queue = await openQueue({ url: engines.queueUrl, journal, log })
  const store = await openPayloads({ url: engines.payloadsUrl, dataFolder: folder })
  const payloads = new LandedPayloads(store, journal)
  const staging = await openStaging({
    folder: join(folder, 'staging'),
    journal,
    holder: 'bench',
    clock,
    log,
    partSeconds: 3_600,
  })
  const sessions = await openSessionRecords({
    journal,
    payloads,
    clock,
    log,
    folder: join(folder, 'transcripts'),
  })
  const intake = createIntake({
    journal,
    payloads,
    sealed: staging,
    queue,
    findConnection: () => ({ applicationCode: APPLICATION, modeOf: () => 'PARTIAL' }),
    sessions,
    clock,
    faults: noFaults,
    log,
    identicalResend: 'same-answer',
    delayFor: () => undefined,
  })
  return {
    receive: (content, number) => receive(staging, content, number),
    async take(flow) {
      const { outcome } = await intake(flow)
      if (outcome !== 'taken') throw new Error(`A flow was ${outcome}`)
    },
    async settle() {
      await payloads.moveLanded()
      await queue.wipe()
    },
    async close() {
      await sessions.close()
      await staging.close()
      await payloads.close()
      await queue.close()
      await journal.close()
    },
  }
}

async function receive(
  staging: LocalStaging,
  content: Buffer,
  number: number,
): Promise<ReceivedFlow> {
  const fileName = recommendedName('FSO1110A', APPLICATION, number, 'tar.gz')
  const file = await staging.open(PARTNER, 'sftp', fileName)
  await file.write([content], 0)
  return {
    connectionId: PARTNER,
    protocol: 'sftp',
    sessionId: SESSION,
    fileName,
    content: await file.seal(),
    stagedId: file.id,
    receivedAt: Date.now(),
    evidence: {},
  }
}
