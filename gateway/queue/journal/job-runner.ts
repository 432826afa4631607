import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Journal, WriteStatement } from '../../journal/journal.ts'
import type { Logger } from '../../logger.ts'
import { JobDelayed, type Job, type JobKind, type WorkerOptions } from '../queue.ts'
import {
  claimJobs,
  endJob,
  releaseJobs,
  renewLeases,
  returnJob,
  type ClaimedRow,
  type Lease,
} from './job-statements.ts'
import { WakeUp } from './wake-up.ts'

/** Looked at least this often, for leases that ran out and jobs of other processes. */
const POLL_MILLISECONDS = 1_000
/** Leases are prolonged when this part of them has passed. */
const RENEWALS_PER_LEASE = 3

/** A job being handled under a lease. */
interface Hand extends Lease {
  readonly row: ClaimedRow
  readonly stop: AbortController
  leaseUntil: number
  isLost: boolean
}

/** Claims jobs in batches, hands them out, prolongs their leases and records how they ended. */
export class JobRunner {
  readonly #journal: Journal
  readonly #log: Logger
  readonly #options: WorkerOptions
  readonly #hands = new Set<Hand>()
  readonly #running = new Set<Promise<void>>()
  readonly #wakeUp = new WakeUp()
  readonly #unsubscribe: () => void
  readonly #renewals: NodeJS.Timeout
  readonly #claiming: Promise<void>
  #isStopping = false

  constructor(journal: Journal, log: Logger, options: WorkerOptions) {
    this.#journal = journal
    this.#log = log
    this.#options = options
    this.#unsubscribe = journal.subscribe('jobs', () => this.#wakeUp.ring())
    this.#renewals = setInterval(
      () => void this.#renew(),
      options.leaseMilliseconds / RENEWALS_PER_LEASE,
    )
    this.#claiming = this.#claimUntilStopped()
  }

  async stop(graceMilliseconds: number): Promise<void> {
    this.#isStopping = true
    this.#unsubscribe()
    this.#wakeUp.ring()
    await this.#claiming
    const graceEnded = new AbortController()
    await Promise.race([
      Promise.all(this.#running),
      delay(graceMilliseconds, undefined, { signal: graceEnded.signal }).catch(() => {}),
    ])
    graceEnded.abort()
    clearInterval(this.#renewals)
    const left = [...this.#hands]
    for (const hand of left) this.#lose(hand)
    if (left.length > 0) {
      this.#log.warn({ jobs: left.map(({ id }) => id) }, 'jobs given up at stop')
      await this.#write(releaseJobs(this.#journal.db, left))
    }
  }

  async #claimUntilStopped(): Promise<void> {
    while (!this.#isStopping) {
      const free = this.#options.concurrency - this.#hands.size
      const pause = free > 0 ? await this.#claim(free) : POLL_MILLISECONDS
      await this.#wakeUp.wait(pause)
    }
  }

  /** @returns milliseconds until looking again makes sense */
  async #claim(limit: number): Promise<number> {
    const now = Date.now()
    const leaseUntil = now + this.#options.leaseMilliseconds
    const token = randomUUID()
    const result = await this.#write(claimJobs(this.#journal, { limit, token, now, leaseUntil }))
    if (result?.committed !== true) return POLL_MILLISECONDS
    const [, claimed, next] = result.results
    const rows = (claimed?.rows ?? []) as unknown as readonly ClaimedRow[]
    for (const row of rows) {
      const hand: Hand = {
        id: row.id,
        token,
        row,
        stop: new AbortController(),
        leaseUntil,
        isLost: false,
      }
      this.#hands.add(hand)
      const running = this.#handle(hand).finally(() => this.#running.delete(running))
      this.#running.add(running)
    }
    const due = next?.rows[0]?.['due']
    return typeof due === 'number'
      ? Math.min(POLL_MILLISECONDS, Math.max(1, due - Date.now()))
      : POLL_MILLISECONDS
  }

  async #handle(hand: Hand): Promise<void> {
    const statements = await this.#attempt(hand)
    this.#hands.delete(hand)
    if (hand.isLost) return
    const settled = this.#write(statements)
    // The freed place asks for work in the same group commit as this ending.
    this.#wakeUp.ring()
    const result = await settled
    if (result?.committed === false) {
      this.#log.warn({ job: hand.id }, 'job ended after its lease was lost')
    }
  }

  /** Runs the handler once. @returns how the job ends or comes back */
  async #attempt(hand: Hand): Promise<WriteStatement[]> {
    const { db } = this.#journal
    const { row } = hand
    try {
      await this.#options.handle(asJob(row), hand.stop.signal)
      return endJob(this.#journal, hand, row.parent)
    } catch (err) {
      if (err instanceof JobDelayed) {
        const runAt = Date.now() + err.delayMilliseconds
        return returnJob(db, hand, { runAt, attempts: row.attempts })
      }
      const attempts = row.attempts + 1
      const pause = this.#options.retryDelay(attempts)
      this.#log.warn({ err, job: hand.id, flowId: row.flow_id, attempts, pause }, 'job failed')
      return returnJob(db, hand, { runAt: Date.now() + pause, attempts })
    }
  }

  async #renew(): Promise<void> {
    const hands = [...this.#hands]
    if (hands.length === 0) return
    const leaseUntil = Date.now() + this.#options.leaseMilliseconds
    const result = await this.#write(renewLeases(this.#journal.db, hands, leaseUntil))
    for (const [index, hand] of hands.entries()) {
      if (!this.#hands.has(hand)) continue
      if (result?.committed === true && result.results[index]?.changed === 1) {
        hand.leaseUntil = leaseUntil
      } else if (result !== undefined || hand.leaseUntil <= Date.now()) {
        this.#log.warn({ job: hand.id, flowId: hand.row.flow_id }, 'job lost its lease')
        this.#lose(hand)
      }
    }
  }

  /** Somebody else may run the job now: what its handler still does ends nothing. */
  #lose(hand: Hand): void {
    hand.isLost = true
    this.#hands.delete(hand)
    hand.stop.abort()
    this.#wakeUp.ring()
  }

  /** A journal that fails costs no job: a lease that is not ended runs out. */
  async #write(statements: readonly WriteStatement[]) {
    try {
      return await this.#journal.write(statements)
    } catch (err) {
      this.#log.error({ err }, 'work queue cannot write')
      return undefined
    }
  }
}

function asJob(row: ClaimedRow): Job & { readonly attempts: number } {
  return {
    id: row.id,
    kind: row.kind as JobKind,
    flowId: row.flow_id,
    attempts: row.attempts,
    ...(row.chunk === null ? {} : { chunk: row.chunk }),
    ...(row.parent === null ? {} : { parent: row.parent }),
  }
}
