import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { Client } from 'pg'
import { GatewayError } from '../errors.ts'
import { MIGRATIONS } from '../journal/migrations/migrate.ts'
import { abandon, connect } from '../journal/postgres/connect.ts'
import { migrateAlone } from '../journal/postgres/migration-database.ts'
import { asGatewayError } from '../journal/postgres/postgres-failure.ts'

/** Rows fetched, and inserted, at a time: a column list times this stays under 65,535 values. */
const ROWS_PER_FETCH = 1_000
const ROWS_PER_INSERT = 500
const KYSELY_TABLES = ['kysely_migration', 'kysely_migration_lock']

/** A value of a column of bytes, in a line of JSON. */
interface Bytes {
  readonly $base64: string
}

/**
 * Writes every table as `<table>.ndjson.gz`, all as of one moment (a repeatable read, which holds up
 * nobody), with nothing but the driver: no client program of the server's version is needed.
 */
export async function snapshotPostgres(
  url: string,
  folder: string,
): Promise<{
  readonly steps: readonly string[]
  readonly tables: Readonly<Record<string, number>>
}> {
  return await withClient(url, async (client) => {
    await client.query('begin isolation level repeatable read, read only')
    const steps = await client.query<{ name: string }>(
      'select name from kysely_migration order by name',
    )
    const counts: Record<string, number> = {}
    for (const table of await tablesOf(client)) {
      counts[table] = await writeTable(client, table, join(folder, `${table}.ndjson.gz`))
    }
    await client.query('commit')
    return { steps: steps.rows.map(({ name }) => name), tables: counts }
  })
}

/**
 * Puts the tables of a backup into a database that has none of them.
 * @param options.force drops those that are there first
 * @throws GatewayError BACKUP_PLACE_TAKEN
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
  await withClient(url, async (client) => {
    const present = await tablesOf(client)
    if (present.length > 0 && !force) {
      throw new GatewayError('BACKUP_PLACE_TAKEN', 'The database has tables of a journal already.')
    }
    for (const table of [...present, ...KYSELY_TABLES]) {
      await client.query(`drop table if exists ${quoted(table)}`)
    }
    const known = Object.entries(MIGRATIONS).filter(([name]) => steps.includes(name))
    await migrateAlone({ client, together: (send) => send() }, Object.fromEntries(known))
    await client.query('begin')
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

/** @throws GatewayError JOURNAL_UNAVAILABLE */
export async function withClient<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  // For this purpose a statement takes the time it takes.
  const connection = await connect(url, 'migrate').catch((cause: unknown) => {
    throw asGatewayError(cause)
  })
  try {
    return await work(connection.client)
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : asGatewayError(cause)
  } finally {
    abandon(connection)
  }
}

async function tablesOf(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.tables
      where table_schema = current_schema() and table_type = 'BASE TABLE' order by 1`,
  )
  return rows.map(({ name }) => name).filter((name) => !KYSELY_TABLES.includes(name))
}

async function writeTable(client: Client, table: string, path: string): Promise<number> {
  const gzip = createGzip()
  const written = pipeline(gzip, createWriteStream(path, { mode: 0o600, flush: true }))
  let count = 0
  await client.query(`declare rows_of no scroll cursor for select * from ${quoted(table)}`)
  for (;;) {
    const { rows } = await client.query<Record<string, unknown>>(
      `fetch ${ROWS_PER_FETCH} from rows_of`,
    )
    if (rows.length === 0) break
    count += rows.length
    if (!gzip.write(rows.map(lineOf).join(''))) await once(gzip, 'drain')
  }
  await client.query('close rows_of')
  gzip.end()
  await written
  await chmod(path, 0o600)
  return count
}

async function readTable(client: Client, table: string, path: string): Promise<void> {
  let batch: Record<string, unknown>[] = []
  const insert = async (): Promise<void> => {
    const [first] = batch
    if (first === undefined) return
    const columns = Object.keys(first)
    const values = batch.flatMap((row) => columns.map((column) => row[column]))
    const tuples = batch.map(
      (_, row) => `(${columns.map((__, at) => `$${row * columns.length + at + 1}`).join()})`,
    )
    await client.query(
      `insert into ${quoted(table)} (${columns.map(quoted).join()}) values ${tuples.join()}`,
      values,
    )
    batch = []
  }
  const source = createReadStream(path).pipe(createGunzip())
  for await (const line of createInterface({ input: source })) {
    batch.push(rowOf(line))
    if (batch.length >= ROWS_PER_INSERT) await insert()
  }
  await insert()
}

function lineOf(row: Readonly<Record<string, unknown>>): string {
  const plain = Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array
        ? ({ $base64: Buffer.from(value).toString('base64') } satisfies Bytes)
        : value,
    ]),
  )
  return `${JSON.stringify(plain)}\n`
}

function rowOf(line: string): Record<string, unknown> {
  const row = JSON.parse(line) as Record<string, unknown>
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'object' && value !== null && '$base64' in value) {
      row[name] = Buffer.from((value as Bytes).$base64, 'base64')
    }
  }
  return row
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
