import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../errors.ts'
import type { StoredContent } from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { LandedFile, PayloadLanding } from './payloads.ts'

/** What an upload holds in memory bounds it. */
const UPLOADS_AT_ONCE = 2
/** After a failure all wait, longer each time. */
const FIRST_PAUSE_MILLISECONDS = 500
const LONGEST_PAUSE_MILLISECONDS = 30_000
/** A reader waits so long for a content on its way before it gives up for this time. */
const ARRIVAL_MILLISECONDS = 2_000
const LOOK_MILLISECONDS = 100
/** A commit whose end nobody learnt has ended by then, one way or the other. */
const UNDECIDED_MILLISECONDS = 300_000

/** What has landed for a flow that is about to be taken in. */
export interface Reception {
  /** To be written by the commit that takes the flow in. */
  readonly statements: readonly WriteStatement[]
  /** That commit was made. */
  taken(): void
  /** It was not, and will not be. */
  refused(): Promise<void>
}

export interface PayloadUploadsOptions {
  readonly landing: PayloadLanding
  readonly journal: Journal
  /** Name of the data folder in the journal (staging/holder.ts). */
  readonly holder: string
  readonly log: Logger
}

/**
 * Contents that are acknowledged once they are durable on this machine, and follow to a store that is
 * elsewhere (ADR 12). The commit of the flow writes a row for each; it goes when the store has the
 * content, compared, and then the file. So a row without a content in the store says where it is, and
 * a file without a row belongs to no flow.
 */
export class PayloadUploads {
  readonly #options: PayloadUploadsOptions
  readonly #waiting: LandedFile[] = []
  readonly #running = new Set<Promise<void>>()
  /** Landed, while the commit of their flow is on its way; since when. */
  readonly #undecided = new Map<string, { readonly file: LandedFile; readonly since: number }>()
  readonly #abort = new AbortController()
  #pauseMilliseconds = 0
  #pause: NodeJS.Timeout | undefined
  #isStopping = false

  constructor(options: PayloadUploadsOptions) {
    this.#options = options
  }

  /** Goes on with what a former run has left; to be called once, before anything lands. */
  async start(): Promise<void> {
    const { landing, log } = this.#options
    const files = landing.landed()
    const rows = await this.#rows()
    for (const file of files) {
      if (rows.delete(file.id)) this.#add(file)
      else await landing.drop(file) // of a flow that was never acknowledged
    }
    for (const id of rows) {
      log.error({ landed: id }, 'a content that had landed here is gone from the disk')
      await this.#forget(id)
    }
  }

  async receive(path: string, content: StoredContent): Promise<Reception> {
    const { landing, journal, holder } = this.#options
    const file = await landing.land(path, content)
    this.#undecided.set(file.id, { file, since: performance.now() })
    const { id, sha256, bytes } = file
    const row = { id, sha256, bytes, holder, landed_at: Date.now() }
    return {
      statements: [{ query: journal.db.insertInto('payload_uploads').values(row) }],
      taken: () => {
        this.#undecided.delete(id)
        this.#add(file)
      },
      refused: async () => {
        this.#undecided.delete(id)
        await landing.drop(file)
      },
    }
  }

  /**
   * Decides about files whose commit ended in a failure that did not say whether it was made.
   * @returns how many
   */
  async decide(): Promise<number> {
    const now = performance.now()
    const due = [...this.#undecided.values()].filter(
      ({ since }) => now - since >= UNDECIDED_MILLISECONDS,
    )
    if (due.length === 0) return 0
    const rows = await this.#rows()
    for (const { file } of due) {
      this.#undecided.delete(file.id)
      if (rows.has(file.id)) this.#add(file)
      else await this.#options.landing.drop(file)
    }
    return due.length
  }

  /**
   * Resolves when no machine has the content for itself: it is in the store, or nowhere.
   * @throws GatewayError PAYLOAD_ON_ITS_WAY after two seconds
   */
  async arrived(sha256: string): Promise<void> {
    const { journal } = this.#options
    const deadline = performance.now() + ARRIVAL_MILLISECONDS
    for (;;) {
      const [row] = await journal.read(
        journal.db
          .selectFrom('payload_uploads')
          .select(['holder', 'landed_at'])
          .where('sha256', '=', sha256),
      )
      if (row === undefined) return
      if (performance.now() >= deadline) {
        const since = new Date(row.landed_at).toISOString()
        throw new GatewayError(
          'PAYLOAD_ON_ITS_WAY',
          `Payload ${sha256} is on its way from ${row.holder} since ${since}.`,
        )
      }
      await sleep(LOOK_MILLISECONDS)
    }
  }

  /** Contents that are on this machine only. */
  get pending(): number {
    return this.#waiting.length + this.#running.size
  }

  /** What is on its way may arrive within this time, unless the store is away; the rest is durable. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#pause)
    const abort = setTimeout(() => this.#abort.abort(), graceMilliseconds)
    while (this.#running.size > 0) await Promise.all(this.#running)
    clearTimeout(abort)
  }

  #add(file: LandedFile): void {
    this.#waiting.push(file)
    this.#next()
  }

  #next(): void {
    while (this.#running.size < UPLOADS_AT_ONCE && this.#pause === undefined) {
      if (this.#abort.signal.aborted) return
      const file = this.#waiting.shift()
      if (file === undefined) return
      const upload = this.#upload(file).then(() => {
        this.#running.delete(upload)
        this.#next()
      })
      this.#running.add(upload)
    }
  }

  /** Never rejects. */
  async #upload(file: LandedFile): Promise<void> {
    const { landing, log } = this.#options
    try {
      await landing.upload(file, this.#abort.signal)
      await this.#forget(file.id)
      await landing.drop(file)
      if (this.#pauseMilliseconds > 0) log.info({ waiting: this.pending }, 'the store is back')
      this.#pauseMilliseconds = 0
    } catch (err) {
      await this.#failed(file, err).catch((error: unknown) => this.#waitFor(file, error))
    }
  }

  async #failed(file: LandedFile, err: unknown): Promise<void> {
    if (!(err instanceof GatewayError && err.code === 'INTERNAL')) {
      this.#waitFor(file, err)
      return
    }
    // What stays under its address would be another content: the flow ends as an incident.
    this.#options.log.error({ err, landed: file.id }, 'a content that had landed here is damaged')
    await this.#forget(file.id)
  }

  #waitFor(file: LandedFile, err: unknown): void {
    this.#waiting.push(file)
    if (this.#isStopping || this.#pause !== undefined) {
      if (this.#isStopping) this.#abort.abort()
      return
    }
    const { log } = this.#options
    if (this.#pauseMilliseconds === 0) {
      log.error({ err, waiting: this.pending }, 'contents wait here for the payload store')
    }
    this.#pauseMilliseconds = Math.min(
      Math.max(2 * this.#pauseMilliseconds, FIRST_PAUSE_MILLISECONDS),
      LONGEST_PAUSE_MILLISECONDS,
    )
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#next()
    }, this.#pauseMilliseconds)
  }

  async #rows(): Promise<Set<string>> {
    const { journal, holder } = this.#options
    const rows = await journal.read(
      journal.db.selectFrom('payload_uploads').select('id').where('holder', '=', holder),
    )
    return new Set(rows.map(({ id }) => id))
  }

  async #forget(id: string): Promise<void> {
    const { journal } = this.#options
    await journal.write([{ query: journal.db.deleteFrom('payload_uploads').where('id', '=', id) }])
  }
}
