import { readChunk } from './archives/chunk-file.ts'
import { checkInvoices, type CheckPolicy, type InvoiceHeader } from './check-invoices.ts'
import { extractFlow, type ExtractRequest, type ExtractResult } from './extract-flow.ts'
import { createFindingBounds } from './finding-bounds.ts'
import type { RecipientQuestion } from './rules/directory/recipient-question.ts'

/** What the pipeline's worker threads do: invoice-worker.ts serves these functions. */

export type ExtractTask = Omit<ExtractRequest, 'signal'>

export interface CheckTask {
  /** A chunk file on a local disk. */
  readonly path: string
  readonly policy: CheckPolicy
}

/** One invoice of a chunk, as the journal keeps it. */
export interface CheckedInvoice {
  readonly part: number
  readonly file: string
  readonly header: InvoiceHeader
  readonly isCorrect: boolean
  readonly structureFailed: boolean
  /** Findings, bounded, as JSON: made here so that the main thread never has to. */
  readonly findingsJson: string
  /** What is left to ask the directory. */
  readonly recipient?: RecipientQuestion
}

export interface CheckedChunk {
  readonly invoices: readonly CheckedInvoice[]
  readonly milliseconds: number
}

export async function extract(task: ExtractTask): Promise<ExtractResult> {
  return await extractFlow(task)
}

/** Reads a chunk one invoice at a time and judges each. */
export async function check(task: CheckTask): Promise<CheckedChunk> {
  const start = performance.now()
  const bound = createFindingBounds()
  const invoices: CheckedInvoice[] = []
  for await (const file of readChunk(task.path)) {
    for (const verdict of checkInvoices(file, task.policy).invoices) {
      const { part, header, findings, isCorrect, structureFailed, recipient } = verdict
      invoices.push({
        part,
        file: file.file,
        header,
        isCorrect,
        structureFailed,
        findingsJson: bound(findings).json,
        ...(recipient === undefined ? {} : { recipient }),
      })
    }
  }
  return { invoices, milliseconds: performance.now() - start }
}
