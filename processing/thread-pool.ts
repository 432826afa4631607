import { availableParallelism } from 'node:os'
import { Tinypool } from 'tinypool'
import type { Logger } from '../gateway/logger.ts'
import type { ExtractResult } from './extract-flow.ts'
import type { CheckTask, CheckedChunk, ExtractTask } from './invoice-worker.ts'

/** Extraction and checking, off the main thread. */
export interface ThreadPool {
  readonly threads: number
  /** @throws what the work threw, or that its thread died or took too long */
  extract(task: ExtractTask, signal: AbortSignal): Promise<ExtractResult>
  /** @throws as `extract` */
  check(task: CheckTask, signal: AbortSignal): Promise<CheckedChunk>
  /** Ends every thread; work in hand is given up. */
  destroy(): Promise<void>
}

export interface ThreadPoolOptions {
  /** 0 = one less than the processors, at least one. */
  readonly threads: number
  /** Old-generation heap of one thread: a hostile invoice kills its thread, never the process. */
  readonly memoryMib: number
  /** One extraction or one chunk may take this long; then its thread is ended. */
  readonly taskSeconds: number
  readonly log: Logger
  /** Stands in for invoice-worker, in tests of the pool. */
  readonly workerFile?: URL
}

const INVOICE_WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './invoice-worker.ts' : './invoice-worker.js',
  import.meta.url,
)

/** A thread that dies fails the task it had, and another one takes its place. */
export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  const threads = options.threads === 0 ? Math.max(1, availableParallelism() - 1) : options.threads
  const pool = new Tinypool({
    filename: (options.workerFile ?? INVOICE_WORKER).href,
    // One thread always lives: tinypool starts a new one for what is queued only up to this number.
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: 10_000,
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMib },
  })
  // Without a listener, a thread that dies idle would end the process.
  pool.on('error', (err: unknown) => {
    options.log.error({ err }, 'an idle worker thread died')
  })
  const run = async <Result>(name: string, task: unknown, signal: AbortSignal): Promise<Result> => {
    const limit = AbortSignal.timeout(options.taskSeconds * 1_000)
    try {
      return (await pool.run(task, { name, signal: AbortSignal.any([signal, limit]) })) as Result
    } catch (error) {
      if (signal.aborted || !limit.aborted) throw error
      throw new Error(`The worker thread was ended after ${options.taskSeconds} s`, {
        cause: error,
      })
    }
  }
  return {
    threads,
    extract: (task, signal) => run('extract', task, signal),
    check: (task, signal) => run('check', task, signal),
    destroy: () => pool.destroy(),
  }
}
