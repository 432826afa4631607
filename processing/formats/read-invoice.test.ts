import { describe, expect, test } from 'vitest'
import { readInvoice } from './read-invoice.ts'
import { UBL_NAMESPACES } from './ubl/ubl-shape.ts'

const ubl = (content: string): Buffer =>
  Buffer.from(
    `<u:Invoice xmlns:u="${UBL_NAMESPACES.ubl}" xmlns:a="${UBL_NAMESPACES.cac}" xmlns:b="${UBL_NAMESPACES.cbc}">${content}</u:Invoice>`,
  )

function read(content: string) {
  const result = readInvoice(ubl(content), 'ubl')
  if (result.outcome === 'refused') throw new Error(result.fault.rule)
  return result
}

describe('reading an invoice', () => {
  test('goes by namespace, whatever the prefixes, and skips what it does not know', () => {
    const { invoice, issues } = read(
      '<x:ID xmlns:x="urn:other">no</x:ID><b:Unknown><b:ID>no</b:ID></b:Unknown><b:ID> F<!-- -->1 </b:ID>',
    )
    expect(invoice.number?.text).toBe(' F1 ')
    expect(invoice.number?.path).toBe('/ubl:Invoice[1]/cbc:ID[1]')
    expect(issues).toEqual([])
  })

  test('gives each term its path with positions, its line and its column', () => {
    const line = '<a:InvoiceLine><b:LineExtensionAmount>1</b:LineExtensionAmount></a:InvoiceLine>'
    const { invoice } = read(`\n${line}\n<a:TaxTotal/>  ${line}${line}`)
    expect(invoice.lines.map(({ place }) => [place.path, place.line, place.column])).toEqual([
      ['/ubl:Invoice[1]/cac:InvoiceLine[1]', 2, 1],
      ['/ubl:Invoice[1]/cac:InvoiceLine[2]', 3, 16],
      ['/ubl:Invoice[1]/cac:InvoiceLine[3]', 3, 16 + line.length],
    ])
    expect(invoice.lines[1]!.netAmount?.path).toBe(
      '/ubl:Invoice[1]/cac:InvoiceLine[2]/cbc:LineExtensionAmount[1]',
    )
  })

  test('takes the first of what may come once, and says so of the others', () => {
    const { invoice, issues } = read(
      '<b:ID>1</b:ID><b:IssueDate>2026-01-01</b:IssueDate><b:ID>2</b:ID>',
    )
    expect(invoice.number?.text).toBe('1')
    expect(issues.map(({ kind, place }) => [kind, place.path])).toEqual([
      ['CARDINALITY', '/ubl:Invoice[1]/cbc:ID[2]'],
    ])
  })

  test('lists at most twenty issues, and stays quick on very many repetitions', () => {
    const { issues, invoice } = read(
      `${'<a:InvoiceLine/>'.repeat(100_000)}${'<b:DueDate>2026-01-01</b:DueDate>'.repeat(100_000)}`,
    )
    expect(issues).toHaveLength(20)
    expect(invoice.lines).toHaveLength(100_000)
  })

  test('knows the size of an attachment without keeping it', () => {
    const { invoice } = read(
      '<a:AdditionalDocumentReference><a:Attachment><b:EmbeddedDocumentBinaryObject filename="a.pdf" mimeCode="application/pdf">QUJD\r\nREU=</b:EmbeddedDocumentBinaryObject></a:Attachment></a:AdditionalDocumentReference>',
    )
    expect(invoice.attachments).toMatchObject([
      { isEmbedded: true, fileName: 'a.pdf', mimeCode: 'application/pdf', bytes: 5 },
    ])
  })
})
