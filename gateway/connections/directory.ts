import type { ConnectionId, Environment } from '../flow.ts'
import type { Journal, Readable } from '../journal/journal.ts'
import { Connection, type CertificateRow, type ConnectionRow } from './connection.ts'

/** Rows asked for at once: bounded messages to and from the reader. */
const ROWS_PER_READ = 500

/**
 * Every connection of this environment, in memory, as the journal has them. Changes are followed
 * by their revision: only what changed is read again. No connection ever goes away.
 */
export class ConnectionDirectory {
  readonly #journal: Journal
  readonly #environment: Environment
  readonly #byId = new Map<ConnectionId, Connection>()
  readonly #byApplicationCode = new Map<string, Connection>()
  readonly #byKey = new HolderMap()
  readonly #byCertificate = new HolderMap()
  readonly #byAs2Id = new HolderMap()
  readonly #byPesitRequester = new HolderMap()
  /** Everything up to here has been read. */
  #revision = 0
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(journal: Journal, environment: Environment) {
    this.#journal = journal
    this.#environment = environment
  }

  get size(): number {
    return this.#byId.size
  }

  find(id: ConnectionId): Connection | undefined {
    return this.#byId.get(id)
  }

  findByApplicationCode(code: string): Connection | undefined {
    return this.#byApplicationCode.get(code)
  }

  /** Those with a certificate that carries this key, oldest first. */
  findByKey(spkiSha256: string): readonly Connection[] {
    return this.#byKey.get(spkiSha256)
  }

  /** Those with this certificate, oldest first. */
  findByCertificate(sha256: string): readonly Connection[] {
    return this.#byCertificate.get(sha256)
  }

  /** Those whose partner calls itself so, oldest first. */
  findByAs2Id(as2Id: string): readonly Connection[] {
    return this.#byAs2Id.get(as2Id)
  }

  /** Those whose partner calls itself so by PeSIT, oldest first. */
  findByPesitRequester(requesterId: string): readonly Connection[] {
    return this.#byPesitRequester.get(requesterId)
  }

  /** Oldest first. */
  list(): readonly Connection[] {
    return [...this.#byId.values()].sort(byAge)
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
    for (;;) {
      const rows = await this.#journal.read(this.#changes())
      if (rows.length === 0) return
      const certificates = await this.#journal.read(this.#certificatesOf(rows))
      const byConnection = Map.groupBy(certificates, (row) => row.connection_id)
      for (const row of rows) {
        // Certificates changed since the rows were read come with a later revision, read next.
        const connection = new Connection(row, byConnection.get(row.id) ?? [])
        if (connection.environment === this.#environment) this.#put(connection)
      }
      this.#revision = rows.at(-1)!.revision
      if (rows.length < ROWS_PER_READ) return
    }
  }

  /**
   * Revisions become visible in their order (revision.ts): nothing below the last is missed. Of
   * every environment: a condition more, and an engine may choose another index.
   */
  #changes(): Readable<ConnectionRow> {
    return this.#journal.db
      .selectFrom('connections')
      .select([
        'id',
        'application_code',
        'name',
        'protocol',
        'environment',
        'state',
        'settings_json',
        'blocked_json',
        'valid_from',
        'valid_until',
        'revision',
      ])
      .select(({ fn }) => fn.coalesce('running_json', 'form_json').as('form_json'))
      .where('revision', '>', this.#revision)
      .orderBy('revision')
      .limit(ROWS_PER_READ)
  }

  #certificatesOf(rows: readonly ConnectionRow[]): Readable<CertificateRow> {
    const ids = rows.map((row) => row.id)
    return this.#journal.db
      .selectFrom('connection_certificates')
      .select(['connection_id', 'sha256', 'spki_sha256', 'not_before', 'not_after'])
      .where('connection_id', 'in', ids)
  }

  #put(connection: Connection): void {
    const before = this.#byId.get(connection.id)
    if (before !== undefined) this.#remove(before)
    this.#byId.set(connection.id, connection)
    this.#byApplicationCode.set(connection.applicationCode, connection)
    if (connection.pesit) this.#byPesitRequester.add(connection.pesit.requesterId, connection)
    for (const { spkiSha256, sha256 } of connection.certificates) {
      this.#byKey.add(spkiSha256, connection)
      this.#byCertificate.add(sha256, connection)
    }
    if (connection.as2 !== undefined) this.#byAs2Id.add(connection.as2.partnerId, connection)
  }

  #remove(connection: Connection): void {
    const { id, applicationCode, certificates } = connection
    this.#byId.delete(id)
    if (this.#byApplicationCode.get(applicationCode)?.id === id) {
      this.#byApplicationCode.delete(applicationCode)
    }
    if (connection.pesit) this.#byPesitRequester.remove(connection.pesit.requesterId, connection)
    for (const { spkiSha256, sha256 } of certificates) {
      this.#byKey.remove(spkiSha256, connection)
      this.#byCertificate.remove(sha256, connection)
    }
    if (connection.as2 !== undefined) this.#byAs2Id.remove(connection.as2.partnerId, connection)
  }
}

/** Who holds what; nearly always one, which then needs no list. */
class HolderMap {
  readonly #holders = new Map<string, Connection | readonly Connection[]>()

  get(key: string): readonly Connection[] {
    const holders = this.#holders.get(key)
    if (holders === undefined) return []
    return holders instanceof Connection ? [holders] : holders
  }

  add(key: string, connection: Connection): void {
    const holders = this.get(key)
    if (holders.includes(connection)) return
    const all = [...holders, connection].sort(byAge)
    this.#holders.set(key, all.length === 1 ? connection : all)
  }

  remove(key: string, connection: Connection): void {
    const left = this.get(key).filter((holder) => holder !== connection)
    if (left.length === 0) this.#holders.delete(key)
    else this.#holders.set(key, left.length === 1 ? left[0]! : left)
  }
}

const byAge = (one: Connection, other: Connection): number => (one.id < other.id ? -1 : 1)
