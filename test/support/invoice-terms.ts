import { InvoiceTerms } from '../../processing/formats/invoice-terms.ts'
import { readInvoice } from '../../processing/formats/read-invoice.ts'
import { NAMESPACES } from '../../processing/formats/xml/xml-names.ts'

/** The business terms of a UBL invoice with this content. */
export function ublTerms(content: string): InvoiceTerms {
  const { ubl, cac, cbc } = NAMESPACES
  const xml = `<Invoice xmlns="${ubl}" xmlns:cac="${cac}" xmlns:cbc="${cbc}">${content}</Invoice>`
  const result = readInvoice(Buffer.from(xml), 'ubl')
  if (result.outcome === 'refused') throw new Error(result.fault.rule)
  return new InvoiceTerms(result.document, 0, 'ubl')
}
