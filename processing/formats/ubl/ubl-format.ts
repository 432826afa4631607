import type { InvoiceFormat } from '../format.ts'
import { toInvoice } from './ubl-invoice.ts'
import { UBL_CREDIT_NOTE_SHAPE, UBL_INVOICE_SHAPE, UBL_NAMESPACES } from './ubl-shape.ts'

/** UBL 2.1, invoice and credit note (OASIS, ISO/IEC 19845). */
export const ublFormat: InvoiceFormat = {
  name: 'ubl',
  shapeOf: ({ uri, local }) => {
    if (uri === UBL_NAMESPACES.ubl && local === 'Invoice') return UBL_INVOICE_SHAPE
    if (uri === UBL_NAMESPACES.cn && local === 'CreditNote') return UBL_CREDIT_NOTE_SHAPE
    return undefined
  },
  toInvoice,
}
