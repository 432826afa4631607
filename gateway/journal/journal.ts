import type { CompiledQuery, Kysely } from 'kysely'
import type { GatewayError } from '../errors.ts'
import type { JournalSchema } from './schema.ts'

/**
 * The only truth about connections, flows, invoices, events and deliveries.
 *
 * Queries are built with `db` (which cannot run anything by itself) and handed over compiled:
 * `journal.read(journal.db.selectFrom('flows').selectAll())`.
 */
export interface Journal {
  /** Which adapter this is, for the banner, `doctor` and `/readyz`. */
  readonly engine: 'sqlite' | 'postgres'

  /** Query builder of this engine's dialect. Build, never execute. */
  readonly db: Kysely<JournalSchema>

  /**
   * Runs the statements in order as one transaction, durable when it resolves. A guard that does
   * not hold, or a unique key that is taken, undoes all of them and nothing else: `committed` is
   * false, `failedAt` and `reason` say which and why. At most `MAX_ROWS_PER_WRITE` rows in all.
   * No transaction stays open across an `await`.
   * @throws GatewayError JOURNAL_UNAVAILABLE or STORE_FULL when the engine failed, INTERNAL when
   *   the message itself is wrong (too many rows, a value no engine stores); nothing was written
   */
  write(statements: readonly WriteStatement[]): Promise<WriteResult>

  /** Rows of a select, read off the main thread; sees every write that has resolved. */
  read<Row>(query: Readable<Row>): Promise<Row[]>

  /** Calls `listener` soon after a commit that touched `topic` (any process); returns the undo. */
  subscribe(topic: JournalTopic, listener: () => void): () => void

  /**
   * Resolves, if ever, once the journal is lost for good (a thread of it died): every call fails
   * from then on, and the process has to end. A failure that may pass is no such thing.
   */
  readonly lost: Promise<GatewayError>

  /** Finishes what is being written, then closes. */
  close(): Promise<void>
}

export const MAX_ROWS_PER_WRITE = 2_000

/** What `subscribe` can follow: said by the writer of a statement (`announce`). */
export type JournalTopic =
  | 'accounts'
  | 'alerts'
  | 'connections'
  | 'faults'
  | 'flows'
  | 'jobs'
  | 'returns'
  | 'runs'
  | 'session-cuts'
  | 'sessions'

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
  | {
      readonly committed: false
      /** Index of the statement. */
      readonly failedAt: number
      /** `guard`: other rows than expected; `unique`: the key is taken by another row. */
      readonly reason: 'guard' | 'unique'
    }
