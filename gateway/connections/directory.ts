import type { ConnectionId, Environment } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { Connection } from './connection.ts'

/** Rows asked for at once: bounded messages to and from the reader. */
const ROWS_PER_READ = 500

/**
 * Every connection of this environment, in memory, as the journal has them. After a change only
 * the rows that changed are read again.
 */
export class ConnectionDirectory {
  readonly #journal: Journal
  readonly #environment: Environment
  readonly #byId = new Map<ConnectionId, Connection>()
  readonly #byApplicationCode = new Map<string, Connection>()
  readonly #byKey = new Map<string, readonly Connection[]>()
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(journal: Journal, environment: Environment) {
    this.#journal = journal
    this.#environment = environment
  }

  find(id: ConnectionId): Connection | undefined {
    return this.#byId.get(id)
  }

  findByApplicationCode(code: string): Connection | undefined {
    return this.#byApplicationCode.get(code)
  }

  /** Those with a certificate that carries this key, oldest first. */
  findByKey(spkiSha256: string): readonly Connection[] {
    return this.#byKey.get(spkiSha256) ?? []
  }

  /** Oldest first. */
  list(): readonly Connection[] {
    return [...this.#byId.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  /** Resolves once everything the journal held when it was called is here. */
  refresh(): Promise<void> {
    if (this.#running === undefined) return this.#start()
    // The one in hand may have looked too early; the next serves all who ask meanwhile.
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    )
    return this.#next
  }

  #start(): Promise<void> {
    this.#next = undefined
    const running = this.#read().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #read(): Promise<void> {
    const { db } = this.#journal
    const versions = await this.#journal.read(
      db
        .selectFrom('connections')
        .select(['id', 'revision'])
        .where('environment', '=', this.#environment),
    )
    const present = new Set(versions.map((row) => row.id))
    const changed = versions
      .filter((row) => this.#byId.get(row.id)?.revision !== row.revision)
      .map((row) => row.id)
    for (let start = 0; start < changed.length; start += ROWS_PER_READ) {
      const ids = changed.slice(start, start + ROWS_PER_READ)
      const query = db.selectFrom('connections').selectAll().where('id', 'in', ids)
      const rows = await this.#journal.read(query)
      const certificates = await this.#journal.read(
        db.selectFrom('connection_certificates').selectAll().where('connection_id', 'in', ids),
      )
      const byConnection = Map.groupBy(certificates, (row) => row.connection_id)
      for (const row of rows) this.#put(new Connection(row, byConnection.get(row.id) ?? []))
    }
    for (const [id, connection] of this.#byId) {
      if (!present.has(id)) this.#remove(connection)
    }
  }

  #put(connection: Connection): void {
    const before = this.#byId.get(connection.id)
    if (before !== undefined) this.#remove(before)
    this.#byId.set(connection.id, connection)
    this.#byApplicationCode.set(connection.applicationCode, connection)
    for (const key of keysOf(connection)) {
      const holders = [...this.findByKey(key), connection]
      this.#byKey.set(
        key,
        holders.sort((one, other) => (one.id < other.id ? -1 : 1)),
      )
    }
  }

  #remove(connection: Connection): void {
    const { id, applicationCode } = connection
    this.#byId.delete(id)
    if (this.#byApplicationCode.get(applicationCode)?.id === id) {
      this.#byApplicationCode.delete(applicationCode)
    }
    for (const key of keysOf(connection)) {
      const holders = this.findByKey(key).filter((holder) => holder.id !== id)
      if (holders.length === 0) this.#byKey.delete(key)
      else this.#byKey.set(key, holders)
    }
  }
}

const keysOf = ({ certificates }: Connection): ReadonlySet<string> =>
  new Set(certificates.map((certificate) => certificate.spkiSha256))
