import { path, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import type { RuleSubject } from '../rule.ts'
import { textsAt } from './node-values.ts'

const UBL_NOTES = path('cbc:Note')
const CII_NOTES = path('rsm:ExchangedDocument/ram:IncludedNote')
const SUBJECT = path('ram:SubjectCode')
const CONTENT = path('ram:Content')

/** What a note with subject BAR may say: how the invoice is treated in the reform. */
export const TREATMENTS: ReadonlySet<string> = new Set([
  'B2B',
  'B2BINT',
  'B2C',
  'B2CINT',
  'OUTOFSCOPE',
  'ARCHIVEONLY',
])

/**
 * ARTEFACT (1.4.0.03): the notes of a UBL invoice are one text, put together without anything
 * between them; what follows `#BAR#` up to the next `#` is its value.
 */
export function joinedNotes({ document, root }: RuleSubject): string {
  return textsAt(document, root, UBL_NOTES).join('')
}

/** What follows the first note of this subject; empty when there is none. */
export function ublNote(subject: RuleSubject, code: string): string {
  const mark = `#${code}#`
  const notes = joinedNotes(subject)
  const start = notes.indexOf(mark)
  if (start < 0) return ''
  const [value = ''] = notes.slice(start + mark.length).split('#', 1)
  return value
}

export function occurrences(text: string, part: string): number {
  return text.split(part).length - 1
}

/** Notes of a UBL invoice that hold `#BAR#`, with a `#` after the last. */
export function barNotes({ document, root }: RuleSubject): string {
  const notes = textsAt(document, root, UBL_NOTES).filter((note) => note.includes('#BAR#'))
  return `${notes.join('')}#`
}

/** Notes of a CII invoice with this subject. */
export function ciiNotes(subject: RuleSubject, code: string): readonly NodeId[] {
  let bySubject = CII_NOTES_FOUND.get(subject)
  if (bySubject === undefined) CII_NOTES_FOUND.set(subject, (bySubject = new Map()))
  let notes = bySubject.get(code)
  if (notes === undefined) {
    const { document, root } = subject
    notes = document.all(root, CII_NOTES).filter((note) => isOfSubject(document, note, code))
    bySubject.set(code, notes)
  }
  return notes
}

/** Rules ask at every `rsm:ExchangedDocument`, of which a faulty invoice may have any number. */
const CII_NOTES_FOUND = new WeakMap<RuleSubject, Map<string, readonly NodeId[]>>()

export function isOfSubject(document: XmlDocument, note: NodeId, code: string): boolean {
  return textsAt(document, note, SUBJECT).includes(code)
}

export function contentsOf(document: XmlDocument, note: NodeId): readonly string[] {
  return textsAt(document, note, CONTENT)
}

/** The invoice is said to be domestic between companies. */
export function isDomesticInUbl(subject: RuleSubject): boolean {
  return ublNote(subject, 'BAR') === 'B2B'
}

export function isDomesticInCii(subject: RuleSubject): boolean {
  const { document } = subject
  return ciiNotes(subject, 'BAR').some((note) => contentsOf(document, note).includes('B2B'))
}
