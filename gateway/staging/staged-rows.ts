import type { ConnectionId, ProtocolName } from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'

/** What the journal keeps about a part, so that a restart knows whose file is what. */
export interface StagedRow {
  readonly id: string
  readonly connectionId: ConnectionId
  readonly protocol: ProtocolName
  readonly name: string
  readonly bytes: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** Rows removed by one journal message. */
const ROWS_PER_WRITE = 500

/** The table `staged_parts`, as far as it concerns one holder. Changes are made in order. */
export class StagedRows {
  readonly #journal: Journal
  readonly #holder: string
  readonly #log: Logger
  #last: Promise<void> = Promise.resolve()

  constructor(options: {
    readonly journal: Journal
    readonly holder: string
    readonly log: Logger
  }) {
    this.#journal = options.journal
    this.#holder = options.holder
    this.#log = options.log
  }

  async load(): Promise<StagedRow[]> {
    const rows = await this.#journal.read(
      this.#journal.db.selectFrom('staged_parts').selectAll().where('holder', '=', this.#holder),
    )
    return rows.map((row) => ({
      id: row.id,
      connectionId: row.connection_id,
      protocol: row.protocol,
      name: row.name,
      bytes: row.bytes,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }))
  }

  /** Writes the row of a part in place of any other of that name; durable when it resolves. */
  put(row: StagedRow): Promise<void> {
    const { db } = this.#journal
    return this.#write([
      {
        query: db
          .deleteFrom('staged_parts')
          .where('connection_id', '=', row.connectionId)
          .where('name', '=', row.name),
      },
      { query: db.deleteFrom('staged_parts').where('id', '=', row.id) },
      {
        query: db.insertInto('staged_parts').values({
          id: row.id,
          connection_id: row.connectionId,
          protocol: row.protocol,
          name: row.name,
          holder: this.#holder,
          bytes: row.bytes,
          created_at: row.createdAt,
          updated_at: row.updatedAt,
        }),
      },
    ])
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (let index = 0; index < ids.length; index += ROWS_PER_WRITE) {
      const some = ids.slice(index, index + ROWS_PER_WRITE)
      await this.#write([
        { query: this.#journal.db.deleteFrom('staged_parts').where('id', 'in', some) },
      ])
    }
  }

  /** Removes rows of other holders that nobody has touched since: those are gone for good. */
  removeForgotten(before: number): Promise<void> {
    return this.#write([
      {
        query: this.#journal.db
          .deleteFrom('staged_parts')
          .where('holder', '!=', this.#holder)
          .where('updated_at', '<', before),
      },
    ])
  }

  /** For changes nobody waits for: the next start repairs one that fails. */
  inBackground(change: Promise<void>): void {
    change.catch((error: unknown) => {
      this.#log.warn({ err: error }, 'a row about an unfinished upload could not be written')
    })
  }

  /** Resolves when every change asked for so far was made or failed. */
  async settled(): Promise<void> {
    await this.#last
  }

  #write(statements: readonly WriteStatement[]): Promise<void> {
    const done = this.#last.then(async () => {
      await this.#journal.write(statements)
    })
    this.#last = done.catch(() => {}) // told to whoever asked for it
    return done
  }
}
