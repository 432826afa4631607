import type { QueryResultRow } from 'pg'
import { GatewayError } from '../../errors.ts'
import type { ConnectionPool } from './connection-pool.ts'
import type { Statement } from './message.ts'
import { asGatewayError, isConnectionLost, isStale } from './postgres-failure.ts'

/** A read whose connections keep breaking is given up. */
const MAX_TRIES = 20

/**
 * Rows of a select; asked again when the connection broke.
 * @throws GatewayError JOURNAL_UNAVAILABLE, INTERNAL
 */
export async function readRows<Row>(pool: ConnectionPool, statement: Statement): Promise<Row[]> {
  let failure: unknown
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const connection = await pool.take()
    try {
      const { rows } = await connection.client.query<Row & QueryResultRow>(statement)
      pool.giveBack(connection)
      return rows
    } catch (cause) {
      const isBroken = isConnectionLost(cause) || isStale(cause)
      if (isBroken) pool.drop(connection)
      else pool.giveBack(connection)
      if (!isBroken) throw asGatewayError(cause)
      failure = cause
    }
  }
  throw asGatewayError(failure ?? new GatewayError('JOURNAL_UNAVAILABLE', 'The connection broke'))
}
