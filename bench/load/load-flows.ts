import { randomFillSync } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { recommendedName } from '../../config/flow-name.ts'
import { writeArchive } from '../../processing/archives/write-archive.ts'
import type { ArchiveFile } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import type { BenchContext } from '../bench-context.ts'
import { LOAD_USER } from './load-gateway.ts'
import { FLOW_BYTES } from './raw-limits.ts'

/** Fictional SIRETs of the qualification platform's own samples (reference chorus-pro-edi §7.5). */
const SUPPLIER_SIRET = '00000000005719'
const RECIPIENT_SIRET = '00000000005734'
const PDF_CONTENT = /(<cbc:EmbeddedDocumentBinaryObject[^>]*>)([^<]+)/
/** Of a flow with one invoice of two lines, but for the noise in its PDF. */
const OTHER_BYTES = 2_048

/** A flow to be sent. */
export interface LoadFlow {
  /** Here. */
  readonly file: string
  /** There. */
  readonly path: string
  readonly bytes: number
}

/**
 * Makes flows of valid invoices whose numbers were never given.
 * @param content how many invoices, or 20 KB: one invoice whose PDF nothing can compress
 */
export async function makeLoadFlows(
  bench: BenchContext,
  folder: string,
  count: number,
  content: { readonly invoices: number } | 'of 20 KB',
): Promise<readonly LoadFlow[]> {
  await mkdir(folder, { recursive: true })
  const flows: LoadFlow[] = []
  for (let index = 0; index < count; index += 1) {
    const number = bench.nextNumber()
    const name = recommendedName('FSO1110A', LOAD_USER, number, 'tar.gz')
    const file = join(folder, name)
    await pipeline(writeArchive(invoiceFiles(number, content)), createWriteStream(file))
    flows.push({ file, path: `/depot/${name}`, bytes: (await stat(file)).size })
  }
  return flows
}

function* invoiceFiles(
  flow: number,
  content: { readonly invoices: number } | 'of 20 KB',
): Generator<ArchiveFile> {
  const issueDate = new Date().toISOString().slice(0, 10)
  const count = content === 'of 20 KB' ? 1 : content.invoices
  for (let index = 1; index <= count; index += 1) {
    const number = `L${flow}-${index}`
    const xml = makeUblInvoice({
      number,
      issueDate,
      supplierSiret: SUPPLIER_SIRET,
      recipientSiret: RECIPIENT_SIRET,
    })
    yield { name: `${number}.xml`, content: content === 'of 20 KB' ? withNoise(xml) : xml }
  }
}

/** The same invoice with as much behind its PDF as makes its flow one of 20 KB. */
function withNoise(xml: string): string {
  const noise = randomFillSync(Buffer.alloc(FLOW_BYTES - OTHER_BYTES))
  return xml.replace(
    PDF_CONTENT,
    (_all, tag: string, base64: string) =>
      tag + Buffer.concat([Buffer.from(base64, 'base64'), noise]).toString('base64'),
  )
}
