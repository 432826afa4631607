import { describe, expect, test } from 'vitest'
import { findInterfaceCode } from '../config/interface-codes.ts'
import { checkInvoice } from '../test/support/check-invoice.ts'
import type { CheckPolicy } from './check-invoices.ts'
import { makeUblInvoice, type SampleFault, type SampleInvoice } from './formats/ubl/sample.ts'

const SETTINGS: CheckPolicy['settings'] = {
  environment: 'qualification',
  utf8Only: false,
  family: null,
  requirePdf: false,
  strictFacturX: false,
  unknownRecipient: 'warn',
}
const COMPLETE = findInterfaceCode('FSO1100A')!.ruleSets
const MINIMAL = findInterfaceCode('FSO1110A')!.ruleSets

const SAMPLE: SampleInvoice = {
  number: 'F-2026-0001',
  issueDate: '2026-11-22',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
}

function check(
  content: string | Buffer,
  changes: Partial<CheckPolicy['settings']> = {},
  ruleSets = COMPLETE,
) {
  return checkInvoice(
    { part: 7, file: 'F7.xml', bytes: Buffer.from(content) },
    { ruleSets, format: 'ubl', settings: { ...SETTINGS, ...changes } },
  )
}
const rulesOf = (
  content: string | Buffer,
  changes: Partial<CheckPolicy['settings']> = {},
  ruleSets = COMPLETE,
) => check(content, changes, ruleSets).findings.map(({ rule }) => rule)

describe('a sample invoice', () => {
  test.each([{}, { credit: true }, { lines: 500 }])(
    '%j is correct under every rule set',
    (options) => {
      const strict = {
        utf8Only: true,
        family: 'E2',
        requirePdf: true,
        strictFacturX: false,
        unknownRecipient: 'refuse',
      } as const
      expect(check(makeUblInvoice({ ...SAMPLE, ...options }), strict)).toMatchObject({
        findings: [],
        isCorrect: true,
        structureFailed: false,
      })
    },
  )

  test('that is minimal passes the minimal rules only', () => {
    const minimal = makeUblInvoice({ ...SAMPLE, complete: false })
    expect(rulesOf(minimal, { family: 'E2' }, MINIMAL)).toEqual(['CPRO-PAYMENT'])
    expect(check(minimal, { family: 'E2' }, MINIMAL).isCorrect).toBe(true)
    expect(rulesOf(minimal)).toEqual(expect.arrayContaining(['BR-01', 'CPRO-PAYMENT']))
  })

  test('gives its header', () => {
    expect(check(makeUblInvoice(SAMPLE)).header).toEqual({
      number: 'F-2026-0001',
      issueDate: '2026-11-22',
      typeCode: '380',
      supplierType: '1',
      supplierId: '00000000005719',
      supplierName: 'Fournisseur Exemple SAS',
      recipientId: '00000000005734',
      recipientName: 'Commune Exemple',
      serviceCode: 'SERVICE-1',
      engagement: 'ENG-1',
      currency: 'EUR',
      amountDue: '54.00',
    })
  })

  const faults: Readonly<Record<SampleFault, readonly string[]>> = {
    'no-number': ['XSD-MISSING', 'BR-02'],
    'no-date': ['XSD-MISSING', 'BR-03'],
    'wrong-total': ['BR-CO-13', 'BR-CO-15', 'BR-CO-16'],
    'no-lines': ['XSD-MISSING', 'BR-16', 'BR-S-01', 'BR-S-08'],
    'long-number': ['BR-FR-CPRO-02'],
    'no-supplier-siret': ['BR-FR-CPRO-03', 'BR-FR-CPRO-09'],
    'no-recipient-siret': ['BR-FR-CPRO-10'],
    'comma-in-amount': ['XSD-DECIMAL', 'BR-CO-16'],
    cut: ['XML-MALFORMED'],
  }
  test.each(Object.entries(faults))('with the fault %s is refused by its rules', (fault, rules) => {
    const verdict = check(makeUblInvoice({ ...SAMPLE, fault: fault as SampleFault }))
    const found = verdict.findings.map(({ rule }) => rule)
    expect(found.toSorted()).toEqual(rules.toSorted())
    expect(verdict.isCorrect).toBe(false)
    expect(verdict.structureFailed).toBe(rules.some((rule) => /^X[SM]/.test(rule)))
  })
})

