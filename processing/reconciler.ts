import type { FlowId } from '../gateway/flow.ts'
import type { Journal } from '../gateway/journal/journal.ts'
import type { Logger } from '../gateway/logger.ts'
import type { Job, WorkQueue } from '../gateway/queue/queue.ts'
import { readOpenChunks } from './enqueue-next.ts'
import type { FlowDelay } from './flow-delay.ts'
import { extractJobId, jobsOfFlow } from './flow-jobs.ts'

/** Unfinished flows looked at in one round; a round that found something missing goes on at once. */
const FLOWS_PER_ROUND = 500
const INTERVAL_MILLISECONDS = 1_000

export interface ReconcilerOptions {
  readonly journal: Journal
  readonly queue: WorkQueue
  readonly flowDelay: FlowDelay
  /** Finishes what was cut short after a decision. */
  readonly cleanUp: () => Promise<void>
  readonly log: Logger
}

/**
 * The journal is the truth and the queue may lose everything: this gives every unfinished flow the
 * jobs that its journal rows ask for, when they are not alive.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions
  #cursor: FlowId | undefined
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()
  #isStopped = false
  /** Said once, not each second. */
  #isFailing = false

  constructor(options: ReconcilerOptions) {
    this.#options = options
  }

  /** Looks at once, then every second. */
  start(): void {
    this.#round = this.#runRound()
  }

  /** Ends after the round in hand. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#round
  }

  /** Looks at every unfinished flow once. @returns the number of jobs added */
  async reconcile(): Promise<number> {
    this.#cursor = undefined
    let added = 0
    for (;;) {
      const page = await this.#nextPage()
      added += page.added
      if (page.isLast) return added
    }
  }

  async #runRound(): Promise<void> {
    const { log } = this.#options
    let added = 0
    try {
      await this.#options.cleanUp()
      let page = { added: 1, isLast: false }
      while (page.added > 0 && !page.isLast && !this.#isStopped) {
        page = await this.#nextPage()
        added += page.added
      }
      this.#isFailing = false
    } catch (err) {
      if (!this.#isFailing) log.warn({ err }, 'the reconciler could not look, it will look again')
      this.#isFailing = true
    }
    if (added > 0) log.info({ jobs: added }, 'jobs added again from the journal')
    if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), INTERVAL_MILLISECONDS)
  }

  /** The page after the last one; back to the start at the end. */
  async #nextPage(): Promise<{ readonly added: number; readonly isLast: boolean }> {
    const flows = await readUnfinished(this.#options.journal, this.#cursor)
    const isLast = flows.length < FLOWS_PER_ROUND
    this.#cursor = isLast ? undefined : flows.at(-1)?.id
    return { added: await addMissing(this.#options, flows), isLast }
  }
}

interface UnfinishedFlow {
  readonly id: FlowId
  readonly stage: string
  readonly received_at: number
}

async function readUnfinished(
  journal: Journal,
  after: FlowId | undefined,
): Promise<readonly UnfinishedFlow[]> {
  let query = journal.db
    .selectFrom('flows')
    .select(['id', 'stage', 'received_at'])
    .where('finished_at', 'is', null)
    .orderBy('id')
    .limit(FLOWS_PER_ROUND)
  if (after !== undefined) query = query.where('id', '>', after)
  return await journal.read(query)
}

async function addMissing(
  { journal, queue, flowDelay }: ReconcilerOptions,
  flows: readonly UnfinishedFlow[],
): Promise<number> {
  const wanted: Job[] = []
  for (const flow of flows) {
    const openChunks = await readOpenChunks(journal, flow)
    const runAt = flowDelay({ id: flow.id, receivedAt: flow.received_at })
    wanted.push(...jobsOfFlow({ id: flow.id, stage: flow.stage, openChunks }, runAt))
  }
  if (wanted.length === 0) return 0
  const begun = flows.map(({ id }) => extractJobId(id))
  const alive = await queue.alive([...new Set([...begun, ...wanted.map(({ id }) => id)])])
  // A flow whose first job is in hand needs no other, wherever it stands.
  const missing = wanted.filter(
    ({ id, flowId }) => !alive.has(id) && !alive.has(extractJobId(flowId)),
  )
  if (missing.length > 0) await queue.enqueue(missing)
  return missing.length
}
