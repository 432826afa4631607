import type { Insertable } from 'kysely'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { RefusalsTable, SessionsTable } from '../journal/schema.ts'
import type { Logger } from '../logger.ts'

export type SessionRow = Insertable<SessionsTable>
export type RefusalRow = Insertable<RefusalsTable>

/** Rows wait this long for company: nobody waits for them. */
const FLUSH_MILLISECONDS = 250
/** After a write that failed, also when nothing more is said: the last word may be an end. */
const AGAIN_MILLISECONDS = 5_000
const ROWS_PER_WRITE = 500
/** Rows that wait for a journal that does not answer, at most; beyond, new ones are lost. */
const MAX_WAITING = 10_000

/** Writes session and refusal rows in batches; the last word about a session wins. */
export class RecordWriter {
  readonly #journal: Journal
  readonly #log: Logger
  #sessions = new Map<string, SessionRow>()
  #refusals = new Map<string, RefusalRow>()
  #lost = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #isOver = false

  constructor(options: { readonly journal: Journal; readonly log: Logger }) {
    this.#journal = options.journal
    this.#log = options.log
  }

  session(row: SessionRow): void {
    this.#add(this.#sessions, row)
  }

  refusal(row: RefusalRow): void {
    this.#add(this.#refusals, row)
  }

  /** Resolves when everything said so far was written, or could not be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  /** The same, and nothing is tried again. */
  close(): Promise<void> {
    this.#isOver = true
    return this.flush()
  }

  #add<Row extends { readonly id: string }>(waiting: Map<string, Row>, row: Row): void {
    if (!waiting.has(row.id) && this.#sessions.size + this.#refusals.size >= MAX_WAITING) {
      this.#lost += 1
      return
    }
    waiting.set(row.id, row)
    this.#flushIn(FLUSH_MILLISECONDS)
  }

  #flushIn(milliseconds: number): void {
    if (!this.#isOver) this.#timer ??= setTimeout(() => void this.flush(), milliseconds).unref()
  }

  async #write(): Promise<void> {
    while (this.#sessions.size + this.#refusals.size > 0) {
      const sessions = [...this.#sessions.values()].slice(0, ROWS_PER_WRITE)
      const refusals = [...this.#refusals.values()].slice(0, ROWS_PER_WRITE - sessions.length)
      try {
        await this.#journal.write([
          ...sessions.map((row) => this.#upsertSession(row)),
          ...refusals.map((row) => ({
            query: this.#journal.db
              .insertInto('refusals')
              .values(row)
              .onConflict((conflict) => conflict.column('id').doNothing()),
          })),
        ])
      } catch (error) {
        // They stay for the next flush, as far as there is room.
        this.#log.warn({ err: error }, 'records of sessions could not be written')
        this.#flushIn(AGAIN_MILLISECONDS)
        return
      }
      // What was said about a session while it was written stays for the next round.
      for (const row of sessions) {
        if (this.#sessions.get(row.id) === row) this.#sessions.delete(row.id)
      }
      for (const row of refusals) this.#refusals.delete(row.id)
    }
    if (this.#lost === 0) return
    this.#log.warn({ rows: this.#lost }, 'records of sessions were lost: too many at once')
    this.#lost = 0
  }

  #upsertSession(row: SessionRow): WriteStatement {
    return {
      announce: 'sessions',
      query: this.#journal.db
        .insertInto('sessions')
        .values(row)
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet({
            connection_id: row.connection_id,
            ended_at: row.ended_at,
            outcome: row.outcome,
            fields_json: row.fields_json,
            transcript_sha256: row.transcript_sha256,
            transcript_bytes: row.transcript_bytes,
            bytes_in: row.bytes_in,
            bytes_out: row.bytes_out,
            doing_json: row.doing_json,
          }),
        ),
    }
  }
}
