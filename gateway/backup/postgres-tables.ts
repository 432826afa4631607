import type { Client } from 'pg'
import { GatewayError } from '../errors.ts'
import { JOURNAL_TABLES } from '../journal/journal-tables.ts'
import { MIGRATIONS } from '../journal/migrations/migrate.ts'
import { abandon, connect, type Connection } from '../journal/postgres/connect.ts'
import { asGatewayError } from '../journal/postgres/postgres-failure.ts'

export const KYSELY_TABLES: readonly string[] = ['kysely_migration', 'kysely_migration_lock']

/** @throws GatewayError JOURNAL_UNAVAILABLE */
export async function withConnection<Result>(
  url: string,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  // For this purpose a statement takes the time it takes.
  const connection = await connect(url, 'migrate').catch((cause: unknown) => {
    throw asGatewayError(cause)
  })
  try {
    return await work(connection)
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : asGatewayError(cause)
  } finally {
    abandon(connection)
  }
}

/**
 * The tables of a journal in a database, by name, without those of its steps. Others of the same schema
 * are another program's; where a newer one of ours has been, its tables cannot be told from them.
 */
export async function journalTables(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.tables
      where table_schema = current_schema() and table_type = 'BASE TABLE' order by 1`,
  )
  const names = rows.map(({ name }) => name)
  const others = names.filter((name) => !KYSELY_TABLES.includes(name))
  const isOfNewer = names.includes('kysely_migration') && (await hasNewerSteps(client))
  return isOfNewer ? others : others.filter((name) => name in JOURNAL_TABLES)
}

async function hasNewerSteps(client: Client): Promise<boolean> {
  return (await stepsOf(client)).some((name) => !(name in MIGRATIONS))
}

/** Steps of the schema that a journal has, in order. */
export async function stepsOf(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select name from kysely_migration order by name',
  )
  return rows.map(({ name }) => name)
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
