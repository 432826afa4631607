import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Kept at most; each costs a few KiB, and bulk inserts come in many lengths. */
const MAX_STATEMENTS = 256

export interface PreparedStatement {
  readonly statement: StatementSync
  /** It gives rows: a select, or a `returning` clause. */
  readonly returnsRows: boolean
}

/** Prepared statements by SQL text, the least recently used dropped first. */
export class StatementCache {
  readonly #database: DatabaseSync
  readonly #prepared = new Map<string, PreparedStatement>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** @throws the engine's error when the SQL is wrong */
  prepare(sql: string): PreparedStatement {
    const known = this.#prepared.get(sql)
    if (known !== undefined) {
      this.#prepared.delete(sql)
      this.#prepared.set(sql, known)
      return known
    }
    const statement = this.#database.prepare(sql)
    const prepared = { statement, returnsRows: statement.columns().length > 0 }
    this.#prepared.set(sql, prepared)
    if (this.#prepared.size > MAX_STATEMENTS) {
      const [oldest] = this.#prepared.keys()
      if (oldest !== undefined) this.#prepared.delete(oldest)
    }
    return prepared
  }
}
