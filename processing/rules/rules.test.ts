import { describe, expect, test } from 'vitest'
import { checkInvoice } from '../../test/support/check-invoice.ts'
import type { CheckPolicy } from '../check-invoices.ts'
import { makeUblInvoice } from '../formats/ubl/sample.ts'
import { MOTIVES } from '../motives.ts'
import { RULES } from './rules.ts'

const POLICY: CheckPolicy = {
  ruleSets: ['structure', 'en16931', 'chorus-pro', 'directory'],
  format: 'ubl',
  settings: {
    environment: 'qualification',
    utf8Only: true,
    family: 'E2',
    requirePdf: true,
    strictFacturX: false,
    unknownRecipient: 'refuse',
  },
}
const GOOD = makeUblInvoice({
  number: 'F1',
  issueDate: '2026-11-22',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
})

const judge = (xml: string) =>
  checkInvoice({ part: 1, file: 'F1.xml', bytes: Buffer.from(xml) }, POLICY)

/** Replaces in the good invoice; the pattern must be there, else the test proves nothing. */
function change(...changes: readonly (readonly [RegExp | string, string])[]): string {
  return changes.reduce((xml, [pattern, replacement]) => {
    const changed = xml.replace(pattern, replacement)
    expect(changed).not.toBe(xml)
    return changed
  }, GOOD)
}
const without = (...patterns: readonly RegExp[]): string =>
  change(...patterns.map((pattern) => [pattern, ''] as const))

const SELLER_NAME = '<cbc:RegistrationName>Fournisseur Exemple SAS</cbc:RegistrationName>'
const BUYER_NAME = '<cbc:RegistrationName>Commune Exemple</cbc:RegistrationName>'
const SUPPLIER_ID = '<cbc:ID schemeID="0009">00000000005719</cbc:ID>'
const BUYER_ID = '<cbc:ID schemeID="0009">00000000005734</cbc:ID>'
const ALLOWANCE = (amount: string, indicator = 'false'): string =>
  `<cac:AllowanceCharge><cbc:ChargeIndicator>${indicator}</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">${amount}</cbc:Amount></cac:AllowanceCharge><cac:TaxTotal>`
const PREPAID = (prepaid: string, due: string): string =>
  `<cbc:PrepaidAmount currencyID="EUR">${prepaid}</cbc:PrepaidAmount><cbc:PayableAmount currencyID="EUR">${due}</cbc:PayableAmount>`
const PAYABLE = /<cbc:PayableAmount[^/]*\/cbc:PayableAmount>/
const PDF_NAME = 'filename="facture.pdf"'
const PDF_CONTENT = /(filename="facture.pdf">)[^<]*/

