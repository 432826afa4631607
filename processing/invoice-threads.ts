import type { ExtractResult } from './extract-flow.ts'
import type { CheckedChunk, CheckTask, ExtractTask } from './invoice-tasks.ts'
import type { PivotTask, PivotUnit } from './life-cycle/pivot-task.ts'
import type { ReadStatusesTask, ReceivedStatus } from './life-cycle/read-statuses.ts'
import { ThreadPool, type ThreadPoolOptions } from './thread-pool.ts'

/** Extraction and checking, off the main thread; errors as `ThreadPool.run`. */
export interface InvoiceThreads {
  /** At most. */
  readonly threads: number
  extract(task: ExtractTask, signal: AbortSignal): Promise<ExtractResult>
  check(task: CheckTask, signal: AbortSignal): Promise<CheckedChunk>
  /** The statuses in a chunk of a life-cycle flow. */
  statuses(task: ReadStatusesTask, signal: AbortSignal): Promise<readonly ReceivedStatus[]>
  /** Invoices of a flow in the format for public recipients. */
  pivot(task: PivotTask, signal: AbortSignal): Promise<readonly PivotUnit[]>
  /** Ends every thread; work in hand is given up. */
  destroy(): Promise<void>
}

/** The same file, from sources and from the built package. */
const INVOICE_WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './invoice-worker.ts' : './invoice-worker.js',
  import.meta.url,
)

export function startInvoiceThreads(
  options: Omit<ThreadPoolOptions, 'workerFile'> & {
    /** Stands in for invoice-worker, in tests. */
    readonly workerFile?: URL
  },
): InvoiceThreads {
  const pool = new ThreadPool({ ...options, workerFile: options.workerFile ?? INVOICE_WORKER })
  return {
    threads: pool.threads,
    extract: async (task, signal) => (await pool.run('extract', task, signal)) as ExtractResult,
    check: async (task, signal) => (await pool.run('check', task, signal)) as CheckedChunk,
    statuses: async (task, signal) =>
      (await pool.run('statuses', task, signal)) as readonly ReceivedStatus[],
    pivot: async (task, signal) => (await pool.run('pivot', task, signal)) as readonly PivotUnit[],
    destroy: () => pool.destroy(),
  }
}
