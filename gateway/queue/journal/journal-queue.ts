import { GatewayError } from '../../errors.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Logger } from '../../logger.ts'
import type { Job, WorkerOptions, WorkQueue } from '../queue.ts'
import { JobRunner } from './job-runner.ts'
import { addJobs } from './job-statements.ts'

/** Jobs of one write: with their parents and their own waiting, below the rows of a message. */
const JOBS_PER_WRITE = 500
const IDS_PER_READ = 1_000

/** The work queue on the journal's own table: nothing else to install. */
export function createJournalQueue(options: {
  readonly journal: Journal
  readonly log: Logger
}): WorkQueue {
  return new JournalQueue(options.journal, options.log)
}

class JournalQueue implements WorkQueue {
  readonly engine = 'journal'
  readonly #journal: Journal
  readonly #log: Logger
  #runner: JobRunner | undefined

  constructor(journal: Journal, log: Logger) {
    this.#journal = journal
    this.#log = log
  }

  async enqueue(jobs: readonly Job[]): Promise<void> {
    // Children first: a parent that comes in a later write already finds them.
    const waiting = jobs.filter((job) => job.waitsForChildren === true)
    const others = jobs.filter((job) => job.waitsForChildren !== true)
    for (const slice of slices([...others, ...waiting], JOBS_PER_WRITE)) {
      await this.#journal.write(addJobs(this.#journal, slice, Date.now()))
    }
  }

  start(options: WorkerOptions): void {
    if (this.#runner !== undefined) {
      throw new GatewayError('INTERNAL', 'The work queue hands out jobs already')
    }
    this.#runner = new JobRunner(this.#journal, this.#log, options)
  }

  async stop(graceMilliseconds: number): Promise<void> {
    const runner = this.#runner
    this.#runner = undefined
    await runner?.stop(graceMilliseconds)
  }

  async counts(): Promise<readonly { kind: string; state: string; count: number }[]> {
    return this.#journal.read(
      this.#journal.db
        .selectFrom('jobs')
        .select((query) => ['kind', 'state', query.fn.countAll<number>().as('count')])
        .groupBy(['kind', 'state'])
        .orderBy('kind')
        .orderBy('state'),
    )
  }

  async alive(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const alive = new Set<string>()
    for (const slice of slices(ids, IDS_PER_READ)) {
      const rows = await this.#journal.read(
        this.#journal.db.selectFrom('jobs').select('id').where('id', 'in', slice),
      )
      for (const { id } of rows) alive.add(id)
    }
    return alive
  }

  async wipe(): Promise<void> {
    const { db } = this.#journal
    const some = db.selectFrom('jobs').select('id').limit(IDS_PER_READ)
    let isEmpty = false
    while (!isEmpty) {
      const result = await this.#journal.write([
        { query: db.deleteFrom('jobs').where('id', 'in', some) },
      ])
      isEmpty = !result.committed || result.results[0]?.changed === 0
    }
  }

  async check(): Promise<string> {
    await this.#journal.read(this.#journal.db.selectFrom('jobs').select('id').limit(1))
    return this.engine
  }

  async close(): Promise<void> {
    // The journal is not its own.
  }
}

function slices<Item>(items: readonly Item[], length: number): Item[][] {
  const count = Math.ceil(items.length / length)
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * length, (index + 1) * length),
  )
}
