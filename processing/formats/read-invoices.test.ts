import { describe, expect, test } from 'vitest'
import { issuesOf, readInvoices } from './read-invoices.ts'
import { NAMESPACES } from './xml/xml-names.ts'

const ubl = (content: string): Buffer =>
  Buffer.from(
    `<u:Invoice xmlns:u="${NAMESPACES.ubl}" xmlns:a="${NAMESPACES.cac}" xmlns:b="${NAMESPACES.cbc}">${content}</u:Invoice>`,
  )

function read(bytes: Buffer, expected: 'ubl' | 'cpp' | null = null) {
  const result = readInvoices(bytes, expected)
  if (result.outcome !== 'read') throw new Error(JSON.stringify(result.fault))
  return result
}

const cppInvoice = (number: string): string =>
  `<CPPFactureMixteUnitaire><Fournisseur/><DonneesFacture><Id>${number}</Id></DonneesFacture></CPPFactureMixteUnitaire>`

describe('reading a file of invoices', () => {
  test('goes by namespace and local name, whatever the prefixes', () => {
    const { document, format, invoices } = read(ubl('<b:ID> F<!-- -->1 </b:ID>'))
    expect([format.name, invoices]).toEqual(['ubl', [0]])
    expect(document.text(1)).toBe(' F1 ')
    expect(document.path(1)).toBe('/ubl:Invoice[1]/cbc:ID[1]')
  })

  test('lists at most twenty issues, and stays quick on very many repetitions', () => {
    const { issues } = read(
      ubl(
        `${'<a:InvoiceLine/>'.repeat(100_000)}${'<b:DueDate>2026-01-01</b:DueDate>'.repeat(100_000)}`,
      ),
    )
    expect(issues).toHaveLength(20)
  })

  test('knows the size of an attachment without keeping it', () => {
    const { document } = read(
      ubl(
        '<a:AdditionalDocumentReference><a:Attachment><b:EmbeddedDocumentBinaryObject>QUJD\r\nREU=</b:EmbeddedDocumentBinaryObject></a:Attachment></a:AdditionalDocumentReference>',
      ),
    )
    expect(document.binaryBytes(3)).toBe(5)
  })

  test('finds every invoice of a document of several, each with the issues that stand in it', () => {
    const found = read(
      Buffer.from(
        `<CPPFactureMixte><CPPFactures>${cppInvoice('A')}${cppInvoice('B')}</CPPFactures></CPPFactureMixte>`,
      ),
    )
    expect(found.invoices).toHaveLength(2)
    const [first, second] = found.invoices.map((root) => issuesOf(found, root))
    const inSecond = '/CPPFactureMixte[1]/CPPFactures[1]/CPPFactureMixteUnitaire[2]'
    expect(second!.length).toBeGreaterThan(0)
    expect(second!.every(({ place }) => place.path.startsWith(inSecond))).toBe(true)
    expect(first!.some(({ place }) => place.path.startsWith(inSecond))).toBe(false)
    // What is wrong outside all of them is said once.
    expect(first!.length + second!.length).toBe(found.issues.length)
  })

  test.each([
    ['an unknown root', '<Order/>', 'FMT-UNKNOWN-ROOT'],
    ['ZUGFeRD 1.0', '<CrossIndustryDocument/>', 'FMT-ZUGFERD-1'],
    ['PES Facture', '<PES_Facture/>', 'FMT-PES'],
    ['a web page', '<html/>', 'FMT-WEB-PAGE'],
    ['nothing', '', 'XML-EMPTY'],
    ['a zip', 'PK\u0003\u0004', 'FMT-ZIP'],
  ])('refuses %s by its own name', (_what, content, rule) => {
    expect(readInvoices(Buffer.from(content), null)).toMatchObject({
      outcome: 'refused',
      fault: { rule },
    })
  })

  test('takes only the format that the interface code announces', () => {
    expect(readInvoices(ubl(''), 'cii')).toMatchObject({ fault: { rule: 'FMT-UBL' } })
    expect(readInvoices(Buffer.from('%PDF-1.7'), 'ubl')).toMatchObject({
      fault: { rule: 'FMT-PDF' },
    })
    expect(readInvoices(Buffer.from('%PDF-1.7'), 'facturx')).toMatchObject({ fault: 'PDF-DAMAGED' })
  })
})
