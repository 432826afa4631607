import { readChunk } from '../../processing/archives/chunk-file.ts'
import type { InvoiceHeader } from '../../processing/check-invoices.ts'
import {
  invoiceTasks,
  type CheckedChunk,
  type CheckedInvoice,
  type CheckTask,
} from '../../processing/invoice-tasks.ts'
import { motiveFinding } from '../../processing/motives.ts'
import { serveTasks } from '../../processing/serve-tasks.ts'

/**
 * Worker threads whose invoices are a line of JSON and behave as they say: for tests of the
 * pipeline that are not about invoices.
 */
export interface PlainInvoice {
  readonly number: string
  readonly supplier: string
  /** `rule`, `xsd`: refused so. `throw`, `exit`, `exhaust`, `hang`: what it does to its thread. */
  readonly fault?: 'rule' | 'xsd' | 'throw' | 'exit' | 'exhaust' | 'hang'
}

serveTasks(invoiceTasks(check))

async function check(task: CheckTask): Promise<CheckedChunk> {
  const invoices: CheckedInvoice[] = []
  for await (const { part, file, bytes } of readChunk(task.path)) {
    const invoice = JSON.parse(Buffer.from(bytes).toString()) as PlainInvoice
    misbehave(invoice.fault)
    const place = { part, file, invoice: invoice.number }
    const finding =
      invoice.fault === 'rule'
        ? motiveFinding('ERR_FCT_008', { ...place, rule: 'BR-CO-10' })
        : motiveFinding('ERR_XSD_001', place)
    const isCorrect = invoice.fault === undefined
    invoices.push({
      part,
      file,
      header: header(invoice),
      isCorrect,
      structureFailed: invoice.fault === 'xsd',
      findingsJson: JSON.stringify(isCorrect ? [] : [finding]),
    })
  }
  return { invoices, milliseconds: 1 }
}

function misbehave(fault: PlainInvoice['fault']): void {
  if (fault === 'throw') throw new Error('an invoice that breaks its checker')
  if (fault === 'exit') process.exit(1)
  if (fault === 'exhaust') {
    const hoard: number[][] = []
    for (;;) hoard.push(Array.from({ length: 100_000 }, (_, index) => index * 1.5))
  }
  if (fault === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

function header({ number, supplier }: PlainInvoice): InvoiceHeader {
  return {
    number,
    issueDate: '2026-11-22',
    typeCode: '380',
    supplierType: '1',
    supplierId: supplier,
    supplierName: null,
    recipientId: '00000000005734',
    recipientName: null,
    serviceCode: null,
    engagement: null,
    currency: 'EUR',
    amountDue: '1.00',
  }
}
