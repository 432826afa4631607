import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FlowState } from '../../gateway/flow-states.ts'
import type { FlowId } from '../../gateway/flow.ts'
import { STAGES } from '../../processing/stages.ts'
import { openPipelinePlace, type Deposit, type PipelinePlace } from './pipeline-place.ts'
import type { PlainInvoice } from './plain-invoice-worker.ts'
import { seededRandom } from './seeded-random.ts'
import { NODE_SETTINGS } from './gateway-process.ts'

const CHILD = fileURLToPath(new URL('./pipeline-child.ts', import.meta.url))
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/raccord', import.meta.url))
const settingsWith = (leaseSeconds: number) => ({
  pipeline: { chunkInvoices: 4, leaseSeconds, threads: 2 },
})
const SETTINGS = settingsWith(1)

/** What a series of disturbances left behind; every list should be empty. */
export interface PipelineTally {
  readonly flows: number
  readonly wrongVerdicts: readonly string[]
  /** Flows with no report or more than one. */
  readonly wrongReports: readonly string[]
  /** Flows with a stage in their timeline twice, or without one. */
  readonly wrongTimelines: readonly string[]
  /** Numbers held that no integrated invoice has, or the other way round. */
  readonly wrongNumbers: number
  /** Contents in the store that nothing names: at most reports of attempts that were cut. */
  readonly orphans: number
}

export interface PipelineKillTally extends PipelineTally {
  readonly kills: number
  /** Flows that were finished before the last start: the kills hit work in hand. */
  readonly finishedUnderFire: number
}

interface Expected {
  readonly deposit: Deposit
  readonly state: FlowState
  readonly counts: readonly [total: number, integrated: number, refused: number]
}

/** Kills a process that runs the pipeline, again and again, then lets it end and looks. */
export async function killPipelines(
  folder: string,
  options: { readonly flows: number; readonly kills: number; readonly seed: number },
): Promise<PipelineKillTally> {
  const random = seededRandom(options.seed)
  const filling = await openPipelinePlace({ folder, settings: SETTINGS })
  const expected = await fill(filling, options.flows)
  await filling.close()

  for (let kill = 0; kill < options.kills; kill += 1) {
    const target = Math.round(((kill + 1) * options.flows) / (options.kills + 1))
    const child = await startPipelineChild(folder, SETTINGS)
    for await (const line of child.lines) {
      if (Number(line) >= target) break
    }
    // Not always when a flow has just been decided.
    await sleep(random() * 30)
    await child.kill()
  }

  const place = await openPipelinePlace({ folder, settings: SETTINGS })
  try {
    const finished = await place.journal.read(
      place.journal.db.selectFrom('flows').select('id').where('finished_at', 'is not', null),
    )
    await place.pipeline.start()
    await Promise.all([...expected.keys()].map((id) => place.finished(id)))
    await noChunkLeft(place)
    return {
      kills: options.kills,
      finishedUnderFire: finished.length,
      ...(await compare(place, expected)),
    }
  } finally {
    await place.close()
  }
}

/**
 * Runs the pipeline on the queue of `queueUrl` while `disturb` does what it likes to it, then looks.
 * @param options.disturb is told when each further flow is finished, by `finished(count)`
 * @param options.leaseSeconds default 1: what is lost is soon taken up, and a machine that stands
 *   still for a second does a job twice
 */
export async function disturbPipeline(
  folder: string,
  options: {
    readonly flows: number
    readonly queueUrl: string
    readonly leaseSeconds?: number
    readonly disturb: (finished: (count: number) => Promise<void>) => Promise<void>
  },
): Promise<PipelineTally> {
  const { queueUrl, leaseSeconds = 1 } = options
  const place = await openPipelinePlace({ folder, queueUrl, settings: settingsWith(leaseSeconds) })
  try {
    const expected = await fill(place, options.flows)
    await place.pipeline.start()
    await options.disturb((count) => atLeastFinished(place, count))
    await Promise.all([...expected.keys()].map((id) => place.finished(id)))
    await noChunkLeft(place)
    return await compare(place, expected)
  } finally {
    await place.close()
  }
}

async function fill(place: PipelinePlace, flows: number): Promise<Map<FlowId, Expected>> {
  const expected = new Map<FlowId, Expected>()
  for (let index = 0; index < flows; index += 1) {
    const flow = expectedFlow(index)
    expected.set(await place.deposit(flow.deposit), flow)
  }
  return expected
}

async function atLeastFinished({ journal }: PipelinePlace, count: number): Promise<void> {
  const finished = journal.db
    .selectFrom('flows')
    .select('id')
    .where('finished_at', 'is not', null)
    .limit(count)
  while ((await journal.read(finished)).length < count) await sleep(5)
}

