import { NONE, path, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { F_CODES, type Rule, type RuleSubject } from '../rule.ts'
import { frRule, must, type Condition } from './br-fr-rule.ts'
import { textsAt } from './node-values.ts'
import { CII_LINE, SETTLEMENT } from './places.ts'

const CORRECTIVE: ReadonlySet<string> = new Set(['384', '471', '472', '473'])
const CREDIT: ReadonlySet<string> = new Set(['261', '381', '396', '502', '503'])

const UBL_INVOICE_TYPE = path('cbc:InvoiceTypeCode')
const UBL_CREDIT_TYPE = path('cbc:CreditNoteTypeCode')
const CII_TYPE = path('rsm:ExchangedDocument/ram:TypeCode')

const isOfType = (
  { document, root }: RuleSubject,
  steps: typeof CII_TYPE,
  types: ReadonlySet<string>,
): boolean => textsAt(document, root, steps).some((type) => types.has(type))

const UBL_REFERENCES = path('cac:BillingReference')
const CII_REFERENCES = path(`${SETTLEMENT}/ram:InvoiceReferencedDocument`)

const NUMBER = path('cbc:ID')
const DATE = path('cbc:IssueDate')
const UBL_LINES = path('cac:CreditNoteLine')
const DOCUMENT = path('cac:InvoiceDocumentReference')
const DOCUMENT_STATUS = path('cac:InvoiceDocumentReference/cbc:DocumentStatusCode')
const DOCUMENT_NUMBER = path('cac:InvoiceDocumentReference/cbc:ID')

/** One of the documents has a number and a date. */
const isDated = (document: XmlDocument, reference: NodeId): boolean =>
  document
    .all(reference, DOCUMENT)
    .some((one) => document.first(one, NUMBER) !== NONE && document.first(one, DATE) !== NONE)

/** References to the invoice itself say what a line is in its group: only details need another. */
const needsReference = (document: XmlDocument, line: NodeId, own: string | undefined): boolean => {
  const toItself = document
    .all(line, UBL_REFERENCES)
    .filter((one) => own !== undefined && textsAt(document, one, DOCUMENT_NUMBER).includes(own))
  return (
    toItself.length === 0 ||
    toItself.some((one) => textsAt(document, one, DOCUMENT_STATUS).includes('DETAIL'))
  )
}
const hasReference = (document: XmlDocument, line: NodeId, own: string | undefined): boolean =>
  document
    .all(line, UBL_REFERENCES)
    .some(
      (one) =>
        own !== undefined &&
        textsAt(document, one, DOCUMENT_NUMBER).some((number) => number !== own) &&
        isDated(document, one),
    )

const isCreditReferencedInUbl: Condition = (root, { document }) => {
  if (document.all(root, UBL_REFERENCES).some((one) => isDated(document, one))) return true
  const [own] = textsAt(document, root, NUMBER)
  return document
    .all(root, UBL_LINES)
    .every((line) => !needsReference(document, line, own) || hasReference(document, line, own))
}

const LINES = path(CII_LINE)
const STATUS = path('ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode')
const LINE_REFERENCES = path('ram:SpecifiedLineTradeSettlement/ram:InvoiceReferencedDocument')
const CII_NUMBER = path('ram:IssuerAssignedID')
const CII_DATE = path('ram:FormattedIssueDateTime/qdt:DateTimeString')

const isNumberedAndDated = (document: XmlDocument, reference: NodeId): boolean =>
  document.first(reference, CII_NUMBER) !== NONE && document.first(reference, CII_DATE) !== NONE

const isCreditReferencedInCii: Condition = (root, { document }) => {
  const isReferenced = (node: NodeId, steps: typeof LINES): boolean =>
    document.all(node, steps).some((one) => isNumberedAndDated(document, one))
  if (isReferenced(root, CII_REFERENCES)) return true
  return document.all(root, LINES).every((line) => {
    const statuses = textsAt(document, line, STATUS)
    const isDetail = statuses.length === 0 || statuses.includes('DETAIL')
    return !isDetail || isReferenced(line, LINE_REFERENCES)
  })
}

const ONE_REFERENCE = {
  terms: ['BT-3', 'BT-25'],
  code: F_CODES.conditional,
  message: {
    en: 'A corrective invoice (BT-3 384, 471, 472, 473) must refer to exactly one preceding invoice.',
    fr: 'Une facture rectificative (BT-3 384, 471, 472, 473) doit référencer une et une seule facture antérieure.',
  },
  remedy: {
    en: 'Give one preceding invoice, its number (BT-25) and its date (BT-26).',
    fr: 'Indiquez une facture antérieure, son numéro (BT-25) et sa date (BT-26).',
  },
}

/** BR-FR-CO-04 and BR-FR-CO-05. */
export const PRECEDING_INVOICE_RULES: readonly Rule[] = [
  frRule({
    id: 'BR-FR-CO-04_BT-3',
    ...ONE_REFERENCE,
    ubl: [
      must(
        '/',
        (root, subject) =>
          !isOfType(subject, UBL_INVOICE_TYPE, CORRECTIVE) ||
          subject.document.all(root, UBL_REFERENCES).length === 1,
      ),
    ],
  }),
  // ARTEFACT: the same rule, by a wrong term.
  frRule({
    id: 'BR-FR-CO-04_BT-4',
    ...ONE_REFERENCE,
    cii: [
      must(
        '/',
        (root, subject) =>
          !isOfType(subject, CII_TYPE, CORRECTIVE) ||
          subject.document.all(root, CII_REFERENCES).length === 1,
      ),
    ],
  }),
  frRule({
    id: 'BR-FR-CO-05_BT-3',
    terms: ['BT-3', 'BT-25', 'BT-26'],
    code: F_CODES.conditional,
    message: {
      en: 'A credit note (BT-3 261, 381, 396, 502, 503) must refer to a preceding invoice with its date, in the header or in each line.',
      fr: 'Un avoir (BT-3 261, 381, 396, 502, 503) doit référencer une facture antérieure datée, en en-tête ou à chaque ligne.',
    },
    remedy: {
      en: 'Give the number (BT-25) and the date (BT-26) of the invoice that is credited.',
      fr: 'Indiquez le numéro (BT-25) et la date (BT-26) de la facture créditée.',
    },
    ubl: [
      must(
        '/',
        (root, subject) =>
          !isOfType(subject, UBL_CREDIT_TYPE, CREDIT) || isCreditReferencedInUbl(root, subject),
      ),
    ],
    cii: [
      must(
        '/',
        (root, subject) =>
          !isOfType(subject, CII_TYPE, CREDIT) || isCreditReferencedInCii(root, subject),
      ),
    ],
  }),
]
