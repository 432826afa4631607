import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../../errors.ts'
import type { WriteResult } from '../journal.ts'
import type { ConnectionPool } from './connection-pool.ts'
import type { Message } from './message.ts'
import { asGatewayError } from './postgres-failure.ts'
import { runMessage } from './transaction.ts'

/** A message that others keep undoing, or whose connections keep breaking, is given up. */
const MAX_TRIES = 20
const MAX_PAUSE_MILLISECONDS = 50

/**
 * Writes a message, again when it is known that nothing of it was committed: the server was
 * restarted, or undid it for another one.
 * @throws GatewayError JOURNAL_UNAVAILABLE, STORE_FULL, INTERNAL
 */
export async function writeMessage(
  pool: ConnectionPool,
  message: Message,
  last: Parameters<typeof runMessage>[2],
): Promise<WriteResult> {
  let failure: unknown
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const connection = await pool.take()
    const attempt = await runMessage(connection, message, last)
    const isLost =
      attempt.outcome === 'again' ? attempt.isConnectionLost : attempt.outcome === 'unknown'
    if (isLost) pool.drop(connection)
    else pool.giveBack(connection)
    switch (attempt.outcome) {
      case 'answered':
        return attempt.result
      case 'failed':
      case 'unknown':
        throw attempt.cause
      case 'again':
        failure = attempt.cause
        // Not in step with the one it met.
        await delay(Math.random() * MAX_PAUSE_MILLISECONDS)
    }
  }
  throw asGatewayError(failure ?? new GatewayError('JOURNAL_UNAVAILABLE', 'The connection broke'))
}
