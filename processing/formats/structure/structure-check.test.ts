import { describe, expect, test } from 'vitest'
import { checkStructure } from '../../../test/support/check-structure.ts'
import { NAMESPACES } from '../xml/xml-names.ts'
import type { StructureIssue } from './structure-issue.ts'
import { structureText } from './structure-texts.ts'

const { ubl, cac, cbc, rsm, ram, udt } = NAMESPACES

const AMOUNT = '<cbc:PayableAmount currencyID="EUR">1</cbc:PayableAmount>'
const LINE =
  '<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:LineExtensionAmount currencyID="EUR">1</cbc:LineExtensionAmount><cac:Item/></cac:InvoiceLine>'
const PARTIES = '<cac:AccountingSupplierParty/>\n<cac:AccountingCustomerParty/>\n'
const TOTAL = `<cac:LegalMonetaryTotal>${AMOUNT}</cac:LegalMonetaryTotal>`
const HEAD = '<cbc:ID>F1</cbc:ID>\n<cbc:IssueDate>2026-11-22</cbc:IssueDate>\n'
const GOOD = `${HEAD}${PARTIES}${TOTAL}\n${LINE}`

/** Issues of an invoice with this content, each with what it says in English. */
function issuesOf(content: string, root: 'Invoice' = 'Invoice'): string[] {
  const xml = `<${root} xmlns="${ubl}" xmlns:cac="${cac}" xmlns:cbc="${cbc}">\n${content}\n</${root}>`
  return said(checkStructure(Buffer.from(xml), 'ubl:Invoice'))
}

const said = (issues: readonly StructureIssue[] | undefined): string[] =>
  (issues ?? []).map((issue) => {
    const { detail, remedy } = structureText(issue)
    return `${issue.kind} ${issue.place.path.replaceAll('[1]', '')}:${issue.place.line} ${detail.en} ${remedy.en}`
  })

describe('what the schema of an invoice forbids is said at its place, with what to do', () => {
  test('the invoice that the cases start from is valid', () => {
    expect(issuesOf(GOOD)).toEqual([])
  })

  test.each<[what: string, content: string, issues: string[]]>([
    [
      'an element that is missing, at the one that came in its place',
      GOOD.replace('<cbc:ID>F1</cbc:ID>\n', ''),
      [
        'MISSING /ubl:Invoice/cbc:IssueDate:2 cbc:ID is missing in ubl:Invoice: it must stand before cbc:IssueDate. Add cbc:ID before cbc:IssueDate. Allowed at that place: ext:UBLExtensions, cbc:UBLVersionID, cbc:CustomizationID, cbc:ProfileID, cbc:ProfileExecutionID or cbc:ID.',
      ],
    ],
    [
      'an element that is missing at the end, at its parent',
      GOOD.replace(LINE, ''),
      [
        'MISSING /ubl:Invoice:1 cac:InvoiceLine is missing in ubl:Invoice. Add cac:InvoiceLine. Allowed at that place: cac:InvoiceLine.',
      ],
    ],
    [
      'two elements that changed places, once',
      GOOD.replace(/(<cbc:ID>.*\n)(<cbc:IssueDate>.*\n)/, '$2$1'),
      [
        'ORDER /ubl:Invoice/cbc:IssueDate:2 In ubl:Invoice, cbc:ID (line 3) comes too late: it must stand before cbc:IssueDate. Move cbc:ID (line 3) before cbc:IssueDate.',
      ],
    ],
    [
      'an element that comes too late',
      GOOD.replace(PARTIES, `${PARTIES}<cbc:DueDate>2026-12-01</cbc:DueDate>`),
      [
        'ORDER /ubl:Invoice/cbc:DueDate:6 In ubl:Invoice, cbc:DueDate comes too late: it must stand before cac:AccountingSupplierParty. Move cbc:DueDate before cac:AccountingSupplierParty.',
      ],
    ],
    [
      'an element that comes twice, and what is wrong in it',
      GOOD.replace('<cbc:IssueDate>', '<cbc:IssueDate>2026-02-30</cbc:IssueDate><cbc:IssueDate>'),
      [
        'DATE /ubl:Invoice/cbc:IssueDate:3 cbc:IssueDate holds "2026-02-30", which is not an existing date of the form YYYY-MM-DD. Write the date as YYYY-MM-DD, without blanks or line breaks around it.',
        'CARDINALITY /ubl:Invoice/cbc:IssueDate[2]:3 cbc:IssueDate may come once only in ubl:Invoice. Keep one cbc:IssueDate.',
      ],
    ],
    [
      'an element of another namespace, and not that it is missing too',
      GOOD.replaceAll(/cbc:ID>F1/g, 'w:ID xmlns:w="urn:wrong">F1').replace('</cbc:ID>', '</w:ID>'),
      [
        'UNKNOWN-ELEMENT /ubl:Invoice/w:ID:2 cbc:ID is given in the namespace "urn:wrong", which is not its own. Give cbc:ID the prefix that your document declares for its namespace.',
      ],
    ],
    [
      'text and elements where they may not stand',
      GOOD.replace(LINE, `${LINE}text`).replace('F1', 'F<b/>1'),
      [
        'UNKNOWN-ELEMENT /ubl:Invoice/cbc:ID/ubl:b:2 cbc:ID holds the element ubl:b, but may hold text only. Write the value of cbc:ID without elements inside it.',
        'TEXT /ubl:Invoice:1 ubl:Invoice holds the text "text", but may hold elements only. Remove the text, or put it into the element that is meant for it.',
      ],
    ],
    [
      'attributes that are missing or unknown',
      GOOD.replace('PayableAmount currencyID="EUR"', 'PayableAmount currency="EUR"'),
      [
        'ATTRIBUTE /ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount:6 cbc:PayableAmount has no attribute currency. Remove the attribute, or use @currencyID or @currencyCodeListVersionID.',
        'ATTRIBUTE-MISSING /ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount:6 cbc:PayableAmount lacks its attribute currencyID. Add currencyID="…" to cbc:PayableAmount.',
      ],
    ],
    [
      'a value that is empty',
      GOOD.replace('>1</cbc:PayableAmount', '> </cbc:PayableAmount'),
      [
        'DECIMAL /ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount:6 cbc:PayableAmount is empty where a decimal number is needed. Write digits with a dot before the decimals: no comma, no blank, no exponent.',
      ],
    ],
  ])('%s', (_what, content, issues) => {
    expect(issuesOf(content)).toEqual(issues)
  })

  test('one of two', () => {
    const document = `<rsm:CrossIndustryInvoice xmlns:rsm="${rsm}" xmlns:ram="${ram}" xmlns:udt="${udt}"><rsm:ExchangedDocumentContext/><rsm:ExchangedDocument><ram:ID>1</ram:ID><ram:IssueDateTime><udt:DateTimeString>2026</udt:DateTimeString><udt:DateTime>2026-01-01T00:00:00</udt:DateTime></ram:IssueDateTime></rsm:ExchangedDocument></rsm:CrossIndustryInvoice>`
    expect(said(checkStructure(Buffer.from(document), 'rsm:CrossIndustryInvoice'))[0]).toBe(
      'CHOICE /rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTime:1 ram:IssueDateTime may hold udt:DateTime or udt:DateTimeString, not both. Remove udt:DateTime or udt:DateTimeString.',
    )
  })

  test('at most twenty, whatever comes', () => {
    const many = '<cbc:DueDate>2026-01-01</cbc:DueDate>'.repeat(100_000)
    expect(issuesOf(`${GOOD}${many}`)).toHaveLength(20)
  })
})
