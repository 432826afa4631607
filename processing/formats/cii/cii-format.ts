import type { InvoiceFormat } from '../format.ts'
import type { Party } from '../invoice.ts'
import { shapesWith } from '../shape.ts'
import { NAMESPACES } from '../xml/xml-names.ts'

const CII_SHAPE = shapesWith(NAMESPACES).group('rsm:CrossIndustryInvoice')
const NO_PARTY: Party = {
  names: [],
  identifiers: [],
  legalIdentifiers: [],
  vatIdentifiers: [],
  addresses: [],
}

/** UN/CEFACT Cross Industry Invoice D16B. */
export const ciiFormat: InvoiceFormat = {
  name: 'cii',
  shapeOf: ({ uri, local }) =>
    uri === NAMESPACES.rsm && local === 'CrossIndustryInvoice' ? CII_SHAPE : undefined,
  toInvoice: (root) => ({
    format: 'cii',
    documentType: 'invoice',
    root,
    number: undefined,
    issueDate: undefined,
    typeCode: undefined,
    currency: undefined,
    buyerReference: undefined,
    purchaseOrder: undefined,
    specification: undefined,
    precedingNumbers: [],
    seller: NO_PARTY,
    buyer: NO_PARTY,
    allowancesAndCharges: [],
    totals: [],
    vatTotals: [],
    attachments: [],
    lines: [],
  }),
}
