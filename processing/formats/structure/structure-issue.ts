import type { Place } from '../xml/xml-document.ts'

/** What the schema of a format forbids; a finding's rule is `XSD-<kind>`. */
export const ISSUE_KINDS = [
  'UNKNOWN-ELEMENT',
  'MISSING',
  'ORDER',
  'CARDINALITY',
  'CHOICE',
  'TEXT',
  'ATTRIBUTE',
  'ATTRIBUTE-MISSING',
  'FIXED',
  'DECIMAL',
  'INTEGER',
  'DATE',
  'TIME',
  'DATETIME',
  'BOOLEAN',
  'BASE64',
  'URI',
  'LANGUAGE',
  'ID',
  'ENUMERATION',
  'LENGTH',
  'PATTERN',
  'NIL',
  'TYPE',
] as const

export type IssueKind = (typeof ISSUE_KINDS)[number]

/** One thing that the schema of a format forbids, found while reading. */
export interface StructureIssue {
  readonly kind: IssueKind
  /** Of the element that is wrong; of the parent when the element that is missing would be last. */
  readonly place: Place
  /** The element concerned, with our prefix; for MISSING the one that is not there. */
  readonly name: string
  /** The element that holds it, or should. */
  readonly parent?: string
  /** The attribute, when it is what is wrong. */
  readonly attribute?: string
  /** The value, when it is what is wrong; at most 200 characters. */
  readonly value?: string
  /** What may stand there: names or values. */
  readonly expected?: readonly string[]
  /** ORDER, MISSING: what it must stand before; CHOICE: what it may not stand beside. */
  readonly other?: string
  /** ORDER: line of the element that stands too late, when the place is that of the other one. */
  readonly lateLine?: number
  /** UNKNOWN-ELEMENT: the element has the right name, in this namespace instead of its own. */
  readonly foreignUri?: string
  /** Least and greatest number of characters. */
  readonly bounds?: { readonly min: number; readonly max: number }
}

/** More errors of structure than this in one file are not worth listing (reference §2). */
export const MAX_ISSUES = 20