/** What is done to the good invoice, and which rules must then speak. */
const CASES: readonly (readonly [rules: string, what: string, xml: () => string])[] = [
  ['BR-01', 'blank BT-24', () => change(['urn:cen.eu:en16931:2017', ' \n'])],
  ['BR-02', 'blank number', () => change(['<cbc:ID>F1</cbc:ID>', '<cbc:ID> </cbc:ID>'])],
  ['BR-03', 'no date', () => without(/<cbc:IssueDate>.*<\/cbc:IssueDate>\n/)],
  ['BR-04', 'no type code', () => without(/<cbc:InvoiceTypeCode>.*<\/cbc:InvoiceTypeCode>\n/)],
  [
    'BR-05 BR-CO-15',
    'blank currency',
    () => change(['>EUR</cbc:DocumentCurrencyCode>', '></cbc:DocumentCurrencyCode>']),
  ],
  [
    'BR-05',
    'no currency',
    () => without(/<cbc:DocumentCurrencyCode>EUR<\/cbc:DocumentCurrencyCode>\n/),
  ],
  ['BR-06', 'no seller name', () => change([SELLER_NAME, ''])],
  ['BR-07', 'no buyer name', () => change([BUYER_NAME, ''])],
  ['BR-08', 'no seller address', () => without(/<cac:PostalAddress>.*?<\/cac:PostalAddress>/)],
  ['BR-09', 'no seller country', () => without(/<cac:Country>.*?<\/cac:Country>/)],
  [
    'BR-10',
    'no buyer address',
    () =>
      GOOD.replace(
        /(<cac:AccountingCustomerParty>.*?)<cac:PostalAddress>.*?<\/cac:PostalAddress>/,
        '$1',
      ),
  ],
  [
    'BR-11',
    'blank buyer country',
    () => GOOD.replace(/(<cac:AccountingCustomerParty>.*?IdentificationCode>)FR/, '$1 '),
  ],
  [
    'BR-12 BR-CO-10 BR-CO-13',
    'no BT-106',
    () => without(/<cbc:LineExtensionAmount[^/]*\/cbc:LineExtensionAmount>/),
  ],
  [
    'BR-13 BR-CO-13 BR-CO-15',
    'no BT-109',
    () => without(/<cbc:TaxExclusiveAmount[^/]*\/cbc:TaxExclusiveAmount>/),
  ],
  [
    'BR-14 BR-CO-15 BR-CO-16',
    'no BT-112',
    () => without(/<cbc:TaxInclusiveAmount[^/]*\/cbc:TaxInclusiveAmount>/),
  ],
  ['BR-15 BR-CO-16', 'no BT-115', () => without(PAYABLE)],
  [
    'BR-16 BR-CO-10',
    'no lines',
    () =>
      without(
        /<cac:InvoiceLine>.*<\/cac:InvoiceLine>\n/,
        /<cac:InvoiceLine>.*<\/cac:InvoiceLine>\n/,
      ),
  ],
  [
    'BR-CO-10',
    'a line of another amount',
    () => change([/(<cac:InvoiceLine>.*?LineExtensionAmount currencyID="EUR">)12.50/, '$112.51']),
  ],
  [
    '',
    'line amounts that round to the total',
    () => change([/(<cac:InvoiceLine>.*?LineExtensionAmount currencyID="EUR">)12.50/, '$112.504']),
  ],
  ['BR-CO-11', 'an allowance without a total', () => change(['<cac:TaxTotal>', ALLOWANCE('1.00')])],
  ['BR-CO-11', 'an allowance marked 0', () => change(['<cac:TaxTotal>', ALLOWANCE('1.00', '0')])],
  [
    'BR-CO-12',
    'a charge without a total',
    () => change(['<cac:TaxTotal>', ALLOWANCE('1.00', 'true')]),
  ],
  [
    'BR-CO-11 BR-CO-13',
    'a total without an allowance',
    () =>
      change([
        PAYABLE,
        '<cbc:AllowanceTotalAmount currencyID="EUR">1.00</cbc:AllowanceTotalAmount>$&',
      ]),
  ],
  [
    '',
    'an allowance of nothing, totalled',
    () =>
      change(
        ['<cac:TaxTotal>', ALLOWANCE('0')],
        [PAYABLE, '<cbc:AllowanceTotalAmount currencyID="EUR">0.00</cbc:AllowanceTotalAmount>$&'],
      ),
  ],
  [
    'BR-CO-14 BR-CO-15',
    'VAT that is not its breakdown',
    () =>
      change([
        '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">9.00',
        '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">9.01',
      ]),
  ],
  [
    'BR-CO-15',
    'VAT in another currency only',
    () =>
      change([
        '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">',
        '<cac:TaxTotal><cbc:TaxAmount currencyID="USD">',
      ]),
  ],
  [
    'BR-CO-16',
    'an amount due that forgets what is paid',
    () => change([PAYABLE, PREPAID('4.00', '54.00')]),
  ],
  ['', 'an amount due less what is paid', () => change([PAYABLE, PREPAID('4.00', '50.00')])],
  [
    '',
    'an amount due that is rounded',
    () =>
      change([
        PAYABLE,
        '<cbc:PayableRoundingAmount currencyID="EUR">-0.02</cbc:PayableRoundingAmount><cbc:PayableAmount currencyID="EUR">53.98</cbc:PayableAmount>',
      ]),
  ],
  [
    'BR-FR-CPRO-02',
    'a number of 21 characters',
    () => change(['<cbc:ID>F1</cbc:ID>', `<cbc:ID>${'1'.repeat(21)}</cbc:ID>`]),
  ],
  [
    '',
    'a number of 20 characters',
    () => change(['<cbc:ID>F1</cbc:ID>', `<cbc:ID> ${'1'.repeat(20)} </cbc:ID>`]),
  ],
  [
    'BR-FR-CPRO-02',
    'a long preceding number',
    () =>
      change([
        '<cac:AdditionalDocumentReference>',
        `<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>${'1'.repeat(21)}</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>$&`,
      ]),
  ],
  [
    'BR-FR-CPRO-03',
    'a supplier with its SIREN only',
    () => change([SUPPLIER_ID, '<cbc:ID schemeID="0002">000000000</cbc:ID>']),
  ],
  [
    '',
    'a supplier by Chorus Pro’s own type',
    () => change([SUPPLIER_ID, '<cbc:ID schemeName="1">00000000005719</cbc:ID>']),
  ],
  [
    'DIR-02',
    'a supplier whose SIRET has a wrong key',
    () => change([SUPPLIER_ID, '<cbc:ID schemeID="0009">12345678901234</cbc:ID>']),
  ],
  [
    'BR-FR-CPRO-10',
    'a customer with a SIREN as SIRET',
    () => change([BUYER_ID, '<cbc:ID schemeID="0009">000000000</cbc:ID>']),
  ],
  [
    'BR-FR-CPRO-10',
    'a customer without scheme',
    () => change([BUYER_ID, '<cbc:ID>00000000005734</cbc:ID>']),
  ],
  [
    'DIR-01',
    'a customer no directory can hold',
    () => change([BUYER_ID, '<cbc:ID schemeID="0009">12345678901234</cbc:ID>']),
  ],
  ['PJ-001', 'an attachment of 10 MiB', () => change([PDF_CONTENT, `$1${'A'.repeat(13_981_016)}`])],
  [
    'BR-FR-CPRO-41',
    'an attachment with a long name',
    () => change([PDF_NAME, `filename="${'a'.repeat(47)}.pdf"`]),
  ],
  ['BR-FR-CPRO-41', 'an attachment without a name', () => change([` ${PDF_NAME}`, ''])],
  ['PJ-003', 'an attachment without content', () => change([PDF_CONTENT, '$1 '])],
  [
    'PJ-004',
    'an attachment of an unknown kind',
    () => change([PDF_NAME, 'filename="facture.exe"']),
  ],
  [
    'PJ-PDF',
    'no PDF',
    () => without(/<cac:AdditionalDocumentReference>.*<\/cac:AdditionalDocumentReference>\n/),
  ],
  ['XSD-CARDINALITY', 'two issue dates', () => change([/<cbc:IssueDate>.*\n/, '$&$&'])],
  [
    'XSD-DECIMAL',
    'a comma in an amount',
    () => change([PAYABLE, '<cbc:PayableAmount currencyID="EUR">54,00</cbc:PayableAmount>']),
  ],
  ['XSD-DATE', 'a day that does not exist', () => change(['2026-11-22', '2026-02-30'])],
  [
    'XSD-BOOLEAN',
    'an indicator that is no boolean',
    () => change(['<cac:TaxTotal>', ALLOWANCE('1.00', 'yes')]),
  ],
  ['XSD-BASE64', 'an attachment that is no base64', () => change([PDF_CONTENT, '$1QUJ'])],
]

