import { FlowProducer, Queue, type QueueOptions } from 'bullmq'
import type { RequestHandler } from 'express'
import { GatewayError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import type { Job, WorkerOptions, WorkQueue } from '../queue.ts'
import { absentParents, jobTrees, KEY_PREFIX, QUEUE_NAME, type JobTree } from './job-trees.ts'
import { JobWorker } from './job-worker.ts'
import { aliveIds, countJobs, wipeJobs } from './queue-scripts.ts'
import { ProducerRedis, requireRedisUrl } from './redis-connection.ts'
import { redisServerFacts } from './redis-server-facts.ts'

/** Jobs of one transaction: 500 hold up other clients for some 10 ms. */
const JOBS_PER_WRITE = 500
const IDS_PER_READ = 1_000
const PROBE_KEY = `${KEY_PREFIX}:probe`
const PROBE_MILLISECONDS = 60_000

/**
 * The work queue on Redis or Valkey, for several processes. Opens without waiting for Redis: what
 * is asked of it while it is away fails with QUEUE_UNAVAILABLE after seconds at most.
 * @throws GatewayError CONFIG_INVALID for a URL that names no Redis
 */
export function openBullmqQueue(options: {
  /** Setting `queue.url`. */
  readonly url: string
  readonly log: Logger
}): WorkQueue {
  requireRedisUrl(options.url)
  return new BullmqQueue(options.url, options.log)
}

class BullmqQueue implements WorkQueue {
  readonly engine = 'bullmq'
  readonly #url: string
  readonly #log: Logger
  readonly #redis: ProducerRedis
  readonly #producer: FlowProducer
  #worker: JobWorker | undefined

  constructor(url: string, log: Logger) {
    this.#url = url
    this.#log = log
    this.#redis = new ProducerRedis(url, log)
    this.#producer = new FlowProducer(this.#options())
    // The connection says it already.
    this.#producer.on('error', (err) => log.debug({ err }, 'producer on Redis'))
    this.#redis.on('ready', () => void this.#sayWhetherFit())
  }

  async enqueue(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return
    const trees = jobTrees(jobs, {
      aliveParents: await this.alive(absentParents(jobs)),
      now: Date.now(),
      maxJobs: JOBS_PER_WRITE,
    })
    // A server that takes no write (memory, disk, replica) says so to this one: BullMQ keeps quiet.
    await this.#tryWriting()
    for (const batch of batches(trees)) {
      await this.#redis.answer(() => this.#producer.addBulk(batch))
    }
  }

  start(options: WorkerOptions): void {
    if (this.#worker !== undefined) {
      throw new GatewayError('INTERNAL', 'The work queue hands out jobs already')
    }
    this.#worker = new JobWorker(this.#url, this.#log, options)
  }

  async stop(graceMilliseconds: number): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.stop(graceMilliseconds)
  }

  async counts(): Promise<readonly { kind: string; state: string; count: number }[]> {
    return await this.#redis.answer(() => countJobs(this.#redis))
  }

  async alive(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const alive = new Set<string>()
    for (let start = 0; start < ids.length; start += IDS_PER_READ) {
      const some = ids.slice(start, start + IDS_PER_READ)
      const found = await this.#redis.answer(() => aliveIds(this.#redis, some))
      for (const id of found) alive.add(id)
    }
    return alive
  }

  async wipe(): Promise<void> {
    await this.#redis.answer(() => wipeJobs(this.#redis))
  }

  async check(): Promise<string> {
    await this.#tryWriting()
    const { name, fault } = redisServerFacts(await this.#redis.answer(() => this.#redis.info()))
    if (fault !== undefined) throw new GatewayError('QUEUE_UNAVAILABLE', fault)
    return `${this.engine} on ${name}`
  }

  async openBoard(path: string): Promise<RequestHandler> {
    const queue = new Queue(QUEUE_NAME, this.#options())
    queue.on('error', (err) => this.#log.debug({ err }, 'board on Redis'))
    const { createQueueBoard } = await import('./queue-board.ts')
    return createQueueBoard(queue, path)
  }

  async close(): Promise<void> {
    await this.stop(0)
    this.#redis.disconnect()
  }

  async #tryWriting(): Promise<void> {
    await this.#redis.answer(() => this.#redis.set(PROBE_KEY, '', 'PX', PROBE_MILLISECONDS))
  }

  async #sayWhetherFit(): Promise<void> {
    await this.check().catch((err: unknown) => {
      this.#log.error({ err }, 'Redis is not fit for the work queue')
    })
  }

  #options(): QueueOptions {
    return {
      connection: this.#redis,
      prefix: KEY_PREFIX,
      // Else BullMQ waits for Redis for ever, and for good once its first question has failed.
      skipWaitingForReady: true,
      skipVersionCheck: true,
    }
  }
}

/** Trees together in one transaction, as long as they are small. */
function batches(trees: readonly JobTree[]): JobTree[][] {
  const all: JobTree[][] = []
  let room = 0
  for (const tree of trees) {
    const jobs = 1 + (tree.children?.length ?? 0)
    if (jobs > room) {
      all.push([])
      room = JOBS_PER_WRITE
    }
    all.at(-1)?.push(tree)
    room -= jobs
  }
  return all
}
