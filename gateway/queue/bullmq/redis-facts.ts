import { Redis } from 'ioredis'

const MILLISECONDS = 4_000

/** What a Redis says of itself, over a connection of its own. */
export interface RedisFacts {
  /** The answer to INFO: `name:value` lines. */
  readonly info: string
  /** Its clock, milliseconds UTC. */
  readonly time: number
}

/** Asks the server of `queue.url` once. @throws what the driver or the server says */
export async function askRedisFacts(url: string): Promise<RedisFacts> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: MILLISECONDS,
    commandTimeout: MILLISECONDS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let cause: Error | undefined
  redis.on('error', (error: Error) => {
    cause = error
  })
  try {
    await redis.connect()
    const [info, [seconds, microseconds]] = await Promise.all([redis.info(), redis.time()])
    return { info, time: Number(seconds) * 1_000 + Number(microseconds) / 1_000 }
  } catch (error) {
    throw cause ?? error
  } finally {
    redis.disconnect()
  }
}
