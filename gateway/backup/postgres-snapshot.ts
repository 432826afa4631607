import { createWriteStream } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Client } from 'pg'
import { lineOfRow } from './postgres-rows.ts'
import { environmentOf, type JournalSnapshot } from './sqlite-snapshot.ts'
import { journalTables, quoted, stepsOf, withConnection } from './postgres-tables.ts'

/** Rows fetched at a time. */
const ROWS_PER_FETCH = 1_000

/**
 * Writes every table as `<table>.ndjson.gz`, all as of one moment (a repeatable read, which holds up
 * nobody), with nothing but the driver: no client program of the server's version is needed.
 */
export async function snapshotPostgres(
  url: string,
  folder: string,
): Promise<JournalSnapshot & { readonly tables: Readonly<Record<string, number>> }> {
  return await withConnection(url, async ({ client }) => {
    await client.query('begin isolation level repeatable read, read only')
    const steps = await stepsOf(client)
    const facts = await client.query<{ value: string }>(
      `select value from facts where name = 'environment'`,
    )
    const tables: Record<string, number> = {}
    for (const table of await journalTables(client)) {
      tables[table] = await writeTable(client, table, join(folder, `${table}.ndjson.gz`))
    }
    await client.query('commit')
    return { steps, environment: environmentOf(facts.rows[0]?.value), tables }
  })
}

async function writeTable(client: Client, table: string, path: string): Promise<number> {
  let count = 0
  async function* lines(): AsyncGenerator<string> {
    await client.query(`declare rows_of no scroll cursor for select * from ${quoted(table)}`)
    for (;;) {
      const { rows } = await client.query<Record<string, unknown>>(
        `fetch ${ROWS_PER_FETCH} from rows_of`,
      )
      if (rows.length === 0) break
      count += rows.length
      yield rows.map(lineOfRow).join('')
    }
    await client.query('close rows_of')
  }
  const file = createWriteStream(path, { mode: 0o600, flush: true })
  await pipeline(Readable.from(lines()), createGzip(), file)
  await chmod(path, 0o600)
  return count
}
