import { setTimeout as delay } from 'node:timers/promises'
import {
  DelayedError,
  WaitingChildrenError,
  WaitingError,
  Worker,
  type Job as BullmqJob,
} from 'bullmq'
import type { Logger } from '../../logger.ts'
import { JobDelayed, type Job, type JobKind, type WorkerOptions } from '../queue.ts'
import { bounded } from './bounded.ts'
import { KEY_PREFIX, QUEUE_NAME, type JobData } from './job-trees.ts'
import { WorkerRedis } from './redis-connection.ts'

/** Leases that ran out are looked for this often; a job is back after the second look. */
const STALLED_MILLISECONDS = 1_000
/** Leases are prolonged when this part of them has passed. */
const RENEWALS_PER_LEASE = 3
/** What a Redis that is there needs to hear how the last jobs ended; nobody waits for another. */
const SETTLE_MILLISECONDS = 1_000
/** After a connection was cut in the middle of asking for work. */
const RETRY_MILLISECONDS = 1_000

type HeldJob = BullmqJob<JobData, void, JobKind>

/** A job being handled; `token` proves its lease. */
interface Hand {
  readonly job: HeldJob
  readonly token: string
  readonly stop: AbortController
  readonly ended: PromiseWithResolvers<void>
  isLost: boolean
}

/** Takes jobs from Redis, hands them out and gives up what it cannot end. */
export class JobWorker {
  readonly #options: WorkerOptions
  readonly #log: Logger
  readonly #redis: WorkerRedis
  readonly #worker: Worker<JobData, void, JobKind>
  readonly #hands = new Set<Hand>()

  constructor(url: string, log: Logger, options: WorkerOptions) {
    this.#options = options
    this.#log = log
    this.#redis = new WorkerRedis(url)
    this.#worker = new Worker(QUEUE_NAME, (job, token = '') => this.#run(job, token), {
      connection: this.#redis,
      prefix: KEY_PREFIX,
      concurrency: options.concurrency,
      lockDuration: options.leaseMilliseconds,
      lockRenewTime: options.leaseMilliseconds / RENEWALS_PER_LEASE,
      stalledInterval: STALLED_MILLISECONDS,
      // A process that dies is no fault of its jobs.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: RETRY_MILLISECONDS,
      settings: { backoffStrategy: (attempts) => options.retryDelay(attempts) },
    })
    this.#worker.on('lockRenewalFailed', (ids) => this.#lose(ids))
    this.#worker.on('error', (err) => {
      // A refusal is news; that nobody is there the producer's connection says, once.
      const level = err.name === 'ReplyError' ? 'warn' : 'debug'
      log[level]({ err }, 'worker on Redis')
    })
  }

  async stop(graceMilliseconds: number): Promise<void> {
    const graceEnded = new AbortController()
    // Takes nothing new; resolves once the jobs in hand have ended, or never when Redis is away.
    const closed = this.#worker.close().catch(() => {})
    await Promise.race([
      closed,
      this.#untilIdle(),
      delay(graceMilliseconds, undefined, { signal: graceEnded.signal }).catch(() => {}),
    ])
    graceEnded.abort()
    const left = [...this.#hands]
    if (left.length > 0) {
      this.#log.warn({ jobs: left.map(({ job }) => job.id) }, 'jobs given up at stop')
      for (const hand of left) giveUp(hand)
      // Best effort: leases run out by themselves.
      await bounded(Promise.all(left.map(({ job, token }) => job.moveToWait(token)))).catch(
        () => {},
      )
    }
    this.#redis.disconnectAll()
  }

  /** Every handler has ended, and Redis had time to hear of it. */
  async #untilIdle(): Promise<void> {
    do {
      await Promise.all([...this.#hands].map(({ ended }) => ended.promise))
      await delay(SETTLE_MILLISECONDS)
    } while (this.#hands.size > 0)
  }

  async #run(job: HeldJob, token: string): Promise<void> {
    // A child may have come while its parent stood in the queue.
    if (job.data.waitsForChildren === true && (await job.moveToWaitingChildren(token))) {
      throw new WaitingChildrenError()
    }
    // After a wipe the same job may be here twice: only the later one can end it.
    this.#lose([job.id ?? ''])
    const hand: Hand = {
      job,
      token,
      stop: new AbortController(),
      ended: Promise.withResolvers(),
      isLost: false,
    }
    this.#hands.add(hand)
    try {
      await this.#options.handle(asJob(job), hand.stop.signal)
    } catch (err) {
      if (!hand.isLost) await this.#bringBack(hand, err)
    } finally {
      this.#hands.delete(hand)
      hand.ended.resolve()
    }
    // BullMQ then says nothing of the job to Redis: it belongs to somebody else.
    if (hand.isLost) throw new WaitingError()
  }

  /** @throws what makes BullMQ bring the job back */
  async #bringBack({ job, token }: Hand, err: unknown): Promise<never> {
    if (err instanceof JobDelayed) {
      await job.moveToDelayed(Date.now() + err.delayMilliseconds, token)
      throw new DelayedError()
    }
    const { flowId } = job.data
    this.#log.warn({ err, job: job.id, flowId, attempts: job.attemptsMade + 1 }, 'job failed')
    throw err
  }

  #lose(ids: readonly string[]): void {
    for (const hand of this.#hands) {
      if (!ids.includes(hand.job.id ?? '')) continue
      this.#log.warn({ job: hand.job.id, flowId: hand.job.data.flowId }, 'job lost its lease')
      giveUp(hand)
    }
  }
}

/** Somebody else may run the job now: what its handler still does ends nothing. */
function giveUp(hand: Hand): void {
  hand.isLost = true
  hand.stop.abort()
}

function asJob({ id, name, data, attemptsMade }: HeldJob): Job & { readonly attempts: number } {
  const { flowId, chunk, parent } = data
  return {
    id: id ?? '',
    kind: name,
    flowId,
    attempts: attemptsMade,
    ...(chunk === undefined ? {} : { chunk }),
    ...(parent === undefined ? {} : { parent }),
  }
}
