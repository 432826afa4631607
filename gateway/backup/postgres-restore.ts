import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Client } from 'pg'
import { GatewayError } from '../errors.ts'
import { MIGRATIONS } from '../journal/migrations/migrate.ts'
import { migrateAlone } from '../journal/postgres/migration-database.ts'
import { ALIVE_MILLISECONDS } from '../process-lease.ts'
import { rowsOfLines } from './postgres-rows.ts'
import { journalTables, KYSELY_TABLES, quoted, withConnection } from './postgres-tables.ts'

/** A column list times this stays under 65,535 values. */
const ROWS_PER_INSERT = 500

/**
 * Sees to it that a database has room for a journal: no tables of one, or `force`, and no gateway works
 * on it.
 * @throws GatewayError BACKUP_PLACE_TAKEN, DATA_FOLDER_IN_USE
 */
export async function requireRoomInPostgres(url: string, force: boolean): Promise<void> {
  await withConnection(url, ({ client }) => requireRoom(client, force))
}

/**
 * Puts the tables of a backup into a database, in one transaction: when it fails, or is killed, what
 * was there is there.
 * @param options.force drops the tables of the journal that is there
 * @throws GatewayError BACKUP_PLACE_TAKEN, DATA_FOLDER_IN_USE
 */
export async function restorePostgres(
  url: string,
  folder: string,
  options: {
    readonly steps: readonly string[]
    readonly tables: Readonly<Record<string, number>>
    readonly force: boolean
    /** Run on the tables before it is committed. */
    readonly repairs: readonly string[]
  },
): Promise<void> {
  const { steps, tables, force, repairs } = options
  await withConnection(url, async (connection) => {
    const { client } = connection
    await client.query('begin')
    const present = await requireRoom(client, force)
    for (const table of [...present, ...KYSELY_TABLES]) {
      await client.query(`drop table if exists ${quoted(table)}`)
    }
    const known = Object.entries(MIGRATIONS).filter(([name]) => steps.includes(name))
    await migrateAlone(connection, { steps: Object.fromEntries(known), isWithinTransaction: true })
    for (const table of Object.keys(tables)) {
      await client.query(`delete from ${quoted(table)}`)
      await readTable(client, table, join(folder, `${table}.ndjson.gz`))
    }
    await client.query(
      `select setval(pg_get_serial_sequence('flow_events', 'id'),
        (select coalesce(max(id), 0) + 1 from flow_events), false)`,
    )
    for (const repair of repairs) await client.query(repair)
    await client.query('commit')
  })
}

/** @returns the tables of the journal that is there */
async function requireRoom(client: Client, force: boolean): Promise<readonly string[]> {
  const present = await journalTables(client)
  if (present.length > 0 && !force) {
    throw new GatewayError('BACKUP_PLACE_TAKEN', 'The database has tables of a journal already.')
  }
  if (!present.includes('processes')) return present
  const { rows } = await client.query('select id from processes where seen_at > $1', [
    Date.now() - ALIVE_MILLISECONDS,
  ])
  if (rows.length === 0) return present
  throw new GatewayError(
    'DATA_FOLDER_IN_USE',
    `${rows.length} gateway processes work on this journal, or were killed less than a minute ago.`,
  )
}

async function readTable(client: Client, table: string, path: string): Promise<void> {
  await pipeline(createReadStream(path), createGunzip(), async (text: AsyncIterable<Buffer>) => {
    let batch: Record<string, unknown>[] = []
    for await (const row of rowsOfLines(text)) {
      batch.push(row)
      if (batch.length < ROWS_PER_INSERT) continue
      await insert(client, table, batch)
      batch = []
    }
    await insert(client, table, batch)
  })
}

async function insert(
  client: Client,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first)
  const values = rows.flatMap((row) => columns.map((column) => row[column]))
  const tuples = rows.map(
    (_, row) => `(${columns.map((__, at) => `$${row * columns.length + at + 1}`).join()})`,
  )
  await client.query(
    `insert into ${quoted(table)} (${columns.map(quoted).join()}) values ${tuples.join()}`,
    values,
  )
}
