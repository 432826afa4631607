import { rm } from 'node:fs/promises'
import { readChunk } from '../archives/chunk-file.ts'
import { checkInvoices, FURTHER_INVOICES, type CheckPolicy } from '../check-invoices.ts'
import { extractFlow, type ExtractRequest } from '../extract-flow.ts'
import { embeddedContents, wholePdf } from '../formats/embedded-contents.ts'
import { InvoiceTerms } from '../formats/invoice-terms.ts'
import { pivotDocument, pivotUnit, type PivotInvoice } from '../formats/pivot/pivot-document.ts'
import { PIVOT_SCHEMA } from '../formats/pivot/pivot-schema.ts'
import { readInvoices, type ReadInvoices } from '../formats/read-invoices.ts'
import { documentIssues } from '../formats/structure/check-document.ts'
import { Schema } from '../formats/structure/schema.ts'
import { ublInvoice } from '../formats/ubl/ubl-invoice.ts'

/** Formats in which invoices go to a public recipient. */
export type RecipientFormat = 'pivot' | 'ubl'

type WantedInvoice = PivotInvoice & { readonly ordinal: number }

/** Invoices of one flow, to be written for their recipient by a worker thread. */
export interface CarryTask {
  readonly format: RecipientFormat
  readonly flow: Omit<ExtractRequest, 'signal'>
  readonly invoices: readonly WantedInvoice[]
}

/** One of them; null = the format cannot carry it. */
export interface CarriedInvoice {
  readonly ordinal: number
  /** Pivot: one unit of a document. UBL: a document. */
  readonly unit: string | null
}

/** One file of the flow, and those of its invoices that are wanted. */
interface InvoicesOfFile {
  readonly name: string
  readonly bytes: Uint8Array
  readonly invoices: readonly WantedInvoice[]
}

type Writer = (file: InvoicesOfFile) => readonly CarriedInvoice[]

/**
 * Unpacks the flow once more, and writes those that are wanted. Each is held against the schema,
 * UBL against the rules of EN 16931 too.
 */
export async function writeForRecipient(task: CarryTask): Promise<readonly CarriedInvoice[]> {
  const write = task.format === 'pivot' ? writePivot : writeUbl
  const wanted = Map.groupBy(task.invoices, ({ ordinal }) => ordinal % FURTHER_INVOICES)
  const { chunks } = await extractFlow(task.flow)
  const units: CarriedInvoice[] = []
  try {
    for (const chunk of chunks) {
      for await (const { part, file, bytes } of readChunk(chunk.path)) {
        const invoices = wanted.get(part)
        if (invoices !== undefined) units.push(...write({ name: file, bytes, invoices }))
      }
    }
    return units
  } finally {
    await Promise.all(chunks.map(({ path }) => rm(path, { force: true })))
  }
}

const PIVOT = new Schema(PIVOT_SCHEMA)
const ANY_FLOW = { identifier: 'CPP0019100000000000000001', receiver: 'CPP001', producedAt: 0 }

const writePivot: Writer = (file) =>
  writeEach(file, (terms, invoice) => pivotUnit(terms, invoice, file)).map(({ ordinal, unit }) => {
    const isFit =
      unit !== null &&
      documentIssues(Buffer.from(pivotDocument(ANY_FLOW, [unit])), PIVOT).length === 0
    return { ordinal, unit: isFit ? unit : null }
  })

/** Larger files are not embedded once more: a flow of many invoices stays in memory. */
const MAX_EMBEDDED_BYTES = 8 * 1024 * 1024

const writeUbl: Writer = (file) => {
  const { bytes, name } = file
  const original = originalUbl(file)
  const written = writeEach(file, (terms, invoice, { container }) => {
    const isEmbedded = container !== undefined && bytes.length <= MAX_EMBEDDED_BYTES
    const embedded = embeddedContents(terms, bytes)
    return ublInvoice(terms, invoice, isEmbedded ? [wholePdf(name, bytes)] : embedded)
  })
  return written.map(({ ordinal, unit }) => {
    const { again } = file.invoices.find((one) => one.ordinal === ordinal) ?? {}
    if (original !== undefined && again !== 'Recyclée') return { ordinal, unit: original }
    return { ordinal, unit: unit !== null && isRight(Buffer.from(unit)) ? unit : null }
  })
}

/** The file as it came, where it is UBL that satisfies EN 16931: its supplier's own words. */
function originalUbl({ bytes }: InvoicesOfFile): string | undefined {
  const read = readInvoices(bytes, 'ubl')
  if (read.outcome !== 'read' || read.encoding !== 'UTF-8' || !isRight(bytes)) return undefined
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}

const EN_16931: CheckPolicy = {
  ruleSets: ['structure', 'en16931'],
  format: 'ubl',
  settings: {
    environment: 'qualification',
    utf8Only: true,
    family: null,
    requirePdf: false,
    strictFacturX: false,
    unknownRecipient: 'warn',
  },
}

const isRight = (bytes: Uint8Array): boolean =>
  checkInvoices({ part: 1, file: '', bytes }, EN_16931).invoices.every((one) => one.isCorrect)

/** Each invoice of a file, while the file is the one that was read last. */
function writeEach(
  { bytes, invoices }: InvoicesOfFile,
  write: (terms: InvoiceTerms, invoice: WantedInvoice, read: ReadInvoices) => string,
): readonly CarriedInvoice[] {
  const read = readInvoices(bytes, null)
  return invoices.map((invoice) => {
    const { ordinal } = invoice
    const at = Math.floor(ordinal / FURTHER_INVOICES)
    const root = read.outcome === 'read' ? read.invoices[at] : undefined
    if (read.outcome !== 'read' || root === undefined) return { ordinal, unit: null }
    const terms = new InvoiceTerms(read.document, root, read.format.name)
    return { ordinal, unit: write(terms, invoice, read) }
  })
}
