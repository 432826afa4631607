import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseInboundName, recommendedName } from '../../config/flow-name.ts'
import { writeArchive, type ArchiveFile } from '../../processing/archives/write-archive.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { generatedInvoices, requireInboundCode, sampleInvoice } from './sample-invoice.ts'

/** A flow ready to be sent. */
export interface OutgoingFlow {
  readonly fileName: string
  readonly path: string
}

/** A file that has a flow's name goes as it is; invoices are packed under the next name. */
export async function outgoingFlow(
  files: readonly string[],
  { code, sample }: { readonly code: string; readonly sample?: boolean },
  partner: PartnerFolder,
  packTo: string,
): Promise<OutgoingFlow> {
  const [first] = files
  if (first !== undefined && files.length === 1 && 'name' in parseInboundName(basename(first))) {
    return { fileName: basename(first), path: first }
  }
  requireInboundCode(code)
  const invoices =
    sample === true ? [sampleInvoice(code, partner.applicationCode, Date.now())] : readFiles(files)
  return pack(invoices, code, partner, await partner.nextSequence(), packTo)
}

/** One flow of many: generated invoices under the next name. */
export async function generatedFlow(
  code: string,
  invoices: number,
  partner: PartnerFolder,
  packTo: string,
): Promise<OutgoingFlow> {
  const sequence = await partner.nextSequence()
  const files = generatedInvoices(code, partner.applicationCode, sequence, invoices)
  return pack(files, code, partner, sequence, packTo)
}

async function pack(
  invoices: Iterable<ArchiveFile> | AsyncIterable<ArchiveFile>,
  code: string,
  { applicationCode }: PartnerFolder,
  sequence: number,
  path: string,
): Promise<OutgoingFlow> {
  await pipeline(writeArchive(invoices), createWriteStream(path))
  return { fileName: recommendedName(code, applicationCode, sequence, 'tar.gz'), path }
}

async function* readFiles(files: readonly string[]): AsyncGenerator<ArchiveFile> {
  for (const file of files) {
    try {
      yield { name: basename(file), content: await readFile(file) }
    } catch (cause) {
      throw new CommandFailure(EXIT.usage, `${file} cannot be read: ${String(cause)}.`)
    }
  }
}
