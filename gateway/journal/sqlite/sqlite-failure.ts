import { GatewayError } from '../../errors.ts'
import type { Failure } from './thread-messages.ts'

/** Primary result codes (sqlite.org/rescode.html): the low byte of an extended code. */
const SQLITE_BUSY = 5
const SQLITE_FULL = 13
const SQLITE_CONSTRAINT = 19

/** Extended codes of a unique key that is taken: primary key, unique index, rowid. */
const UNIQUE_CODES: ReadonlySet<number> = new Set([1555, 2067, 2579])

/** The extended result code, when it is SQLite that threw. */
function resultCode(cause: unknown): number | undefined {
  return cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number'
    ? cause.errcode
    : undefined
}

function isPrimary(cause: unknown, code: number): boolean {
  const extended = resultCode(cause)
  return extended !== undefined && (extended & 0xff) === code
}

/** Another connection holds the lock. */
export const isBusy = (cause: unknown): boolean => isPrimary(cause, SQLITE_BUSY)

/** The key is taken by another row. */
export function isUniqueTaken(cause: unknown): boolean {
  return isPrimary(cause, SQLITE_CONSTRAINT) && UNIQUE_CODES.has(resultCode(cause) ?? 0)
}

/** What the main thread is told of something thrown in a journal thread. */
export function describeFailure(cause: unknown): Failure {
  if (cause instanceof GatewayError) return { code: cause.code, message: cause.message }
  const message = cause instanceof Error ? cause.message : String(cause)
  return isPrimary(cause, SQLITE_FULL)
    ? { code: 'STORE_FULL', message: `The journal cannot grow: ${message}` }
    : { code: 'JOURNAL_UNAVAILABLE', message: `The journal failed: ${message}` }
}
