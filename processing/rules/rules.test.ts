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
const LONG = (characters: number): string => '9'.repeat(characters)
const PAYEE = (siren: string, name = 'P'): string =>
  `<cac:PayeeParty><cac:PartyIdentification><cbc:ID schemeID="0002">${siren}</cbc:ID></cac:PartyIdentification><cac:PartyName><cbc:Name>${name}</cbc:Name></cac:PartyName></cac:PayeeParty>`
const PRECEDING =
  '<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F0</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>'
const PAYMENT_MEANS = /<cac:PaymentMeans>[^]*?<\/cac:PaymentMeans>/
const IBAN = /(<cac:PayeeFinancialAccount>\s*<cbc:ID>)[^<]*/
const IBAN_END = /<\/cbc:ID>\s*<\/cac:PayeeFinancialAccount>/
const SUPPLIER_ID_GROUP =
  /<cac:PartyIdentification>\s*<cbc:ID schemeID="0009">00000000005719<\/cbc:ID>\s*<\/cac:PartyIdentification>/
const BUYER_ID_GROUP =
  /<cac:PartyIdentification>\s*<cbc:ID schemeID="0009">00000000005734<\/cbc:ID>\s*<\/cac:PartyIdentification>/
const PDF_NAME = 'filename="facture.pdf"'
const PDF_CONTENT = /(filename="facture.pdf">)[^<]*/

