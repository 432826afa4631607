import { DatabaseError } from 'pg'
import { GatewayError } from '../../errors.ts'

/** SQLSTATE codes (PostgreSQL documentation, appendix A). */
const UNIQUE_VIOLATION = '23505'
const DISK_FULL = '53100'
/** Two transactions in each other's way: one was undone, and may go again. */
const UNDONE = new Set(['40001', '40P01'])
/** The server stops, starts, has no place left, or has ended a transaction that hung. */
const CONNECTION_ENDED = new Set(['57P01', '57P02', '57P03', '25P03', '53300'])
/**
 * The connection lives and is of no use any more: the server became a standby (read-only), or a
 * prepared statement does not fit the tables, or is not there.
 */
const CONNECTION_STALE = new Set(['25006', '0A000', '26000'])
const CONNECTION_CLASS = '08'
/** Connecting again would end the same: password, role, database. */
const REFUSED_CLASSES = new Set(['28', '3D'])

function sqlState(cause: unknown): string | undefined {
  return cause instanceof DatabaseError ? cause.code : undefined
}

/** The key is taken by another row. */
export const isUniqueTaken = (cause: unknown): boolean => sqlState(cause) === UNIQUE_VIOLATION

/** The server undid the transaction for the sake of another one. */
export const isUndone = (cause: unknown): boolean => UNDONE.has(sqlState(cause) ?? '')

/** Nothing more will be heard on this connection; what it had in hand is undone, or committed. */
export function isConnectionLost(cause: unknown): boolean {
  if (cause instanceof GatewayError) return false
  const state = sqlState(cause)
  if (state === undefined) return cause instanceof Error
  return CONNECTION_ENDED.has(state) || state.startsWith(CONNECTION_CLASS)
}

/** The statement has failed, and may succeed on another connection. */
export const isStale = (cause: unknown): boolean => CONNECTION_STALE.has(sqlState(cause) ?? '')

/** The server does not want this client, however often it asks. */
export function isRefused(cause: unknown): boolean {
  return REFUSED_CLASSES.has(sqlState(cause)?.slice(0, 2) ?? '')
}

/** What a caller is told of something the driver or the server threw. */
export function asGatewayError(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return sqlState(cause) === DISK_FULL
    ? new GatewayError('STORE_FULL', `The journal cannot grow: ${message}`, { cause })
    : new GatewayError('JOURNAL_UNAVAILABLE', `The journal failed: ${message}`, { cause })
}
