import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findInterfaceCode, type InterfaceCode } from '../../config/interface-codes.ts'
import type { ExtractResult } from '../extract-flow.ts'
import type { JournaledFlow, PipelineConnection, PipelineContext } from '../pipeline-context.ts'

/** Extensions of an invoice file under a code (reference §4.3). */
export function fileExtensions({ format }: InterfaceCode): readonly string[] {
  return format === 'facturx' ? ['.pdf'] : ['.xml']
}

/**
 * Stage 3 (reference §8.1), with the content side of stage 1: unpacks the flow in a worker thread
 * and hands its chunks to the payload store. Run twice, it stores the same contents.
 * @throws GatewayError PAYLOAD_MISSING when the flow's own content is lost
 */
export async function extractChunks(
  context: PipelineContext,
  flow: JournaledFlow,
  connection: PipelineConnection | undefined,
  signal: AbortSignal,
): Promise<ExtractResult> {
  const { payloads, threads, settings } = context
  const { limits, pipeline } = settings
  const code = findInterfaceCode(flow.interface_code)!
  const content = await payloads.localFile({ sha256: flow.sha256, bytes: flow.bytes })
  const outputFolder = await mkdtemp(join(context.workFolder, 'extract-'))
  try {
    const result = await threads.extract(
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
      },
      signal,
    )
    for (const { path, sha256, bytes } of result.chunks) {
      await payloads.adopt(path, { sha256, bytes })
    }
    return result
  } finally {
    await content.release()
    await rm(outputFolder, { recursive: true, force: true })
  }
}
