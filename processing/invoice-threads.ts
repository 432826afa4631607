import type { ExtractedChunk } from './extract-flow.ts'
import type { CheckedChunk, CheckTask, ExtractedInvoices, ExtractTask } from './invoice-tasks.ts'
import type { CarriedInvoice, CarryTask } from './life-cycle/recipient-task.ts'
import type { ReadStatusesTask, ReceivedChunk } from './life-cycle/read-statuses.ts'
import { ThreadPool, type ThreadPoolOptions } from './thread-pool.ts'

/** Extraction and checking, off the main thread; errors as `ThreadPool.run`. */
export interface InvoiceThreads {
  /** At most. */
  readonly threads: number
  extract(
    task: ExtractTask,
    signal: AbortSignal,
    /** Told of each chunk but the last, while the rest is extracted. */
    onChunk: (chunk: ExtractedChunk) => void,
  ): Promise<ExtractedInvoices>
  check(task: CheckTask, signal: AbortSignal): Promise<CheckedChunk>
  /** What a chunk of a recipient's flow tells. */
  statuses(task: ReadStatusesTask, signal: AbortSignal): Promise<ReceivedChunk>
  /** Invoices of a flow in the format for public recipients. */
  carry(task: CarryTask, signal: AbortSignal): Promise<readonly CarriedInvoice[]>
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
    extract: async (task, signal, onChunk) =>
      (await pool.run('extract', task, signal, (chunk) =>
        onChunk(chunk as ExtractedChunk),
      )) as ExtractedInvoices,
    check: async (task, signal) => (await pool.run('check', task, signal)) as CheckedChunk,
    statuses: async (task, signal) => (await pool.run('statuses', task, signal)) as ReceivedChunk,
    carry: async (task, signal) =>
      (await pool.run('carry', task, signal)) as readonly CarriedInvoice[],
    destroy: () => pool.destroy(),
  }
}
