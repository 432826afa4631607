import { createReadStream } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseInboundName, recommendedName } from '../../config/flow-name.ts'
import type { SessionId } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import { IntakeStatements } from '../../gateway/intake-statements.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { openQueue } from '../../gateway/queue/open-queue.ts'
import type { WorkQueue } from '../../gateway/queue/queue.ts'
import { jobsOfFlow } from '../../processing/flow-jobs.ts'
import { median } from '../measurement.ts'
import { settleDisk } from '../bench-context.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import { cpuSplit, splitText } from './cpu-split.ts'
import { ENGINE_SETS, startEngines } from './engine-sets.ts'
import type { Engines } from './engine-sets.ts'
import { watchFlows } from './flow-watch.ts'
import type { FlowWatch } from './flow-watch.ts'
import { makeLoadFlows } from './load-flows.ts'
import { LOAD_USER, prepareLoadData, startWorkers } from './load-gateway.ts'

const INVOICES = 500
const FLOWS = 80
const WARM_UP_FLOWS = 20
const PAIRS = 3
const QUICK_SHARE = 2
const REPORT_SECONDS = 120
const TARGET = 1.5
const SESSION: SessionId = 'ses_bench'

/** Two processes that work beside one, each with one thread, on flows whose contents are stored. */
export const measureScaling: Suite = async (bench) => {
  if (!ENGINE_SETS.includes('postgres')) {
    bench.tell('scaling: PostgreSQL and Redis are not installed here')
    return []
  }
  const rates: Readonly<Record<1 | 2, number[]>> = { 1: [], 2: [] }
  const busy: Readonly<Record<1 | 2, number[]>> = { 1: [], 2: [] }
  for (let pair = 1; pair <= (bench.isQuick ? 1 : PAIRS); pair += 1) {
    for (const workers of [1, 2] as const) {
      const { rate, processors, split } = await workOff(bench, workers)
      rates[workers].push(rate)
      busy[workers].push(processors)
      bench.tell(
        `scaling ${pair}: ${workers} at work, ${rate.toFixed(0)} invoices/s, ${processors.toFixed(2)} processors busy; CPU ms of 1,000: ${split}`,
      )
    }
  }
  return [
    {
      id: 'load.scaling',
      title: 'invoices, two worker processes ⇄ one, PostgreSQL + BullMQ',
      unit: '/s',
      ours: rates[2],
      reference: { name: 'one worker', samples: rates[1] },
      target: { ratioAtLeast: TARGET },
      note: `processors busy, servers included: ${median(busy[1]).toFixed(2)} with one, ${median(busy[2]).toFixed(2)} of ${availableParallelism()} with two`,
    },
  ]
}

interface WorkedOff {
  /** Invoices a second. */
  readonly rate: number
  /** Kept busy meanwhile, by whatever ran. */
  readonly processors: number
  /** What a thousand invoices took of them, in milliseconds, by what used it. */
  readonly split: string
}

/** On engines of its own: nothing of the run before is in the way. */
async function workOff(bench: BenchContext, workerCount: number): Promise<WorkedOff> {
  const engines = await startEngines('postgres')
  try {
    const dataFolder = await prepareLoadData(bench, engines)
    const store = await openStore(engines, dataFolder)
    const workers = await startWorkers(engines, workerCount)
    try {
      const count = bench.isQuick ? FLOWS / QUICK_SHARE : FLOWS
      const warmUp = await store.put(bench, WARM_UP_FLOWS * workerCount)
      const measured = await store.put(bench, count)
      await store.release(warmUp)
      await store.flows.finished(warmUp.length, REPORT_SECONDS)
      settleDisk(engines.folder)
      const startedAt = Date.now()
      const pids = workers.map(({ pid }) => pid)
      const busyBefore = busyMilliseconds()
      const splitBefore = cpuSplit(pids)
      await store.release(measured)
      const { lastAt } = await store.flows.finished(warmUp.length + count, REPORT_SECONDS)
      return {
        rate: (count * INVOICES * 1_000) / (lastAt - startedAt),
        processors: (busyMilliseconds() - busyBefore) / (Date.now() - startedAt),
        split: splitText(splitBefore, cpuSplit(pids), count * INVOICES),
      }
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()))
      await store.close()
    }
  } finally {
    await engines.remove()
  }
}

/** Of all processors together, since the machine started. */
function busyMilliseconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}

interface StoredFlow {
  readonly name: string
  readonly content: { readonly sha256: string; readonly bytes: number }
}

/** Puts contents into the store beforehand; their flows begin when they are released. */
interface FlowStore {
  readonly flows: FlowWatch
  put(bench: BenchContext, count: number): Promise<readonly StoredFlow[]>
  release(flows: readonly StoredFlow[]): Promise<void>
  close(): Promise<void>
}

async function openStore(engines: Engines, dataFolder: string): Promise<FlowStore> {
  const log = createLogger('warn')
  const journal = await openJournal({ url: engines.journalUrl, dataFolder, log })
  const queue = await openQueue({ url: engines.queueUrl, journal, log })
  const payloads = await openPayloads({ url: engines.payloadsUrl, dataFolder })
  const flows = await watchFlows(engines, dataFolder)
  return {
    flows,
    put: (bench, count) => putContents(bench, payloads, join(engines.folder, 'flows'), count),
    release: (stored) => beginFlows(journal, queue, stored),
    async close() {
      await flows.close()
      await queue.close()
      await payloads.close()
      await journal.close()
    },
  }
}

async function putContents(
  bench: BenchContext,
  payloads: PayloadStore,
  folder: string,
  count: number,
): Promise<readonly StoredFlow[]> {
  const made = await makeLoadFlows(bench, folder, count, { invoices: INVOICES })
  return Promise.all(
    made.map(async ({ file }) => ({
      name: recommendedName('FSO1110A', LOAD_USER, bench.nextNumber(), 'tar.gz'),
      content: await payloads.put(createReadStream(file)),
    })),
  )
}

/** What the intake writes, and its jobs. */
async function beginFlows(
  journal: Journal,
  queue: WorkQueue,
  flows: readonly StoredFlow[],
): Promise<void> {
  const [connection] = await journal.read(journal.db.selectFrom('connections').select('id'))
  if (connection === undefined) throw new Error('There is no connection')
  const statements = new IntakeStatements(journal)
  const now = Date.now()
  const begun = flows.map((flow) => ({ ...flow, id: newId('flw') }))
  await Promise.all(
    begun.map(async ({ id, name, content }) => {
      const parsed = parseInboundName(name)
      if (!('name' in parsed)) throw new Error(`${name} is not the name of a flow`)
      const { committed } = await journal.write(
        statements.takeFlow({
          id,
          received: {
            connectionId: connection.id,
            protocol: 'sftp',
            sessionId: SESSION,
            fileName: name,
            content,
            stagedId: '',
            receivedAt: now,
            evidence: {},
          },
          name: parsed.name,
          mode: 'PARTIAL',
          now,
        }),
      )
      if (!committed) throw new Error(`The flow ${name} is not recorded`)
    }),
  )
  await queue.enqueue(
    begun.flatMap(({ id }) => jobsOfFlow({ id, stage: 'technical', openChunks: [] })),
  )
}