/** A process that runs the pipeline. */
export interface PipelineChild {
  /** What it says after `open`. */
  readonly lines: AsyncIterable<string>
  /** Asks it to end once every flow is finished. */
  askToEnd(): void
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
}

/** Resolves once the process takes jobs. */
export async function startPipelineChild(
  folder: string,
  settings: Record<string, unknown>,
  kind: 'plain' | 'real' = 'plain',
): Promise<PipelineChild> {
  const child = spawn(
    process.execPath,
    [...NODE_SETTINGS.flags, CHILD, folder, JSON.stringify(settings), kind],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      // As the `raccord` command has it.
      env: { ...NODE_SETTINGS.environment, NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
    },
  )
  const closed = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const first = await lines.next()
  if (first.value !== 'open') throw new Error(`The pipeline did not start again: ${first.value}`)
  return {
    // Leaving a loop over them does not end them.
    lines: { [Symbol.asyncIterator]: () => ({ next: () => lines.next() }) },
    askToEnd: () => child.stdin.write('end\n'),
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** Five kinds of flow by turns; each has a supplier of its own, so the verdict is known. */
function expectedFlow(index: number): Expected {
  const batch = Array.from({ length: 10 }, (_, number): PlainInvoice => ({
    number: `F${number}`,
    supplier: `S${index}`,
  }))
  const oneBad = batch.map((invoice, at): PlainInvoice =>
    at === 6 ? { ...invoice, fault: 'rule' } : invoice,
  )
  const kinds: readonly Expected[] = [
    { deposit: { content: batch }, state: 'IN_INTEGRE', counts: [10, 10, 0] },
    { deposit: { content: oneBad }, state: 'IN_INTEGRE_PARTIEL', counts: [10, 9, 1] },
    {
      deposit: { content: oneBad, mode: 'COMPLETE' },
      state: 'IN_REJETE',
      counts: [10, 0, 1],
    },
    {
      deposit: { content: [...batch, ...batch] },
      state: 'IN_INTEGRE_PARTIEL',
      counts: [20, 10, 10],
    },
    { deposit: { content: Buffer.from('no gzip') }, state: 'IN_REJETE', counts: [0, 0, 0] },
  ]
  return kinds[index % kinds.length]!
}

/** What is left to clean up after the last decision is done by the reconciler. */
async function noChunkLeft({ journal }: PipelinePlace): Promise<void> {
  for (;;) {
    const chunks = journal.db.selectFrom('chunks').select('ordinal').limit(1)
    if ((await journal.read(chunks)).length === 0) return
    await sleep(50)
  }
}

async function compare(
  { journal, payloads }: PipelinePlace,
  expected: ReadonlyMap<FlowId, Expected>,
): Promise<PipelineTally> {
  const { db } = journal
  const flows = await journal.read(db.selectFrom('flows').selectAll())
  const reports = await journal.read(db.selectFrom('return_flows').selectAll())
  const events = await journal.read(db.selectFrom('flow_events').selectAll().orderBy('id'))
  const numbers = await journal.read(db.selectFrom('invoice_numbers').selectAll())
  const eventsOf = Map.groupBy(events, (event) => event.flow_id)
  const reportsOf = Map.groupBy(reports, (report) => report.flow_id)
  const integrated = flows.reduce((sum, flow) => sum + flow.integrated, 0)
  const named = new Set([...flows, ...reports].map(({ sha256 }) => sha256))
  let orphans = 0
  for await (const { sha256 } of payloads.list()) orphans += named.has(sha256) ? 0 : 1
  return {
    flows: flows.length,
    wrongVerdicts: flows.flatMap((flow) => {
      const { state, counts } = expected.get(flow.id)!
      const is = [flow.state, flow.total, flow.integrated, flow.refused].join()
      const wanted = [state, ...counts].join()
      return is === wanted ? [] : [`${is} in place of ${wanted}`]
    }),
    wrongReports: flows.flatMap(({ id }) => (reportsOf.get(id)?.length === 1 ? [] : [id])),
    wrongTimelines: flows.flatMap(({ id, total }) => {
      const stages = (eventsOf.get(id) ?? []).map(({ stage }) => stage)
      // A technical refusal has neither format nor functional rules.
      const wanted = STAGES.map(({ name }) => name).filter(
        (_, index) => total > 0 || index < 3 || index > 4,
      )
      return stages.join() === wanted.join() ? [] : [stages.join()]
    }),
    wrongNumbers: Math.abs(numbers.length - integrated),
    orphans,
  }
}
