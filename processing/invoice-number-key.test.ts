import { describe, expect, test } from 'vitest'
import { invoiceNumberKey, type NumberedInvoice } from './invoice-number-key.ts'

const INVOICE: NumberedInvoice = {
  number: 'F1',
  supplier_type: '1',
  supplier_id: '00000000005719',
  issue_date: '2026-11-22',
}
const key = (changes: Partial<NumberedInvoice> = {}, withinYear = false) =>
  invoiceNumberKey({ ...INVOICE, ...changes }, withinYear)

describe('the key of an invoice number', () => {
  test('is the supplier’s type, the supplier and the number', () => {
    expect(key()).toBe('1|00000000005719|F1')
    expect(key({ supplier_type: '2' })).not.toBe(key())
    expect(key({ supplier_id: '00000000005734' })).not.toBe(key())
    expect(key({ number: 'f1' })).not.toBe(key())
    expect(key({ issue_date: '2027-01-01' })).toBe(key())
  })

  test('has the year of issue too where numbers may come back', () => {
    expect(key({}, true)).toBe('1|00000000005719|F1|2026')
    expect(key({ issue_date: '2026-01-01' }, true)).toBe(key({}, true))
    expect(key({ issue_date: '2027-01-01' }, true)).not.toBe(key({}, true))
  })

  test('is no other invoice’s, whatever its parts hold', () => {
    const keys = [
      key({ supplier_id: 'A|B', number: 'C' }),
      key({ supplier_id: 'A', number: 'B|C' }),
      key({ supplier_id: 'A\\', number: 'B|C' }),
      key({ supplier_id: 'A\\|B', number: 'C' }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('is missing without a number or a supplier', () => {
    expect(key({ number: null })).toBeUndefined()
    expect(key({ supplier_id: null })).toBeUndefined()
  })
})
