import type { InvoiceFormatName } from '../../config/interface-codes.ts'
import type { CheckPolicy } from '../../processing/check-invoices.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { makeCiiInvoice } from './cii-invoice.ts'

/** Every document that is measured. */
export const DOCUMENTS: readonly {
  readonly format: 'ubl' | 'cii'
  readonly lines: number
  readonly bytes: Buffer
}[] = [10, 1_000].flatMap((lines) => [
  {
    format: 'ubl',
    lines,
    bytes: Buffer.from(
      makeUblInvoice({
        number: 'BENCH-1',
        issueDate: '2026-11-22',
        supplierSiret: '00000000005719',
        recipientSiret: '00000000005734',
        lines,
        pdf: false,
      }),
    ),
  },
  { format: 'cii', lines, bytes: Buffer.from(makeCiiInvoice('BENCH-1', lines)) },
])

/** Structure, EN 16931 and Chorus Pro rules together. */
export function policyFor(format: InvoiceFormatName): CheckPolicy {
  return {
    ruleSets: ['structure', 'en16931', 'chorus-pro'],
    format,
    settings: {
      environment: 'qualification',
      utf8Only: false,
      family: null,
      requirePdf: false,
      strictFacturX: false,
      unknownRecipient: 'warn',
    },
  }
}

/** Lines read in one sample, so that each takes about as long. */
const LINES_PER_SAMPLE = 30_000

export function documentsPerSample(lines: number): number {
  return Math.max(1, Math.round(LINES_PER_SAMPLE / (lines + 20)))
}

/** How often `work` is done in a second. */
export function perSecond(count: number, work: () => unknown): number {
  const start = performance.now()
  for (let done = 0; done < count; done += 1) work()
  return (count * 1_000) / (performance.now() - start)
}
