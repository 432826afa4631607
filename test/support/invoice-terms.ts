import { InvoiceTerms } from '../../processing/formats/invoice-terms.ts'
import { readInvoices } from '../../processing/formats/read-invoices.ts'
import { NAMESPACES } from '../../processing/formats/xml/xml-names.ts'

/** The business terms of a UBL invoice with this content. */
export function ublTerms(content: string): InvoiceTerms {
  const { ubl, cac, cbc } = NAMESPACES
  const xml = `<Invoice xmlns="${ubl}" xmlns:cac="${cac}" xmlns:cbc="${cbc}">${content}</Invoice>`
  const result = readInvoices(Buffer.from(xml), 'ubl')
  if (result.outcome !== 'read') throw new Error('The invoice cannot be read.')
  return new InvoiceTerms(result.document, 0, 'ubl')
}
