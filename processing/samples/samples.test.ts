import { describe, expect, test } from 'vitest'
import { checkInvoices, type CheckPolicy } from '../check-invoices.ts'
import { makeCppDocument } from '../formats/cpp/sample.ts'
import { makeUblInvoice } from '../formats/ubl/sample.ts'
import { adaptInvoice, SampleFault } from './adapt-invoice.ts'
import { breakInvoice } from './break-invoice.ts'

const POLICY: CheckPolicy = {
  ruleSets: ['structure', 'en16931', 'chorus-pro', 'directory'],
  format: null,
  settings: {
    environment: 'qualification',
    utf8Only: false,
    family: null,
    requirePdf: false,
    strictFacturX: false,
    unknownRecipient: 'warn',
  },
}
const OWN = {
  number: 'F-42',
  issueDate: '2026-11-22',
  supplierSiret: '73282932000074',
  recipientSiret: '35600000000048',
}
const ORDER = {
  number: 'NEW-1',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
}
const UBL = Buffer.from(makeUblInvoice(OWN))

describe('an own invoice', () => {
  test('is adapted to the structures of the data set, and stays as it was otherwise', () => {
    const adapted = adaptInvoice(UBL, ORDER)
    const [verdict] = checkInvoices({ part: 1, file: 'a.xml', bytes: adapted }, POLICY).invoices
    expect(verdict).toMatchObject({
      isCorrect: true,
      header: {
        number: 'NEW-1',
        supplierId: ORDER.supplierSiret,
        recipientId: ORDER.recipientSiret,
      },
    })
    const back = adapted
      .toString()
      .replaceAll('NEW-1', OWN.number)
      .replaceAll(ORDER.supplierSiret, OWN.supplierSiret)
      .replaceAll(ORDER.recipientSiret, OWN.recipientSiret)
    const changed = back.split('\n').filter((line, at) => line !== UBL.toString().split('\n')[at])
    // The SIRENs and the VAT number stand in the lines of the two parties.
    expect(changed.length).toBeLessThanOrEqual(2)
  })

  test('that holds several is renumbered throughout', () => {
    const cpp = makeCppDocument([OWN, { ...OWN, number: 'F-43' }])
    const bytes = adaptInvoice(Buffer.from(cpp), ORDER)
    const { invoices } = checkInvoices({ part: 1, file: 'a.xml', bytes }, POLICY)
    expect(invoices.map(({ header }) => header.number)).toEqual(['NEW-1', 'NEW-1-2'])
  })

  test('that is none is refused', () => {
    expect(() => adaptInvoice(Buffer.from('<x/>'), ORDER)).toThrow(SampleFault)
    expect(() => adaptInvoice(Buffer.from([0xff, 0xfe]), ORDER)).toThrow(SampleFault)
  })
})

describe('a fault made on purpose', () => {
  test.each([
    'BR-03',
    'BR-27',
    'BR-CO-10',
    'BR-CO-15',
    'BR-CL-04',
    'BR-DEC-23',
    'BR-FR-CPRO-02',
    'BR-FR-CPRO-15',
    'S2.05',
    'G1.02',
    'XSD-DATE',
    'BR-FR-CPRO-25',
  ])('%s is broken by one change', (rule) => {
    const broken = breakInvoice(UBL, rule, POLICY)
    const { invoices } = checkInvoices({ part: 1, file: 'a.xml', bytes: broken.xml }, POLICY)
    const found = new Set(invoices[0]!.findings.map((finding) => finding.rule))
    expect(found).toContain(rule)
    expect([...found].filter((id) => id !== rule).toSorted()).toEqual(broken.alsoBroken)
    expect(broken.change.element).not.toBe('')
  })

  test('that no single change makes is said to be none', () => {
    expect(() => breakInvoice(UBL, 'BR-NONE', POLICY)).toThrow(SampleFault)
  })
})
