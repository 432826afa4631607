import { readChunkParts, type ChunkPart } from './archives/chunk-file.ts'
import {
  checkInvoices,
  checkInvoicesInPieces,
  type CheckPolicy,
  type InvoiceHeader,
  type InvoiceVerdict,
} from './check-invoices.ts'
import {
  extractFlow,
  type ExtractedChunk,
  type ExtractRequest,
  type ExtractResult,
} from './extract-flow.ts'
import { createFindingBounds } from './finding-bounds.ts'
import { WHOLE_FILE_BYTES } from './formats/read-invoices.ts'
import type { RecipientQuestion } from './rules/directory/recipient-question.ts'

/** What the pipeline's worker threads do: invoice-worker.ts serves these functions. */

export interface ExtractTask extends Omit<ExtractRequest, 'signal' | 'onChunk'> {
  /** Absent: its chunks hold no invoices, and none is checked. */
  readonly policy?: CheckPolicy
}

export interface ExtractedInvoices extends ExtractResult {
  /** What is said of the last chunk; undefined when there is none, or its check failed. */
  readonly lastChecked: CheckedChunk | undefined
}

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

/** Both tasks, with this way to check a chunk. */
export function invoiceTasks(check: (task: CheckTask) => Promise<CheckedChunk>) {
  return {
    check,
    /**
     * Extracts a flow, and checks the last chunk of it, often the only one, where it is at hand.
     * @param tell is told of each chunk but the last, while the rest is extracted
     */
    async extract(
      { policy, ...request }: ExtractTask,
      tell: (chunk: ExtractedChunk) => void,
    ): Promise<ExtractedInvoices> {
      const result = await extractFlow({ ...request, onChunk: tell })
      const last = result.chunks.at(-1)
      if (last === undefined || policy === undefined) return { ...result, lastChecked: undefined }
      // What it failed of, the job of the chunk meets again and says so.
      const lastChecked = await check({ path: last.path, policy }).catch(() => undefined)
      return { ...result, lastChecked }
    },
  }
}

/** A small file is read whole, which is quicker; a large one in pieces, and never held. */
async function checkPart(
  content: ChunkPart,
  policy: CheckPolicy,
): Promise<readonly InvoiceVerdict[]> {
  const { part, file, bytes } = content
  const { invoices } =
    bytes > WHOLE_FILE_BYTES
      ? await checkInvoicesInPieces({ part, file, pieces: content.pieces() }, policy)
      : checkInvoices({ part, file, bytes: await content.whole() }, policy)
  return invoices
}

/** Reads a chunk one invoice at a time and judges each. */
export async function check(task: CheckTask): Promise<CheckedChunk> {
  const start = performance.now()
  const bound = createFindingBounds()
  const invoices: CheckedInvoice[] = []
  for await (const part of readChunkParts(task.path)) {
    const verdicts = await checkPart(part, task.policy)
    for (const verdict of verdicts) {
      const { part: ordinal, header, findings, isCorrect, structureFailed, recipient } = verdict
      invoices.push({
        part: ordinal,
        file: part.file,
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
