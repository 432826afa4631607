import { rm } from 'node:fs/promises'
import { readChunk } from '../archives/chunk-file.ts'
import { FURTHER_INVOICES } from '../check-invoices.ts'
import { extractFlow, type ExtractRequest } from '../extract-flow.ts'
import { InvoiceTerms } from '../formats/invoice-terms.ts'
import { pivotDocument, pivotUnit, type PivotInvoice } from '../formats/pivot/pivot-document.ts'
import { PIVOT_SCHEMA } from '../formats/pivot/pivot-schema.ts'
import { readInvoices } from '../formats/read-invoices.ts'
import { documentIssues } from '../formats/structure/check-document.ts'
import { Schema } from '../formats/structure/schema.ts'

/** Invoices of one flow, to be written in the pivot format, by a worker thread. */
export interface PivotTask {
  readonly flow: Omit<ExtractRequest, 'signal'>
  readonly invoices: readonly (PivotInvoice & { readonly ordinal: number })[]
}

/** One of them; null = the pivot format cannot carry it. */
export interface PivotUnit {
  readonly ordinal: number
  readonly unit: string | null
}

const PIVOT = new Schema(PIVOT_SCHEMA)
const ANY_FLOW = { identifier: 'CPP0019100000000000000001', receiver: 'CPP001', producedAt: 0 }

/** Unpacks the flow once more, and writes those that are wanted; each is held against the schema. */
export async function writePivotUnits(task: PivotTask): Promise<readonly PivotUnit[]> {
  const wanted = Map.groupBy(task.invoices, ({ ordinal }) => ordinal % FURTHER_INVOICES)
  const { chunks } = await extractFlow(task.flow)
  const units: PivotUnit[] = []
  try {
    for (const chunk of chunks) {
      for await (const { part, file, bytes } of readChunk(chunk.path)) {
        const invoices = wanted.get(part)
        if (invoices === undefined) continue
        const read = readInvoices(bytes, null)
        for (const invoice of invoices) {
          const { ordinal } = invoice
          const root =
            read.outcome === 'read'
              ? read.invoices[Math.floor(ordinal / FURTHER_INVOICES)]
              : undefined
          if (read.outcome !== 'read' || root === undefined) {
            units.push({ ordinal, unit: null })
            continue
          }
          const terms = new InvoiceTerms(read.document, root, read.format.name)
          const unit = pivotUnit(terms, invoice, { name: file, bytes })
          const whole = Buffer.from(pivotDocument(ANY_FLOW, [unit]))
          units.push({ ordinal, unit: documentIssues(whole, PIVOT).length === 0 ? unit : null })
        }
      }
    }
    return units
  } finally {
    await Promise.all(chunks.map(({ path }) => rm(path, { force: true })))
  }
}
