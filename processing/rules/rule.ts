import type { InvoiceFamily, RuleSetName } from '../../config/interface-codes.ts'
import type { BilingualText, Environment, Severity } from '../../gateway/flow.ts'
import type { InvoiceTerms } from '../formats/invoice-terms.ts'
import type { StructureIssue } from '../formats/structure/structure-issue.ts'
import type { NodeId, Place, XmlDocument } from '../formats/xml/xml-document.ts'
import type { MotiveCode } from '../motives.ts'
import type { InvoiceFacts } from './en16931/invoice-facts.ts'

/**
 * One rule: a row of data and small functions. Official ids stay as published. What a rule says
 * and where follows the official artefacts where they differ from the standard's prose.
 */
export interface Rule {
  readonly id: string
  readonly sets: readonly RuleSetName[]
  readonly severity: Severity
  /** Business terms and groups that it reads. */
  readonly terms: readonly string[]
  /** Report code by its family (decisions D6). */
  readonly code: MotiveCode
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** Short text of the faithful mode; `{place}` = dotted path of the place reported. */
  readonly platformText: string
  /** How UBL documents are checked; absent = the rule does not exist for them. */
  readonly ubl?: readonly Check[]
  readonly cii?: readonly Check[]
  /** Whatever the syntax, once an invoice, on business terms. Must not throw. */
  readonly check?: (subject: RuleSubject, report: Report) => void
}

/** Looked at on every element at a place of the document. */
export interface Check {
  /**
   * Contexts, several parted by ` | `: `/` the root element; `cac:InvoiceLine` or `cac:Item/cbc:Name`
   * steps below it; `//cac:PostalAddress` (or with more steps) anywhere; `//*` every element;
   * `//ram:*Amount` those whose name ends so. With `/@schemeID` at the end: where it has that one.
   */
  readonly at: string
  /** In place of the rule's own, which names no element of a syntax. */
  readonly remedy?: BilingualText
  readonly platformText?: string
  /** It is for elements of one kind only; all checks with the same `of` cost one look at each. */
  readonly kind?: { readonly of: KindOf; readonly is: number }
  /** Reports where the element breaks the rule. Must not throw. */
  readonly check: (node: NodeId, subject: RuleSubject, report: Report) => void
}

/** The kind of an element among several, as a small number. */
export type KindOf = (node: NodeId, subject: RuleSubject) => number

/** What a rule looks at. */
export interface RuleSubject {
  readonly document: XmlDocument
  /** The root element of the invoice: a document may hold several invoices. */
  readonly root: NodeId
  /** Its business terms, whatever the syntax. */
  readonly terms: InvoiceTerms
  /** What several rules add up or look for, worked out once. */
  readonly facts: InvoiceFacts
  /** What the schema of the format forbids, found while reading. */
  readonly issues: readonly StructureIssue[]
  readonly settings: RuleSettings
  /** It travels inside a readable PDF (Factur-X). */
  readonly isPdf: boolean
}

export interface RuleSettings {
  readonly environment: Environment
  /** Of the interface code; null = judged without one. */
  readonly family: InvoiceFamily | null
  readonly requirePdf: boolean
  readonly unknownRecipient: 'refuse' | 'warn' | 'learn'
}

/** The invoice travels with its readable PDF (E2, E5). */
export function isMixed({ family }: RuleSettings): boolean {
  return family === 'E2' || family === 'E5'
}

/** `place` = the element the rule is attached to; a missing element is reported at its parent. */
export type Report = (
  place: NodeId | Place,
  more?: {
    /** A sentence after the rule's own. */
    readonly detail?: BilingualText
    /** In place of the rule's own. */
    readonly severity?: Severity
    readonly terms?: readonly string[]
    readonly remedy?: BilingualText
    readonly platformText?: string
  },
) => void

/** Families of report codes: reference chorus-pro-edi §8.4, F01…F10, and ours for values. */
export const F_CODES = {
  missing: 'ERR_FCT_001',
  supplier: 'ERR_FCT_004',
  conditional: 'ERR_FCT_005',
  framework: 'ERR_FCT_006',
  recipient: 'ERR_FCT_007',
  amounts: 'ERR_FCT_008',
  duplicate: 'ERR_FCT_009',
  attachment: 'ERR_FCT_010',
  value: 'ERR_FCT_011',
} as const satisfies Record<string, MotiveCode>
