import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'

/** A valid UBL invoice to start from: fictional parties, one line, no attachment. */
export function exampleInvoice(): string {
  return makeUblInvoice({
    number: 'EXAMPLE-0001',
    issueDate: '2026-11-22',
    supplierSiret: '00000000005719',
    recipientSiret: '00000000005734',
    lines: 1,
  })
}
