/** What the key of an invoice is made of. */
export interface NumberedInvoice {
  readonly number: string | null
  readonly supplier_type: string | null
  readonly supplier_id: string | null
  readonly issue_date: string | null
}

/**
 * The unique key of an invoice; undefined when it has no number or no supplier.
 * @param withinYear setting `invoices.uniqueWithinYear`: the year of issue is part of the key
 */
export function invoiceNumberKey(
  invoice: NumberedInvoice,
  withinYear: boolean,
): string | undefined {
  const { number, supplier_type, supplier_id, issue_date } = invoice
  if (number === null || supplier_id === null) return undefined
  const parts = [supplier_type ?? '', supplier_id, number]
  if (withinYear) parts.push(issue_date?.slice(0, 4) ?? '')
  // A bar inside a part cannot make two different invoices the same.
  return parts.map((part) => part.replaceAll('\\', '\\\\').replaceAll('|', '\\|')).join('|')
}
