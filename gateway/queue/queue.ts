import type { RequestHandler } from 'express'
import type { FlowId } from '../flow.ts'

/**
 * The work queue carries ids and no truth: it may be wiped at any moment and is rebuilt from the
 * journal by the reconciler. Delivered at least once; a handler may run twice and must count once.
 *
 * An engine of its own may be away: what is asked of it then fails with QUEUE_UNAVAILABLE, within
 * seconds; jobs in hand go on, and work is taken again by itself once it is back.
 */
export interface WorkQueue {
  /** Which adapter this is, for the banner, `doctor` and `/readyz`. */
  readonly engine: string

  /** Adds jobs; one whose id is alive already is left as it is. */
  enqueue(jobs: readonly Job[]): Promise<void>

  /**
   * Starts handing out jobs, at most `concurrency` at a time. A handler that resolves ends the
   * job; one that rejects brings it back after `retryDelay(attempts)`; `JobDelayed` brings it
   * back without counting. A job whose process died comes back when its lease runs out.
   */
  start(options: WorkerOptions): void

  /** Takes no new job, waits for those in hand up to `graceMilliseconds`, then gives up leases. */
  stop(graceMilliseconds: number): Promise<void>

  /** Alive jobs by kind and state, for `doctor`, metrics and tests. */
  counts(): Promise<readonly { kind: string; state: string; count: number }[]>

  /** Ids among these that are alive, for the reconciler. */
  alive(ids: readonly string[]): Promise<ReadonlySet<string>>

  /** Forgets everything; for tests and repair. */
  wipe(): Promise<void>

  /** What it stands on, in a few words, when it answers now. @throws GatewayError */
  check(): Promise<string>

  /** Ends its connections, after a stop. */
  close(): Promise<void>

  /** Pages that show operators what is in the queue, to be mounted at `path`; not every engine. */
  openBoard?(path: string): Promise<RequestHandler>
}

export interface Job {
  /** `extract-flw_…`, `chunk-flw_…-0`, `decide-flw_…`: no colon (BullMQ refuses it). */
  readonly id: string
  readonly kind: JobKind
  readonly flowId: FlowId
  readonly chunk?: number
  /** Not before this system time, milliseconds UTC. */
  readonly runAt?: number
  /**
   * Runs only once no alive job names it as `parent`, of those that came in the same call or
   * later: a parent comes with its children, or before them.
   */
  readonly waitsForChildren?: boolean
  readonly parent?: string
}

export type JobKind = 'extract' | 'chunk' | 'decide'

export interface WorkerOptions {
  readonly concurrency: number
  /** `signal` aborts when the lease is lost or the queue stops. */
  readonly handle: (job: Job & { readonly attempts: number }, signal: AbortSignal) => Promise<void>
  /** Milliseconds to wait after the given number of failed attempts. */
  readonly retryDelay: (attempts: number) => number
  readonly leaseMilliseconds: number
}

/** Thrown by a handler that has to wait for something else: back in a while, not a failure. */
export class JobDelayed extends Error {
  readonly delayMilliseconds: number

  constructor(delayMilliseconds: number) {
    super('the job waits')
    this.name = 'JobDelayed'
    this.delayMilliseconds = delayMilliseconds
  }
}
