import { describe, expect, test } from 'vitest'
import { checkInvoices, FURTHER_INVOICES, type CheckPolicy } from '../../check-invoices.ts'
import { makeCppDocument } from './sample.ts'

const POLICY: CheckPolicy = {
  ruleSets: ['structure', 'chorus-minimal', 'chorus-pro', 'directory'],
  format: 'cpp',
  settings: {
    environment: 'qualification',
    utf8Only: true,
    family: 'E2',
    requirePdf: true,
    strictFacturX: false,
    unknownRecipient: 'refuse',
  },
}

const invoice = {
  number: 'F1',
  issueDate: '2026-11-22',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
}
const GOOD = makeCppDocument([invoice, { ...invoice, number: 'F2' }])

const check = (xml: string) =>
  checkInvoices({ part: 3, file: 'lot.xml', bytes: Buffer.from(xml) }, POLICY).invoices
const rulesOf = (xml: string): string[][] =>
  check(xml).map(({ findings }) => findings.map(({ rule }) => rule))

describe('a CPPFactureMixte document', () => {
  test('holds several invoices, each judged by itself under an ordinal of its own', () => {
    const verdicts = check(GOOD)
    expect(verdicts.map(({ part, header }) => [part, header.number])).toEqual([
      [3, 'F1'],
      [3 + FURTHER_INVOICES, 'F2'],
    ])
    expect(rulesOf(GOOD)).toEqual([[], []])
    expect(verdicts[1]).toMatchObject({
      isCorrect: true,
      header: {
        supplierType: '1',
        supplierId: '00000000005719',
        recipientId: '00000000005734',
        engagement: 'ENG-1',
        amountDue: '120.00',
      },
      recipient: { siret: '00000000005734', engagement: { value: 'ENG-1' } },
    })
  })

  test('of more than ten thousand invoices is refused whole', () => {
    const units = '<CPPFactureMixteUnitaire/>'.repeat(10_001)
    const xml = `<CPPFactureMixte><CPPFactures>${units}</CPPFactures></CPPFactureMixte>`
    expect(rulesOf(xml)).toEqual([['XML-LIMIT-INVOICES']])
  })

  test('is refused for the invoice that is wrong, at its place', () => {
    const xml = makeCppDocument([invoice, { ...invoice, number: 'F2', hasWrongTotal: true }])
    expect(rulesOf(xml)).toEqual([[], ['CPP-MONTANTS']])
    expect(check(xml)[1]!.findings[0]!.path).toBe(
      '/CPPFactureMixte[1]/CPPFactures[1]/CPPFactureMixteUnitaire[2]/DonneesFacture[1]/Montants[1]/MontantTTC[1]',
    )
  })

  test('is refused for each invoice that breaks the schema, however many did before it', () => {
    const numbers = Array.from({ length: 30 }, (_, index) => `F${index}`)
    const xml = makeCppDocument(numbers.map((number) => ({ ...invoice, number })))
    const verdicts = check(xml.replaceAll(/(<Id>)(F\d+)(<\/Id>)(<Type>380<\/Type>)/g, '$4$1$2$3'))
    expect(verdicts.map(({ findings }) => findings.map(({ rule }) => rule))).toEqual(
      numbers.map(() => ['XSD-ORDER']),
    )
  })

  test.each([
    ['two readable invoices', '<TypePJ>02</TypePJ>', '<TypePJ>01</TypePJ>', []],
    ['no readable invoice', '<TypePJ>01</TypePJ>', '<TypePJ>02</TypePJ>', ['CPP-PJ-01']],
    [
      'a subcontractor without validator',
      '<Cadre>A1</Cadre>',
      '<Cadre>A9</Cadre>',
      ['CPP-VALIDEUR'],
    ],
    [
      'an unknown framework',
      '<Cadre>A1</Cadre>',
      '<Cadre>A11</Cadre>',
      ['XSD-ENUMERATION', 'G1.02'],
    ],
    ['no attachment', /<PJ [^]*?<\/PJ>\n/, '', ['XSD-MISSING', 'CPP-PJ-01', 'PJ-PDF']],
    [
      'a number of 21 characters',
      '<Id>F1</Id>',
      `<Id>${'9'.repeat(21)}</Id>`,
      ['XSD-LENGTH', 'BR-FR-CPRO-02'],
    ],
    ['a name of an attachment that runs', 'facture.pdf', 'facture.exe', ['PJ-004']],
    ['base64 that is none', /<Contenu>..../, '<Contenu>!', ['XSD-BASE64']],
    [
      'elements out of order',
      '<Id>F1</Id><Type>380</Type>',
      '<Type>380</Type><Id>F1</Id>',
      ['XSD-ORDER'],
    ],
  ])('%s', (_what, pattern, replacement, rules) => {
    const [first] = rulesOf(GOOD.replace(pattern, replacement))
    expect(first!.toSorted()).toEqual(rules.toSorted())
  })
})