describe('the rules', () => {
  test('the invoice the cases start from is correct', () => {
    expect(judge(GOOD)).toMatchObject({ findings: [], isCorrect: true })
  })

  test.each(CASES)('[%s] speak of: %s', (rules, _what, xml) => {
    const found = judge(xml()).findings.map(({ rule }) => rule)
    expect(found.toSorted().join(' ')).toBe(rules.split(' ').toSorted().join(' '))
  })

  test('every rule has a case, a unique id, and speaks two languages', () => {
    const spoken = new Set(CASES.flatMap(([rules]) => rules.split(' ')))
    expect(RULES.map(({ id }) => id).filter((id) => !spoken.has(id))).toEqual([])
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length)
    for (const { message, remedy, code } of RULES) {
      expect(MOTIVES).toHaveProperty(code)
      for (const text of [message.en, message.fr, remedy.en, remedy.fr]) expect(text).not.toBe('')
    }
  })

  test.each([
    [{ documentTypeCode: 'CreditNoteTypeCode' }, /<cbc:CreditNoteTypeCode>.*\n/],
    [{ line: 'CreditNoteLine' }, /<cac:CreditNoteLine>.*<\/cac:CreditNoteLine>\n/g],
  ])('a credit note lacks its own elements, not those of an invoice: %o', (name, pattern) => {
    const element = Object.values(name)[0]!
    const note = makeUblInvoice({
      number: 'A1',
      issueDate: '2026-11-22',
      supplierSiret: '00000000005719',
      recipientSiret: '00000000005734',
      credit: true,
    })
    expect(judge(note).isCorrect).toBe(true)
    const [finding] = judge(note.replace(pattern, '')).findings
    expect(finding!.platformText).toBe(`L’élément CreditNote.${element} est obligatoire.`)
    expect(finding!.remedy.en).toContain(element)
  })

  test('the fictional SIREN stands in for real ones in qualification only', () => {
    const settings = { ...POLICY.settings, environment: 'production' } as const
    const { findings } = checkInvoice(
      { part: 1, file: 'F1.xml', bytes: Buffer.from(GOOD) },
      { ...POLICY, settings },
    )
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([
      ['DIR-01', 'fatal'],
      ['DIR-02', 'warning'],
    ])
  })

  test('one rule broken at very many places is listed at some of them', () => {
    const line =
      '<cac:InvoiceLine><cbc:LineExtensionAmount>x</cbc:LineExtensionAmount></cac:InvoiceLine>'
    const verdict = judge(GOOD.replace('</Invoice>', `${line.repeat(5_000)}</Invoice>`))
    expect(verdict.isCorrect).toBe(false)
    expect(verdict.findings.length).toBeLessThan(60)
  })

  test('very many lines under very many totals stay quick to judge', () => {
    const line =
      '<cac:InvoiceLine><cbc:LineExtensionAmount>1</cbc:LineExtensionAmount></cac:InvoiceLine>'
    const totals = '<cac:LegalMonetaryTotal/>'
    const xml = GOOD.replace(
      '</Invoice>',
      `${line.repeat(30_000)}${totals.repeat(30_000)}</Invoice>`,
    )
    expect(judge(xml).isCorrect).toBe(false)
  })
})
