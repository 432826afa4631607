import { GatewayError } from '../../errors.ts'

/** Longer than Redis needs for anything we ask; a caller waits no longer, whatever hangs. */
const WAIT_MILLISECONDS = 5_000

/**
 * The answer of Redis, or the end of patience. BullMQ's producers may wait for ever for a Redis
 * that is away (observed with bullmq 6.7, ioredis 6.0).
 * @throws GatewayError QUEUE_UNAVAILABLE
 */
export async function bounded<Answer>(asked: Promise<Answer>): Promise<Answer> {
  const { promise: timedOut, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new GatewayError('QUEUE_UNAVAILABLE', 'Redis did not answer in time')),
    WAIT_MILLISECONDS,
  )
  try {
    return await Promise.race([asked, timedOut])
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GatewayError('QUEUE_UNAVAILABLE', `Redis: ${reason}`, { cause })
  } finally {
    clearTimeout(timer)
  }
}
