import { mkdir, open } from 'node:fs/promises'
import {
  findInterfaceCode,
  tellsStatuses,
  type InterfaceCode,
} from '../../config/interface-codes.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { EarlyChecks } from '../early-checks.ts'
import type { ExtractedChunk } from '../extract-flow.ts'
import { policyOf } from '../flow-policy.ts'
import type { CheckedChunk, ExtractedInvoices } from '../invoice-tasks.ts'
import { judgeRecipients } from '../judge-recipients.ts'
import type { JournaledFlow, PipelineConnection, PipelineContext } from '../pipeline-context.ts'

/** Chunks stored at a time: their syncs share the disk's trips. */
const STORED_AT_ONCE = 8

/** Extensions of an invoice file under a code (reference §4.3). */
export function fileExtensions({ format }: InterfaceCode): readonly string[] {
  return format === 'facturx' ? ['.pdf'] : ['.xml']
}

/** A slice of a flow's invoices: in the payload store, or checked already and never stored. */
export interface FlowChunk extends Omit<ExtractedChunk, 'path'> {
  readonly checked?: CheckedChunk
}

/** A flow that has been extracted, its chunks in the output folder. */
export interface Extraction {
  readonly result: ExtractedInvoices
  /** Waits for the checks that have begun, and stores the chunks that nobody has checked. */
  settle(): Promise<readonly FlowChunk[]>
}

/**
 * Stage 3 (reference §8.1), with the content side of stage 1: unpacks the flow in a worker thread,
 * while others check what is unpacked. Run twice, it makes the same chunks.
 * @param outputFolder is made here, and the caller's to remove
 * @throws GatewayError PAYLOAD_MISSING when the flow's own content is lost
 */
export async function extractChunks(
  context: PipelineContext,
  flow: JournaledFlow,
  connection: PipelineConnection | undefined,
  outputFolder: string,
  signal: AbortSignal,
): Promise<Extraction> {
  const { payloads, threads, directory, settings } = context
  const { limits, pipeline } = settings
  const code = findInterfaceCode(flow.interface_code)!
  const policy = tellsStatuses(code) ? undefined : policyOf(flow, settings)
  const early =
    policy === undefined
      ? undefined
      : new EarlyChecks({
          threads: threads.threads,
          check: (path) => threads.check({ path, policy }, signal),
        })
  const content = await payloads.localFile({ sha256: flow.sha256, bytes: flow.bytes })
  let result: ExtractedInvoices
  try {
    await mkdir(outputFolder)
    result = await threads.extract(
      {
        path: content.path,
        extension: flow.file_name.endsWith('.xml') ? 'xml' : 'tar.gz',
        bareFileName: flow.file_name,
        code: { hasStylesheet: code.hasStylesheet, fileExtensions: fileExtensions(code) },
        limits: {
          maxFileBytes: limits.maxFileBytes,
          maxExtractedBytes: limits.maxExtractedBytes,
          maxInvoices: connection?.overrides.maxInvoicesPerFlow ?? limits.maxInvoicesPerFlow,
        },
        chunk: { invoices: pipeline.chunkInvoices, bytes: pipeline.chunkBytes },
        outputFolder,
        ...(policy === undefined ? {} : { policy }),
      },
      signal,
      (chunk) => early?.offer(chunk),
    )
  } finally {
    await content.release()
  }
  return {
    result,
    async settle() {
      const { chunks: made, lastChecked } = result
      const isBegun = (chunk: ExtractedChunk): boolean =>
        early?.hasBegun(chunk.path) === true || (chunk === made.at(-1) && lastChecked !== undefined)
      const [results] = await Promise.all([
        early?.results() ?? new Map<string, CheckedChunk>(),
        storeChunks(
          payloads,
          made.filter((chunk) => !isBegun(chunk)),
        ),
      ])
      signal.throwIfAborted()
      const checked = new Map(results)
      if (lastChecked !== undefined) checked.set(made.at(-1)!.path, lastChecked)
      await storeChunks(
        payloads,
        made.filter((chunk) => isBegun(chunk) && !checked.has(chunk.path)),
      )
      const chunks: FlowChunk[] = []
      for (const { path, ...chunk } of made) {
        const found = checked.get(path)
        if (found === undefined || policy === undefined) chunks.push(chunk)
        else {
          const invoices = await judgeRecipients(directory, found.invoices, policy.settings)
          chunks.push({ ...chunk, checked: { ...found, invoices } })
        }
      }
      return chunks
    },
  }
}

async function storeChunks(
  payloads: PayloadStore,
  chunks: readonly ExtractedChunk[],
): Promise<void> {
  for (let start = 0; start < chunks.length; start += STORED_AT_ONCE) {
    await Promise.all(
      chunks.slice(start, start + STORED_AT_ONCE).map(async ({ path, sha256, bytes }) => {
        await syncFile(path)
        await payloads.adopt(path, { sha256, bytes })
      }),
    )
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}
