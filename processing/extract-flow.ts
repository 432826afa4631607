import type { Finding } from '../gateway/flow.ts'

/** What extraction needs to know of a flow. Everything but `signal` can be cloned to a thread. */
export interface ExtractRequest {
  /** The received flow, on a local disk. */
  readonly path: string
  readonly extension: 'tar.gz' | 'xml'
  readonly code: {
    /** One `.xsl` may travel beside the invoices; it is not counted as one. */
    readonly hasStylesheet: boolean
    /** Extensions of an invoice file under this code, lower case with the dot: `['.xml']`. */
    readonly fileExtensions: readonly string[]
  }
  readonly limits: {
    readonly maxFileBytes: number
    readonly maxExtractedBytes: number
    readonly maxInvoices: number
  }
  /** A chunk is closed when it holds so many invoices or bytes, whichever comes first. */
  readonly chunk: { readonly invoices: number; readonly bytes: number }
  /** An existing folder; chunk files are made in it under names of ours. */
  readonly outputFolder: string
  readonly signal?: AbortSignal
}

/** A chunk file: format and reader in archives/chunk-file.ts. */
export interface ExtractedChunk {
  /** Inside the output folder, fsynced. */
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  /** Ordinal in the flow of its first invoice, from 1, and how many it holds. */
  readonly firstPart: number
  readonly parts: number
}

export interface ExtractResult {
  /** Invoice files in the flow. */
  readonly parts: number
  /** Empty when a finding is fatal: then the whole flow is irrecevable. */
  readonly chunks: readonly ExtractedChunk[]
  /** About the flow and its files; only those of severity `fatal` refuse it. */
  readonly findings: readonly Finding[]
}

/**
 * Unpacks a flow into chunk files. Streams: no archive and no file of one is ever whole in memory.
 * What is wrong with the flow is a finding; on a fatal one no chunk file is left behind.
 * @throws the error of the file system, or the reason of `signal`
 */
export async function extractFlow(request: ExtractRequest): Promise<ExtractResult> {
  throw new Error(`not written yet: ${request.path}`)
}
