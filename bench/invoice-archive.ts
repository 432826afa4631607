import { archiveBytes } from '../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../processing/formats/ubl/sample.ts'

/** Fictional SIRETs of the qualification platform's own samples (reference chorus-pro-edi §7.5). */
const SUPPLIER_SIRET = '00000000005719'
const RECIPIENT_SIRET = '00000000005734'
const LINES = 5

/** One flow of the largest usual size: what is in it, and how it travels. */
export interface InvoiceArchive {
  readonly archive: Buffer
  readonly invoices: readonly string[]
}

/** Makes a flow of `count` valid invoices whose numbers start with `prefix`. */
export async function makeInvoiceArchive(prefix: string, count: number): Promise<InvoiceArchive> {
  const issueDate = new Date().toISOString().slice(0, 10)
  const files = Array.from({ length: count }, (_, index) => {
    const number = `${prefix}-${String(index + 1).padStart(4, '0')}`
    const content = makeUblInvoice({
      number,
      issueDate,
      supplierSiret: SUPPLIER_SIRET,
      recipientSiret: RECIPIENT_SIRET,
      lines: LINES,
    })
    return { name: `${number}.xml`, content }
  })
  return { archive: await archiveBytes(files), invoices: files.map((file) => file.content) }
}
