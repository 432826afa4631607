import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import { warnOfNewerSteps } from '../migrations/newer-steps.ts'
import type { ColumnTypes } from './bulk-inserts.ts'
import { abandon, connect, type Connection } from './connect.ts'
import { migrateAlone } from './migration-database.ts'
import { asGatewayError, isConnectionLost } from './postgres-failure.ts'

const OLDEST_VERSION = 150_000
/** Server and gateway may be started together. */
const PATIENCE_MILLISECONDS = 10_000
const RETRY_MILLISECONDS = 250

/**
 * Makes sure that the database can carry the journal and has its tables.
 * @returns what its columns are
 * @throws GatewayError JOURNAL_UNAVAILABLE
 */
export async function prepareDatabase(url: string, log: Logger): Promise<ColumnTypes> {
  const connection = await connectPatiently(url)
  try {
    await checkServer(connection, log)
    const newer = await migrateAlone(connection)
    if (newer.length > 0) warnOfNewerSteps(log, newer)
    return await readColumnTypes(connection)
  } catch (cause) {
    throw asGatewayError(cause)
  } finally {
    abandon(connection)
  }
}

async function connectPatiently(url: string): Promise<Connection> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await connect(url, 'migrate')
    } catch (cause) {
      const isOver = performance.now() - startedAt >= PATIENCE_MILLISECONDS
      if (isOver || !isConnectionLost(cause)) throw asGatewayError(cause)
      await delay(RETRY_MILLISECONDS)
    }
  }
}

async function checkServer({ client }: Connection, log: Logger): Promise<void> {
  const { rows } = await client.query<Record<'version' | 'encoding' | 'fsync', string>>(
    `select current_setting('server_version_num') as version,
      current_setting('server_encoding') as encoding, current_setting('fsync') as fsync`,
  )
  const { version, encoding, fsync } = rows[0]!
  if (Number(version) < OLDEST_VERSION) {
    throw new GatewayError(
      'JOURNAL_UNAVAILABLE',
      `The server is PostgreSQL ${Math.floor(Number(version) / 10_000)}; 15 is the oldest that will do`,
    )
  }
  if (encoding !== 'UTF8') {
    throw new GatewayError('JOURNAL_UNAVAILABLE', `The database is in ${encoding}, not in UTF8`)
  }
  if (fsync === 'off') {
    log.warn('the PostgreSQL server runs with fsync = off: a power cut may lose what was accepted')
  }
}

async function readColumnTypes({ client }: Connection): Promise<ColumnTypes> {
  const { rows } = await client.query<Record<'table' | 'column' | 'type', string>>(
    `select table_name as table, column_name as column, udt_name as type
      from information_schema.columns where table_schema = current_schema()`,
  )
  const byTable = Map.groupBy(rows, ({ table }) => table)
  return new Map(
    [...byTable].map(([table, columns]) => [
      table,
      new Map(columns.map(({ column, type }) => [column, type])),
    ]),
  )
}
