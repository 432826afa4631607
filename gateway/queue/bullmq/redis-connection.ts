import { Redis, type RedisOptions } from 'ioredis'
import { GatewayError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import { bounded } from './bounded.ts'

/** Between two tries to reach a Redis that is away: soon enough for nobody to wait for it. */
const MAX_RECONNECT_MILLISECONDS = 2_000
/** A server that vanished without a word is found out by then. */
const SILENCE_MILLISECONDS = 30_000

const COMMON = {
  retryStrategy: (times: number) =>
    Math.min(MAX_RECONNECT_MILLISECONDS, 50 * 2 ** Math.min(times, 9)),
  connectTimeout: 5_000,
  keepAlive: 10_000,
} satisfies RedisOptions

/**
 * The connections of a worker. What it has to say waits until Redis is back; BullMQ makes a second
 * one of it, to be blocked by waiting for work, and both can be ended whatever state BullMQ is in.
 */
export class WorkerRedis extends Redis {
  readonly #copies: Redis[] = []

  constructor(url: string) {
    super(url, {
      ...COMMON,
      maxRetriesPerRequest: null,
      // Longer than the longest blocking command, 10 s.
      socketTimeout: SILENCE_MILLISECONDS,
    })
  }

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override)
    this.#copies.push(copy)
    return copy
  }

  disconnectAll(): void {
    for (const redis of [this, ...this.#copies]) {
      // Whoever listened is gone, and ioredis prints what nobody listens to.
      redis.on('error', () => {})
      redis.disconnect()
    }
  }
}

/**
 * The connection of whoever adds and asks: nobody waits for a Redis that cannot be reached. Says in
 * the log when it goes away and comes back.
 */
export class ProducerRedis extends Redis {
  #isAway = false

  constructor(url: string, log: Logger) {
    super(url, { ...COMMON, maxRetriesPerRequest: 1 })
    this.on('error', (err: Error) => {
      if (!this.#isAway) log.warn({ err }, 'Redis cannot be reached, flows are accepted and wait')
      this.#isAway = true
    })
    this.on('ready', () => {
      if (this.#isAway) log.info('Redis is back')
      this.#isAway = false
    })
  }

  /**
   * The answer to a question, in seconds at most and at once when nobody is there.
   * @throws GatewayError QUEUE_UNAVAILABLE
   */
  async answer<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (this.#isAway) throw new GatewayError('QUEUE_UNAVAILABLE', 'Redis cannot be reached')
    return await bounded(ask())
  }
}

/**
 * @param url setting `queue.url`: `redis://user:password@host:6379/0`, `rediss:` for TLS
 * @throws GatewayError CONFIG_INVALID, without the URL in its message: it may carry a password
 */
export function requireRedisUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || parsed.hostname === '' || !/^(\/\d{0,4})?$/.test(parsed.pathname)) {
    throw new GatewayError(
      'CONFIG_INVALID',
      'queue.url names no Redis: it wants redis://user:password@host:6379/0, or rediss: for TLS',
    )
  }
}
