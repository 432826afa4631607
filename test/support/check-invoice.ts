import {
  checkInvoices,
  type CheckPolicy,
  type InvoiceFile,
  type InvoiceVerdict,
} from '../../processing/check-invoices.ts'

/** The verdict on the first invoice of a file, for files that hold one. */
export function checkInvoice(file: InvoiceFile, policy: CheckPolicy): InvoiceVerdict {
  return checkInvoices(file, policy).invoices[0]!
}
