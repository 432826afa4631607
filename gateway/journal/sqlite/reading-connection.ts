import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describeFailure } from './sqlite-failure.ts'
import { StatementCache } from './statement-cache.ts'
import { DATABASE_FILE, type ReadReply, type ReadRequest } from './thread-messages.ts'

/** A tool on the same file may hold it for a moment. */
const BUSY_MILLISECONDS = 5_000

/** A connection that can only read; each select sees every commit made before it. */
export class ReadingConnection {
  readonly #database: DatabaseSync
  readonly #statements: StatementCache

  /** @throws the engine's error when the journal's file cannot be opened */
  constructor(folder: string) {
    const file = join(folder, DATABASE_FILE)
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MILLISECONDS })
    this.#statements = new StatementCache(this.#database)
  }

  answer({ id, sql, parameters }: ReadRequest): ReadReply {
    try {
      return { id, answer: this.#statements.prepare(sql).statement.all(...parameters) }
    } catch (cause) {
      return { id, failure: describeFailure(cause) }
    }
  }

  close(): void {
    this.#database.close()
  }
}
