import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeWithShared, shared } from '../../../test/support/shared.ts'
import { checkInvoices, type CheckPolicy } from '../../check-invoices.ts'
import { makeCppDocument } from '../cpp/sample.ts'
import { dayOf } from '../../returns/told-status.ts'
import { embeddedContents } from '../embedded-contents.ts'
import { InvoiceTerms } from '../invoice-terms.ts'
import type { BusinessGroupId, BusinessTermId } from '../business-terms.ts'
import type { PivotInvoice } from '../pivot/pivot-document.ts'
import { readInvoices } from '../read-invoices.ts'
import { makeUblInvoice } from './sample.ts'
import { ublInvoice } from './ubl-invoice.ts'

const POLICY: CheckPolicy = {
  ruleSets: ['structure', 'en16931'],
  format: null,
  settings: {
    environment: 'qualification',
    utf8Only: true,
    family: null,
    requirePdf: false,
    strictFacturX: false,
    unknownRecipient: 'warn',
  },
}

const JOURNALED: PivotInvoice = {
  invoiceId: 'flw_1-1',
  number: 'F-1',
  supplierType: '1',
  supplierId: '00000000005719',
  supplierName: 'Fournisseur Exemple SAS',
  recipientId: '00000000005734',
  recipientName: 'Commune Exemple',
  serviceCode: 'SERVICE-1',
  engagement: 'ENG-1',
  again: 'Non',
  receivedOn: '2026-11-22',
}
const SAMPLE = {
  number: 'F-1',
  issueDate: '2026-11-20',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
}

/** The UBL of the first invoice of a file. */
function written(bytes: Buffer, invoice = JOURNALED): string {
  const read = readInvoices(bytes, null)
  if (read.outcome !== 'read') throw new Error(JSON.stringify(read))
  const terms = new InvoiceTerms(read.document, read.invoices[0]!, read.format.name)
  return ublInvoice(terms, invoice, embeddedContents(terms, bytes))
}

const fatal = (bytes: Buffer): string[] =>
  checkInvoices({ part: 1, file: 'a.xml', bytes }, POLICY).invoices.flatMap(({ findings }) =>
    findings
      .filter(({ severity }) => severity === 'fatal')
      .map(({ rule, message, path }) => `${rule} ${path} ${message.en}`),
  )

describe('an invoice as UBL', () => {
  test.each([
    ['UBL', makeUblInvoice(SAMPLE)],
    ['a credit note in UBL', makeUblInvoice({ ...SAMPLE, credit: true })],
    ['the minimal UBL of the mixed codes', makeUblInvoice({ ...SAMPLE, complete: false })],
    ['CPPFactureMixte', makeCppDocument([SAMPLE])],
  ])('from %s satisfies the schema and EN 16931, and carries its PDF', (_, source) => {
    const ubl = written(Buffer.from(source))
    expect(fatal(Buffer.from(ubl))).toEqual([])
    expect(ubl).toContain('mimeCode="application/pdf"')
    const [, content = ''] = /EmbeddedDocumentBinaryObject[^>]*>([^<]*)/.exec(ubl) ?? []
    expect(Buffer.from(content, 'base64').toString('latin1')).toContain('%PDF-')
  })

  test('goes to whom it was recycled, under the service and engagement that it has now', () => {
    const recycled = {
      ...JOURNALED,
      recipientId: '00000000010017',
      serviceCode: 'OTHER',
      engagement: 'ENG-2',
      again: 'Recyclée' as const,
    }
    const ubl = written(Buffer.from(makeUblInvoice(SAMPLE)), recycled)
    expect(fatal(Buffer.from(ubl))).toEqual([])
    expect(ubl).toContain('<cbc:ID schemeID="0009">00000000010017</cbc:ID>')
    expect(ubl).toContain('<cbc:BuyerReference>OTHER</cbc:BuyerReference>')
    expect(ubl).toContain('<cac:OrderReference><cbc:ID>ENG-2</cbc:ID></cac:OrderReference>')
    expect(ubl).not.toContain('SERVICE-1')
  })
})

describeWithShared('invoices of public test suites', () => {
  const folders = ['xrechnung-testsuite', 'en16931-examples', 'own', 'facturx']
  const files = folders.flatMap((folder) => {
    const path = shared(`data/invoices/${folder}`)
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
    return names.filter((name) => /\.(xml|pdf)$/.test(name)).map((name) => join(path, name))
  })
  // Its line has another rate than its VAT breakdown, which the rules of CII do not see.
  const onlyGoodAsCii = 'own-02750.xml'
  const judged = files.filter((file) => basename(file) !== onlyGoodAsCii)
  const good = judged.filter((file) => fatal(readFileSync(file)).length === 0)

  test('there are some in both syntaxes', () => {
    expect(good.filter((file) => file.includes('uncefact')).length).toBeGreaterThan(20)
    expect(good.filter((file) => file.includes('ubl')).length).toBeGreaterThan(20)
  })

  test('that satisfy EN 16931 do so as UBL, whatever their syntax', () => {
    const bad = good.flatMap((file) =>
      fatal(Buffer.from(written(readFileSync(file)))).map((what) => `${basename(file)}: ${what}`),
    )
    expect(bad).toEqual([])
  })

  test('say as UBL what they said', () => {
    for (const file of good) {
      const bytes = readFileSync(file)
      const before = said(bytes)
      expect(said(Buffer.from(written(bytes))), file).toEqual(before)
    }
  })
})

const HEADER = '2 3 5 9 20 27 30 35 37 38 40 50 52 55 72 73 74 83 106 107 108 109 110 112 113 115'
  .split(' ')
  .map((number) => `BT-${number}` as BusinessTermId)
const OF_LINES = '126 127 129 131 134 146 148 149 151 152 153 154 155 157 158 159 161'
  .split(' ')
  .map((number) => `BT-${number}` as BusinessTermId)
const OF_GROUPS = {
  'BG-16': ['BT-81', 'BT-84', 'BT-86'],
  'BG-20': ['BT-92', 'BT-93', 'BT-94', 'BT-95', 'BT-96', 'BT-97', 'BT-98'],
  'BG-21': ['BT-99', 'BT-102', 'BT-103', 'BT-104'],
  'BG-23': ['BT-116', 'BT-117', 'BT-118', 'BT-119', 'BT-120'],
  'BG-25': OF_LINES,
  'BG-27': ['BT-136', 'BT-139'],
  'BG-28': ['BT-141', 'BT-144'],
} as const

/** The terms of an invoice, dates and amounts in one spelling. */
function said(bytes: Buffer): unknown {
  const read = readInvoices(bytes, null)
  if (read.outcome !== 'read') throw new Error(JSON.stringify(read))
  const terms = new InvoiceTerms(read.document, read.invoices[0]!, read.format.name)
  const text = (term: BusinessTermId, group?: number): string => {
    const found = group === undefined ? terms.text(term) : terms.text(term, group)
    // A tax total of nothing is written as one.
    if (term === 'BT-110' && found === '') return '0'
    const decimal = /^-?\d+\.\d+$/.test(found) ? found.replace(/\.?0+$/, '') : found
    return dayOf(decimal) ?? decimal
  }
  return [
    HEADER.map((term) => [term, text(term)]),
    Object.entries(OF_GROUPS).map(([group, ids]) =>
      terms
        .groups(group as BusinessGroupId)
        .map((node) => [group, ...ids.map((id) => [id, text(id, node)])]),
    ),
  ]
}