describe('a finding', () => {
  test('says which invoice, which rule, where, why and what to do', () => {
    const { findings } = check(makeUblInvoice({ ...SAMPLE, fault: 'wrong-total' }))
    expect(findings.find(({ rule }) => rule === 'BR-CO-13')).toMatchObject({
      rule: 'BR-CO-13',
      severity: 'fatal',
      nature: 'ERR_FCT',
      code: 'ERR_FCT_008',
      invoice: 'F-2026-0001',
      part: 7,
      file: 'F7.xml',
      path: '/ubl:Invoice[1]/cac:LegalMonetaryTotal[1]',
      line: 18,
      column: 1,
      terms: ['BT-107', 'BT-108', 'BT-109', 'BT-131'],
      message: {
        en: 'The amounts do not agree: the total without VAT (BT-109) is BT-106 - BT-107 + BT-108. Stated 46.00, computed 45.00.',
        fr: 'Les montants ne concordent pas : le total hors TVA (BT-109) est BT-106 - BT-107 + BT-108. Indiqué 46.00, calculé 45.00.',
      },
      remedy: {
        en: 'Correct the total, or the amounts it is made of.',
        fr: 'Corrigez le total, ou les montants qui le composent.',
      },
      platformText: 'Incohérence de montants (Invoice.LegalMonetaryTotal).',
    })
  })

  test('on a missing element names it in the faithful text, at its parent', () => {
    const { findings } = check(makeUblInvoice({ ...SAMPLE, fault: 'no-number' }))
    expect(findings.find(({ rule }) => rule === 'BR-02')).toMatchObject({
      path: '/ubl:Invoice[1]',
      line: 2,
      platformText: 'L’élément Invoice.ID est obligatoire.',
    })
    expect(findings[0]).not.toHaveProperty('invoice')
  })

  test('on what is ill-formed gives line and position', () => {
    const { findings, header } = check('<Invoice>\n  <a></b>')
    expect(findings).toMatchObject([{ code: 'ERR_XSD_001', rule: 'FMT-UNKNOWN-ROOT', line: 1 }])
    expect(header.number).toBeNull()
    const cut = check(makeUblInvoice(SAMPLE).slice(0, -20)).findings[0]
    expect(cut?.platformText).toMatch(
      /^Irrecevable : fichier non conforme au schéma \(ligne \d+, position \d+\)\.$/,
    )
  })
})

describe('another format than the code announces', () => {
  test.each([
    [
      '<r:CrossIndustryInvoice xmlns:r="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"/>',
      'FMT-CII',
    ],
    [
      '<r:CrossIndustryDocument xmlns:r="urn:ferd:CrossIndustryDocument:invoice:1p0"/>',
      'FMT-ZUGFERD-1',
    ],
    ['<PES_Facture xmlns="http://www.minefi.gouv.fr/cp/helios/pes_v2/x"/>', 'FMT-PES'],
    ['<CPPFactureMixte/>', 'FMT-CPP'],
    ['<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', 'FMT-UBL-OTHER'],
    [
      '<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>',
      'FMT-UBL-VERSION',
    ],
    ['<html/>', 'FMT-WEB-PAGE'],
    ['<x/>', 'FMT-UNKNOWN-ROOT'],
    ['%PDF-1.7', 'FMT-PDF'],
    ['PK\u0003\u0004', 'FMT-ZIP'],
    ['\u001f\u008b\u0008', 'FMT-GZIP'],
    ['', 'XML-EMPTY'],
  ])('%s: %s', (content, rule) => {
    const verdict = check(Buffer.from(content, 'latin1'))
    expect(verdict.findings).toMatchObject([{ rule, code: 'ERR_XSD_001', severity: 'fatal' }])
    expect(verdict).toMatchObject({ isCorrect: false, structureFailed: true })
  })
})

describe('settings', () => {
  test('another encoding than UTF-8 warns, or is fatal with utf8Only', () => {
    const latin1 = Buffer.from(
      makeUblInvoice(SAMPLE).replace('UTF-8', 'ISO-8859-1').replaceAll('’', "'"),
      'latin1',
    )
    expect(check(latin1)).toMatchObject({
      isCorrect: true,
      findings: [
        {
          rule: 'XML-NOT-UTF-8',
          severity: 'warning',
          message: { en: expect.not.stringContaining('syntax') as string },
        },
      ],
    })
    expect(check(latin1, { utf8Only: true })).toMatchObject({
      isCorrect: false,
      structureFailed: true,
    })
  })

  test('a mixed invoice without its PDF warns, or is fatal with requirePdf', () => {
    const bare = makeUblInvoice({ ...SAMPLE, pdf: false })
    expect(rulesOf(bare)).toEqual([])
    expect(check(bare, { family: 'E2' })).toMatchObject({
      isCorrect: true,
      findings: [{ rule: 'PJ-PDF' }],
    })
    expect(check(bare, { family: 'E2', requirePdf: true }).isCorrect).toBe(false)
  })

  test.each([
    ['refuse', 'fatal'],
    ['warn', 'warning'],
    ['learn', 'information'],
  ] as const)('a recipient no directory can hold: %s makes it %s', (unknownRecipient, severity) => {
    const invoice = makeUblInvoice({ ...SAMPLE, recipientSiret: '12345678901234' })
    const { findings } = check(invoice, { unknownRecipient })
    expect(findings.find(({ rule }) => rule === 'DIR-01')).toMatchObject({ severity })
  })
})
