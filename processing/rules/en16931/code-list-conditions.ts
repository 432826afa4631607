import { NONE, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId, type NameId } from '../../formats/xml/xml-names.ts'
import { CODE_LISTS } from '../../tables/code-lists.ts'
import { attributeCode, exactCodeOf, packed } from '../element-values.ts'
import { remembered } from '../remembered.ts'
import { listOf } from './code-list-checks.ts'
import type { Condition } from './en-rule.ts'

/** BR-CL-03 in UBL: the amounts that invoices have, currency or not. */
export const AMOUNTS = [
  'Amount',
  'BaseAmount',
  'PriceAmount',
  'TaxAmount',
  'TaxableAmount',
  'LineExtensionAmount',
  'TaxExclusiveAmount',
  'TaxInclusiveAmount',
  'AllowanceTotalAmount',
  'ChargeTotalAmount',
  'PrepaidAmount',
  'PayableRoundingAmount',
  'PayableAmount',
].map((name) => `//cbc:${name}`)
const CURRENCY_ID = nameId('currencyID')
export const hasCurrency: Condition = (node, { document }) =>
  listOf('currency').hasAttribute(document, node, CURRENCY_ID)

/** BR-CL-07: the document that the reference is in is an invoiced object. */
const DOCUMENT_TYPE = nameId('cbc:DocumentTypeCode')
const INVOICED_OBJECT = packed('130')
const isObject = remembered((reference, { document }) => {
  let type = document.child(reference, DOCUMENT_TYPE)
  while (type !== NONE) {
    if (exactCodeOf(document, type) === INVOICED_OBJECT) return true
    type = document.next(type)
  }
  return false
})
export const isObjectReference: Condition = (node, subject) =>
  isObject(subject.document.parent(node), subject)

function isBelow(document: XmlDocument, node: NodeId, names: readonly NameId[]): boolean {
  let above = document.parent(node)
  while (above !== NONE && !names.includes(document.name(above))) above = document.parent(above)
  return above !== NONE
}
export const notBelow = (...names: readonly string[]): Condition => {
  const ids = names.map(nameId)
  return (node, { document }) => !isBelow(document, node, ids)
}

/** BR-CL-10 in UBL: SEPA stands for a creditor identifier of the seller or the payee. */
const SCHEME_ID = nameId('schemeID')
const SEPA = packed('SEPA')
const CREDITORS = ['cac:AccountingSupplierParty', 'cac:PayeeParty'].map(nameId)
export const isNoCreditorId: Condition = (node, { document }) =>
  attributeCode(document, node, SCHEME_ID) !== SEPA || !isBelow(document, node, CREDITORS)

/** BR-CL-08 in UBL: a subject is three characters between two # at the start of a note. */
const SUBJECTS = ` ${CODE_LISTS.noteSubjectUbl} `
export const hasKnownSubject: Condition = (node, { document }) => {
  const text = document.text(node)
  const start = text.indexOf('#')
  const end = text.indexOf('#', start + 1)
  if (start < 0 || end < 0) return true
  const subject = text.slice(start + 1, end)
  return Array.from(subject).length !== 3 || SUBJECTS.includes(subject)
}

/** BR-CL-22: in upper case or not. */
export const isVatex: Condition = (node, { document }) =>
  listOf('vatex').has(document.text(node).toUpperCase())

/** BR-CL-24: as written, without any blank. */
const MIME_CODE = nameId('mimeCode')
const MIME_TYPES: ReadonlySet<string> = new Set(CODE_LISTS.attachmentMime.split(' '))
export const isMimeType: Condition = (node, { document }) =>
  MIME_TYPES.has(document.attribute(node, MIME_CODE) ?? '')

/** BR-CL-15 in CII. ARTEFACT: an identifier with a scheme is looked at by BR-CL-11 only. */
export const hasNoScheme: Condition = (node, { document }) =>
  document.findAttribute(node, SCHEME_ID) === NONE
