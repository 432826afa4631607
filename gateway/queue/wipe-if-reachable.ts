import { GatewayError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { WorkQueue } from './queue.ts'

/**
 * Forgets what the queue holds, for a process that is alone: every lease is one of a process that
 * died. A queue that is away keeps it, and the leases run out in their time.
 */
export async function wipeIfReachable(queue: Pick<WorkQueue, 'wipe'>, log: Logger): Promise<void> {
  try {
    await queue.wipe()
  } catch (err) {
    if (!(err instanceof GatewayError) || err.code !== 'QUEUE_UNAVAILABLE') throw err
    log.warn({ err }, 'the work queue could not be emptied at start')
  }
}
