import type { Clock } from './clock.ts'
import type { ProcessId } from './flow.ts'
import { Housekeeping } from './housekeeping.ts'
import { newId } from './ids.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'
import { closeSessionsOfTheDead } from './sessions/lost-sessions.ts'
import { VERSION } from './version.ts'

/** A process says so often that it lives… */
const BEAT_SECONDS = 5
/** …and is dead for the others once it has said nothing for so long: room for clocks that differ. */
const LEASE_SECONDS = 60
/** Whoever was seen less than this ago may live. */
export const ALIVE_MILLISECONDS = LEASE_SECONDS * 1_000

export interface ProcessLeaseOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  /** Name of the data folder, which this process has for itself (staging/holder.ts). */
  readonly holder: string
  readonly roles: readonly string[]
  /** Default: 60. */
  readonly leaseSeconds?: number
}

/**
 * The row by which the processes that share a journal know that this one lives. Whoever is seen no
 * more loses its row, and its sessions are ended in the journal; nothing else hangs on it (jobs have
 * leases of their own, staged parts wait for their folder).
 */
export class ProcessLease {
  readonly id: ProcessId = newId('prc')
  readonly #options: ProcessLeaseOptions
  readonly #leaseMilliseconds: number
  /** On its own: whatever else takes its time, this process lives. */
  readonly #beats: Housekeeping
  /** Monotonic: since when the beats of this process follow one another. */
  #steadySince = 0
  #lastBeat = Number.NEGATIVE_INFINITY

  private constructor(options: ProcessLeaseOptions) {
    this.#options = options
    this.#leaseMilliseconds = (options.leaseSeconds ?? LEASE_SECONDS) * 1_000
    this.#beats = new Housekeeping(options.log)
  }

  /** Takes the place of the process that had this data folder before, and ends its sessions. */
  static async start(options: ProcessLeaseOptions): Promise<ProcessLease> {
    const lease = new ProcessLease(options)
    const { db } = options.journal
    await options.journal.write([
      { query: db.deleteFrom('processes').where('holder', '=', options.holder) },
    ])
    await lease.#beat()
    await closeSessionsOfTheDead(options)
    const everySeconds = Math.min(BEAT_SECONDS, lease.#leaseMilliseconds / 4_000)
    lease.#beats.start([{ name: 'signs of life', everySeconds, run: () => lease.#beat() }])
    return lease
  }

  /** The process ends in order: its sessions are closed. */
  async stop(): Promise<void> {
    await this.#beats.stop()
    const { journal } = this.#options
    await journal.write([{ query: journal.db.deleteFrom('processes').where('id', '=', this.id) }])
  }

  /** Says that this process lives, then looks for those that do not. @returns how many died */
  async #beat(): Promise<number> {
    const { journal, holder, roles } = this.#options
    const now = Date.now()
    const row = { holder, roles: roles.join(), version: VERSION, started_at: now, seen_at: now }
    await journal.write([
      {
        query: journal.db
          .insertInto('processes')
          .values({ id: this.id, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: now })),
      },
    ])
    const at = performance.now()
    // After a gap (the server was away) the others may not have come back yet, either.
    if (at - this.#lastBeat > this.#leaseMilliseconds / 2) this.#steadySince = at
    this.#lastBeat = at
    return at - this.#steadySince < this.#leaseMilliseconds ? 0 : this.#buryTheDead(now)
  }

  async #buryTheDead(now: number): Promise<number> {
    const { journal } = this.#options
    const result = await journal.write([
      {
        query: journal.db
          .deleteFrom('processes')
          .where('seen_at', '<', now - this.#leaseMilliseconds),
      },
    ])
    await closeSessionsOfTheDead(this.#options)
    return result.committed ? (result.results[0]?.changed ?? 0) : 0
  }
}