/** What is done to the good invoice, and which rules must then speak. */
const CASES: readonly (readonly [rules: string, what: string, xml: () => string])[] = [
  ['BR-01', 'blank BT-24', () => change(['urn:cen.eu:en16931:2017', ' \n'])],
  ['BR-02', 'blank number', () => change(['<cbc:ID>F1</cbc:ID>', '<cbc:ID> </cbc:ID>'])],
  ['BR-03 XSD-MISSING', 'no date', () => without(/<cbc:IssueDate>.*<\/cbc:IssueDate>\n/)],
  ['BR-04', 'no type code', () => without(/<cbc:InvoiceTypeCode>.*<\/cbc:InvoiceTypeCode>\n/)],
  [
    'BR-05 BR-CL-04 BR-CO-15',
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
    'BR-11 BR-CL-14',
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
  ['BR-15 BR-CO-16 XSD-MISSING', 'no BT-115', () => without(PAYABLE)],
  [
    'BR-16 BR-CO-10 BR-S-01 BR-S-08 XSD-MISSING',
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
    'BR-DEC-23 UBL-DT-01',
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
    '!BR-CO-11',
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
  [
    '!BR-CO-16',
    'an amount due less what is paid',
    () => change([PAYABLE, PREPAID('4.00', '50.00')]),
  ],
  [
    '!BR-CO-16',
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
    '!BR-FR-CPRO-02',
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
    '!BR-FR-CPRO-03',
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
  [
    'BR-FR-CPRO-04',
    'a VAT number of 18 characters',
    () => change([SUPPLIER_ID, '<cbc:ID schemeID="0223">DE1234567890123456</cbc:ID>']),
  ],
  [
    'BR-FR-CPRO-05',
    'a non-EU number of 18 characters',
    () => change([SUPPLIER_ID, '<cbc:ID schemeID="0227">US1234567890123456</cbc:ID>']),
  ],
  [
    'BR-FR-CPRO-06 ID-RIDET',
    'a RIDET of letters',
    () => change([SUPPLIER_ID, '<cbc:ID schemeID="0228">ABC</cbc:ID>']),
  ],
  [
    'BR-FR-CPRO-07 ID-TAHITI',
    'a TAHITI number of 3 characters',
    () => change([SUPPLIER_ID, '<cbc:ID schemeID="0229">A12</cbc:ID>']),
  ],
  [
    'BR-FR-CPRO-08',
    'an individual without ten digits',
    () => change([SUPPLIER_ID, '<cbc:ID schemeID="0226">DUPONT</cbc:ID>']),
  ],
  [
    'BR-FR-CPRO-09 ID-SIREN',
    'a supplier with a wrong SIREN and no SIRET',
    () => change([SUPPLIER_ID, '<cbc:ID schemeID="0002">123456789</cbc:ID>']),
  ],
  [
    'BR-FR-CPRO-17',
    'a payee with a SIREN only',
    () => change(['<cac:PaymentMeans>', `${PAYEE('000000000')}<cac:PaymentMeans>`]),
  ],
  [
    'ID-VAT-FR',
    'a French VAT number with a wrong key',
    () => change([/>FR\d\d000000000</, '>FR99356000000<']),
  ],
  [
    'BR-FR-CPRO-14',
    'a contract number of 51 characters',
    () =>
      change([
        '<cac:AdditionalDocumentReference>',
        `<cac:ContractDocumentReference><cbc:ID>${LONG(51)}</cbc:ID></cac:ContractDocumentReference><cac:AdditionalDocumentReference>`,
      ]),
  ],
  ['BR-FR-CPRO-15', 'an engagement of 51 characters', () => change(['>ENG-1<', `>${LONG(51)}<`])],
  [
    'BR-FR-CPRO-30',
    'a supporting document reference of 51 characters',
    () => change([/(<cac:AdditionalDocumentReference>\s*<cbc:ID>)[^<]*/, `$1${LONG(51)}`]),
  ],
  [
    'BR-FR-CPRO-31',
    'a note of 1,025 characters',
    () =>
      change([
        '<cbc:DocumentCurrencyCode>',
        `<cbc:Note>${LONG(1_025)}</cbc:Note><cbc:DocumentCurrencyCode>`,
      ]),
  ],
  [
    'BR-FR-CPRO-32',
    'a service code of 101 characters',
    () => change(['>SERVICE-1<', `>${LONG(101)}<`]),
  ],
  [
    'BR-FR-CPRO-34',
    'a payee name of 100 characters',
    () => change(['<cac:PaymentMeans>', `${PAYEE('000000000', LONG(100))}<cac:PaymentMeans>`]),
  ],
  [
    'BR-FR-CPRO-35',
    'payment terms of 1,025 characters',
    () => change(['>Paiement à 30 jours<', `>${LONG(1_025)}<`]),
  ],
  [
    'BR-FR-CPRO-36',
    'a seller name of 100 characters',
    () => change(['>Fournisseur Exemple SAS<', `>${LONG(100)}<`]),
  ],
  [
    'BR-FR-CPRO-37',
    'a seller trading name of 100 characters',
    () =>
      change([
        SUPPLIER_ID_GROUP,
        `$&<cac:PartyName><cbc:Name>${LONG(100)}</cbc:Name></cac:PartyName>`,
      ]),
  ],
  ['BR-FR-CPRO-39', 'an account of 28 characters', () => change([IBAN, `$1${LONG(28)}`])],
  [
    'BR-FR-CPRO-42',
    'an item description of 1,025 characters',
    () => change(['<cac:Item>', `<cac:Item><cbc:Description>${LONG(1_025)}</cbc:Description>`]),
  ],
  [
    'BR-FR-CPRO-43',
    'a buyer name of 100 characters',
    () => change(['>Commune Exemple<', `>${LONG(100)}<`]),
  ],
  [
    'BR-FR-CPRO-44',
    'a buyer trading name of 100 characters',
    () =>
      change([
        BUYER_ID_GROUP,
        `$&<cac:PartyName><cbc:Name>${LONG(100)}</cbc:Name></cac:PartyName>`,
      ]),
  ],
  [
    'BR-FR-CPRO-20',
    'two preceding invoices',
    () => change(['<cac:AdditionalDocumentReference>', `${PRECEDING.repeat(2)}$&`]),
  ],
  [
    'BR-FR-CPRO-25',
    'two texts of payment terms',
    () => change([/(<cac:PaymentTerms>[^]*?<\/cac:PaymentTerms>)/, '$1$1']),
  ],
  [
    'BR-FR-CPRO-26',
    'two contacts of the supplier',
    () =>
      change([
        /(<cac:PartyLegalEntity>[^]*?<\/cac:PartyLegalEntity>)/,
        '$1<cac:Contact/><cac:Contact/>',
      ]),
  ],
  [
    'BR-FR-CPRO-27',
    'two contacts of the customer',
    () =>
      change([/(Commune Exemple[^]*?<\/cac:PartyLegalEntity>)/, '$1<cac:Contact/><cac:Contact/>']),
  ],
  ['G1.02', 'framework A11', () => change(['>A1<', '>A11<'])],
  ['G1.02', 'a framework of the reform', () => change(['>A1<', '>B1<'])],
  ['CPRO-FRAMEWORK', 'a works framework in an ordinary flow', () => change(['>A1<', '>A4<'])],
  ['CPRO-TYPE', 'a corrected invoice', () => change(['>380<', '>384<'])],
  ['CPRO-A2-PAID', 'an invoice already paid with an amount due', () => change(['>A1<', '>A2<'])],
  ['CPRO-PAYMENT', 'no payment means', () => without(PAYMENT_MEANS)],
  ['S2.05', 'a SEPA transfer', () => change([/(<cbc:PaymentMeansCode[^>]*>)30</, '$158<'])],
  [
    'CPRO-ACCOUNT',
    'a transfer without account',
    () => without(/<cac:PayeeFinancialAccount>[^]*?<\/cac:PayeeFinancialAccount>/),
  ],
  [
    'CPRO-IBAN',
    'an IBAN with wrong check digits',
    () => change([IBAN, '$1FR7612345678901234567890123']),
  ],
  [
    'CPRO-BIC',
    'a BIC of 5 characters',
    () =>
      change([
        IBAN_END,
        '</cbc:ID><cac:FinancialInstitutionBranch><cbc:ID>ABCDE</cbc:ID></cac:FinancialInstitutionBranch></cac:PayeeFinancialAccount>',
      ]),
  ],
  [
    'CPRO-CREDIT-PAYMENT',
    'a credit note with a payment means',
    () =>
      makeUblInvoice({
        number: 'A1',
        issueDate: '2026-11-22',
        supplierSiret: '00000000005719',
        recipientSiret: '00000000005734',
        credit: true,
      }).replace('<cac:PaymentTerms>', `${PAYMENT_MEANS.exec(GOOD)![0]}<cac:PaymentTerms>`),
  ],
  [
    'DIR-02',
    'a supplier whose SIRET has wrong check digits',
    () => change([SUPPLIER_ID, '<cbc:ID schemeID="0009">12345678901234</cbc:ID>']),
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

  // The rules of EN 16931 are held to their recorded verdicts elsewhere: here they must be among
  // those that speak. `!` = must keep silent.
  test.each(CASES)('[%s] speak of: %s', (rules, _what, xml) => {
    const found = new Set(judge(xml()).findings.map(({ rule }) => rule))
    const wrong = rules
      .split(' ')
      .filter((rule) => (rule.startsWith('!') ? found.has(rule.slice(1)) : !found.has(rule)))
    expect(wrong).toEqual([])
  })

  test('every rule of Chorus Pro has a case', () => {
    const spoken = new Set(CASES.flatMap(([rules]) => rules.split(' ')))
    const own = RULES.filter(
      ({ sets }) => sets.includes('chorus-pro') || sets.includes('directory'),
    )
    // BR-FR-CPRO-19 wants a million lines; those of CPPFactureMixte have cases with that format.
    const silent = own.map(({ id }) => id).filter((id) => !spoken.has(id))
    expect(silent.filter((id) => !id.startsWith('CPP-'))).toEqual(['BR-FR-CPRO-19'])
  })

  test('every rule has a unique id, and speaks two languages', () => {
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
    const finding = judge(note.replace(pattern, '')).findings.find(({ rule }) =>
      /^BR-(04|16)$/.test(rule),
    )
    expect(finding!.platformText).toBe(`L’élément CreditNote.${element} est obligatoire.`)
    expect(finding!.remedy.en).toContain(element)
  })

  test('the fictional SIREN stands in for real ones in qualification only', () => {
    const settings = { ...POLICY.settings, environment: 'production' } as const
    const { findings } = checkInvoice(
      { part: 1, file: 'F1.xml', bytes: Buffer.from(GOOD) },
      { ...POLICY, settings },
    )
    const found = findings.map(({ rule, severity }) => [rule, severity])
    expect(found).toContainEqual(['DIR-01', 'fatal'])
    expect(found).toContainEqual(['DIR-02', 'warning'])
  })

  test('one rule broken at very many places is listed at some of them', () => {
    const line =
      '<cac:InvoiceLine><cbc:LineExtensionAmount>x</cbc:LineExtensionAmount></cac:InvoiceLine>'
    const verdict = judge(GOOD.replace('</Invoice>', `${line.repeat(5_000)}</Invoice>`))
    expect(verdict.isCorrect).toBe(false)
    // At most 50 places for each of the rules that such a line breaks.
    expect(verdict.findings.length).toBeLessThan(1_000)
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
