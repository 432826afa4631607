import type { QueryResult } from 'pg'
import { GatewayError } from '../../errors.ts'
import { MAX_ROWS_PER_WRITE, type WriteResult } from '../journal.ts'
import type { Connection } from './connect.ts'
import type { Message, Statement } from './message.ts'
import {
  asGatewayError,
  isConnectionLost,
  isStale,
  isUndone,
  isUniqueTaken,
} from './postgres-failure.ts'

/** How an attempt to write a message ended. */
export type Attempt =
  | { readonly outcome: 'answered'; readonly result: WriteResult }
  /** Nothing was written, and the connection is as good as before. */
  | { readonly outcome: 'failed'; readonly cause: GatewayError }
  /** Nothing was written, for a reason that may be gone at the next attempt. */
  | { readonly outcome: 'again'; readonly cause: unknown; readonly isConnectionLost: boolean }
  /** The connection was lost while the commit was under way: nobody knows. */
  | { readonly outcome: 'unknown'; readonly cause: GatewayError }

type Settled = PromiseSettledResult<QueryResult>
type Committed = Extract<WriteResult, { committed: true }>

const BEGIN: Statement = { text: 'begin isolation level read committed', values: [] }
const COMMIT: Statement = { text: 'commit', values: [] }
const ROLLBACK: Statement = { text: 'rollback', values: [] }

/**
 * Runs a message as one transaction: all statements in one round trip, then the commit in a second
 * one when something has to be looked at first.
 * @param last what to run with the commit, once the statements have succeeded
 */
export async function runMessage(
  connection: Connection,
  message: Message,
  last: (result: Committed) => readonly Statement[],
): Promise<Attempt> {
  const { locks, statements } = message
  const head = [BEGIN, ...locks]
  const tail = message.isPlainInsert ? [COMMIT] : []
  const settled = await sendTogether(connection, [...head, ...statements, ...tail])
  const failed = settled.findIndex(({ status }) => status === 'rejected')
  if (failed !== -1) {
    const cause = (settled[failed] as PromiseRejectedResult).reason as unknown
    if (message.isPlainInsert && isConnectionLost(cause)) return unknown(cause)
    if (isConnectionLost(cause) || isStale(cause)) return onAnotherConnection(cause)
    // A commit that follows a failed statement undoes, too.
    if (!message.isPlainInsert && !(await rollBack(connection))) return onAnotherConnection(cause)
    return undoneBecause(cause, failed - head.length)
  }
  const results = settled
    .slice(head.length, head.length + statements.length)
    .map((result) => resultOf((result as PromiseFulfilledResult<QueryResult>).value))
  if (message.isPlainInsert) {
    return { outcome: 'answered', result: { committed: true, results } }
  }
  const refusal = refusalOf(message, results)
  if (refusal !== undefined) {
    return (await rollBack(connection)) ? refusal : onAnotherConnection(undefined)
  }
  return commit(connection, { committed: true, results }, last)
}

async function commit(
  connection: Connection,
  result: Committed,
  last: (result: Committed) => readonly Statement[],
): Promise<Attempt> {
  const settled = await sendTogether(connection, [...last(result), COMMIT])
  const failure = settled.find(({ status }) => status === 'rejected')
  if (failure === undefined) return { outcome: 'answered', result }
  const cause = (failure as PromiseRejectedResult).reason as unknown
  if (isConnectionLost(cause)) return unknown(cause)
  // The server says so itself: it has not committed.
  return undoneBecause(cause, -1)
}

const onAnotherConnection = (cause: unknown): Attempt => ({
  outcome: 'again',
  cause,
  isConnectionLost: true,
})

function undoneBecause(cause: unknown, failedAt: number): Attempt {
  if (isUndone(cause)) return { outcome: 'again', cause, isConnectionLost: false }
  if (isUniqueTaken(cause) && failedAt >= 0) {
    return { outcome: 'answered', result: { committed: false, failedAt, reason: 'unique' } }
  }
  return { outcome: 'failed', cause: asGatewayError(cause) }
}

function unknown(cause: unknown): Attempt {
  return {
    outcome: 'unknown',
    cause: new GatewayError(
      'JOURNAL_UNAVAILABLE',
      'The connection to the journal was lost during a commit: it may have been made or not',
      { cause },
    ),
  }
}

/** What the message itself wants undone. */
function refusalOf({ expectRows }: Message, results: Committed['results']): Attempt | undefined {
  const failedAt = results.findIndex(
    ({ changed }, index) => expectRows[index] !== undefined && expectRows[index] !== changed,
  )
  if (failedAt !== -1) {
    return { outcome: 'answered', result: { committed: false, failedAt, reason: 'guard' } }
  }
  const rows = results.reduce((sum, { changed }) => sum + changed, 0)
  if (rows <= MAX_ROWS_PER_WRITE) return undefined
  return {
    outcome: 'failed',
    cause: new GatewayError('INTERNAL', `A write changed more than ${MAX_ROWS_PER_WRITE} rows`),
  }
}

function resultOf({ rowCount, rows }: QueryResult): Committed['results'][number] {
  return { changed: rowCount ?? 0, rows: rows as Record<string, unknown>[] }
}

async function rollBack(connection: Connection): Promise<boolean> {
  const [settled] = await sendTogether(connection, [ROLLBACK])
  return settled?.status === 'fulfilled'
}

async function sendTogether(
  connection: Connection,
  statements: readonly Statement[],
): Promise<readonly Settled[]> {
  let sent: Promise<QueryResult>[] = []
  connection.together(() => {
    sent = statements.map((statement) => connection.client.query(statement))
  })
  return Promise.allSettled(sent)
}
