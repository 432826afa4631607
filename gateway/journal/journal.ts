import type { CompiledQuery, Kysely } from 'kysely'
import type { JournalSchema } from './schema.ts'

/**
 * The only truth about connections, flows, invoices, events and deliveries.
 *
 * Queries are built with `db` (which cannot run anything by itself) and handed over compiled:
 * `journal.read(journal.db.selectFrom('flows').selectAll())`.
 */
export interface Journal {
  /** Query builder of this engine's dialect. Build, never execute. */
  readonly db: Kysely<JournalSchema>

  /**
   * Runs the statements in order as one transaction, durable when it resolves. A guard that does
   * not hold undoes all of them and nothing else: `committed` is false and `failedAt` says which.
   * At most `MAX_ROWS_PER_WRITE` rows in all. No transaction stays open across an `await`.
   * @throws GatewayError JOURNAL_UNAVAILABLE when the engine failed; nothing was written
   */
  write(statements: readonly WriteStatement[]): Promise<WriteResult>

  /** Rows of a select, read off the main thread; sees every write that has resolved. */
  read<Row>(query: Readable<Row>): Promise<Row[]>

  /** Calls `listener` soon after a commit that touched `topic` (any process); returns the undo. */
  subscribe(topic: JournalTopic, listener: () => void): () => void

  /** Finishes what is being written, then closes. */
  close(): Promise<void>
}

export const MAX_ROWS_PER_WRITE = 2_000

/** What `subscribe` can follow: said by the writer of a statement (`announce`). */
export type JournalTopic = 'connections' | 'flows' | 'jobs' | 'returns'

/** Anything Kysely can compile. */
export interface Readable<Row> {
  compile(): CompiledQuery<Row>
}

export interface WriteStatement {
  readonly query: Readable<unknown>
  /** Guard: the number of rows it must change (or return, with `returning`). */
  readonly expectRows?: number
  /** Tell subscribers of this topic once committed. */
  readonly announce?: JournalTopic
}

export type WriteResult =
  | {
      readonly committed: true
      /** Per statement: rows changed, and rows returned by a `returning` clause. */
      readonly results: readonly {
        readonly changed: number
        readonly rows: readonly Record<string, unknown>[]
      }[]
    }
  | { readonly committed: false; readonly failedAt: number }
