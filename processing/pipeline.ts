import { mkdir, rm } from 'node:fs/promises'
import type { Job, JobKind } from '../gateway/queue/queue.ts'
import { JobDelayed } from '../gateway/queue/queue.ts'
import { runChunkJob } from './chunk-job.ts'
import { cleanUpLeftovers } from './clean-up.ts'
import { runDecideJob } from './decide-job.ts'
import { runExtractJob } from './extract-job.ts'
import type { FlowDelay } from './flow-delay.ts'
import { recordFailure } from './incident.ts'
import type { PipelineContext } from './pipeline-context.ts'
import { Reconciler } from './reconciler.ts'
import { startInvoiceThreads } from './invoice-threads.ts'

/**
 * The way of a flow, by the jobs that take it (the stages inside them: stages.ts):
 *
 *   extract   technical, subscription, extraction       once per flow
 *   chunk     format, functional rules                  once per chunk of invoices, in threads
 *   decide    uniqueness, decision, report, integration once per flow, when its chunks are done
 *
 * The first one takes a flow of one chunk to its end by itself.
 *
 * A job may run twice, at once or again: what it writes is guarded or has a unique key. What the
 * queue forgets, the reconciler adds again from the journal.
 */
const JOBS: Readonly<
  Record<JobKind, (context: PipelineContext, job: Job, signal: AbortSignal) => Promise<void>>
> = {
  extract: runExtractJob,
  chunk: runChunkJob,
  decide: runDecideJob,
}

export interface PipelineOptions extends Omit<PipelineContext, 'threads'> {
  /** When a flow may be processed; the same function as the intake's. */
  readonly flowDelay: FlowDelay
  /** Milliseconds before the next attempt; default `retryDelay`. */
  readonly retryDelay?: (attempts: number) => number
  /** Stands in for the worker file of the thread pool, in tests of a dying thread. */
  readonly workerFile?: URL
}

export interface Pipeline {
  /** Worker threads. */
  readonly threads: number
  /** Takes jobs from the queue and reconciles, from now on. */
  start(): Promise<void>
  /** Takes no new job; those in hand may finish within the time given. Does not stop the journal. */
  stop(graceMilliseconds: number): Promise<void>
  /** Runs one job; the queue's handler. @throws what the queue has to bring back */
  process(job: Job, signal: AbortSignal): Promise<void>
  /** Adds the jobs that the queue has lost. @returns how many */
  reconcile(): Promise<number>
}

/** Doubles from 0.4 s, one minute at most. */
export function retryDelay(attempts: number): number {
  return Math.min(60_000, 200 * 2 ** attempts)
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { queue, journal, payloads, settings, log, workFolder } = options
  const { pipeline } = settings
  const threads = startInvoiceThreads({
    threads: pipeline.threads,
    memoryMib: pipeline.threadMemoryMib,
    taskSeconds: pipeline.taskSeconds,
    ...(options.workerFile === undefined ? {} : { workerFile: options.workerFile }),
  })
  const context: PipelineContext = { ...options, threads }
  const reconciler = new Reconciler({
    journal,
    queue,
    flowDelay: options.flowDelay,
    cleanUp: () => cleanUpLeftovers({ journal, payloads }),
    log,
  })

  const processJob = async (job: Job, signal: AbortSignal): Promise<void> => {
    try {
      await JOBS[job.kind](context, job, signal)
    } catch (error) {
      // Lease lost or gateway stopping: another attempt will be made, this one says nothing.
      if (error instanceof JobDelayed || signal.aborted) throw error
      if (!(await recordFailure(context, job, error))) throw error
    }
  }

  return {
    threads: threads.threads,
    async start() {
      // What is there was left by a process that died: copies of contents that are stored.
      await rm(workFolder, { recursive: true, force: true })
      await mkdir(workFolder, { recursive: true })
      queue.start({
        concurrency: pipeline.concurrency,
        handle: processJob,
        retryDelay: options.retryDelay ?? retryDelay,
        leaseMilliseconds: pipeline.leaseSeconds * 1_000,
      })
      reconciler.start()
    },
    async stop(graceMilliseconds) {
      await reconciler.stop()
      await queue.stop(graceMilliseconds)
      await threads.destroy()
    },
    process: processJob,
    reconcile: () => reconciler.reconcile(),
  }
}
