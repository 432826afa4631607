import { path } from '../../formats/xml/xml-document.ts'
import { rememberedOfInvoice } from '../remembered.ts'
import type { RuleSubject } from '../rule.ts'
import { textsAt, trimmedAt } from './node-values.ts'

const UBL = path('cbc:ProfileID')
const CII = path(
  'rsm:ExchangedDocumentContext/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID',
)

const stepsOf = ({ terms }: RuleSubject): typeof UBL => (terms.syntax === 'ubl' ? UBL : CII)

/** BT-23 is one of these, as written. */
export function isFramework(subject: RuleSubject, codes: ReadonlySet<string>): boolean {
  const { document, root } = subject
  return textsAt(document, root, stepsOf(subject)).some((code) => codes.has(code))
}

const MULTI_VENDOR: ReadonlySet<string> = new Set(['S8', 'B8', 'M8'])
const BIDIRECTIONAL: ReadonlySet<string> = new Set(['S9', 'B9', 'M9'])

/** Checks on every price ask for it. */
const trimmedFramework = rememberedOfInvoice((subject) =>
  trimmedAt(subject.document, subject.root, stepsOf(subject)),
)

/** One invoice for several sellers (frameworks 8). */
export function isMultiVendor(subject: RuleSubject): boolean {
  return MULTI_VENDOR.has(trimmedFramework(subject))
}

/** One invoice both ways between two companies (frameworks 9). */
export function isBidirectional(subject: RuleSubject): boolean {
  return BIDIRECTIONAL.has(trimmedFramework(subject))
}

/** Its lines stand in groups, one a seller. */
export function isGrouped(subject: RuleSubject): boolean {
  return isMultiVendor(subject) || isBidirectional(subject)
}
