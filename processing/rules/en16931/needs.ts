import type { BilingualText } from '../../../gateway/flow.ts'
import { NONE, path, type NodeId, type Path } from '../../formats/xml/xml-document.ts'
import { trimXml } from '../../formats/simple-types.ts'
import { nameId, type NameId } from '../../formats/xml/xml-names.ts'
import type { Check, Rule, RuleSubject } from '../rule.ts'
import { enRule, type Condition } from './en-rule.ts'
import { named } from './term-names.ts'

/** Where something is needed: below an element, at one of several places parted by ` | `. */
export interface Where {
  readonly at: string
  readonly needs: string
  /** Only on elements that this selects. */
  readonly when?: Condition
}

interface Place {
  readonly steps: Path
  readonly attribute: NameId | undefined
}

/** `text`: a character that is no white space; `element`: the element or attribute, blank or not. */
export type Kind = 'text' | 'element'

/** A rule that something be there: at least one of the places holds it. */
export function needs(row: {
  readonly id: string
  readonly terms: readonly string[]
  /** What is missing, as in `named`; default: the last of the terms. */
  readonly what?: BilingualText
  readonly kind: Kind
  readonly ciiKind?: Kind
  readonly code?: Rule['code']
  readonly ubl?: Where | readonly Where[]
  readonly cii?: Where | readonly Where[]
}): Rule {
  const { id, terms, kind, ciiKind = kind, what = named(terms.at(-1) ?? '') } = row
  const rule = enRule({
    id,
    terms,
    message: { en: `Missing: ${what.en}.`, fr: `Élément manquant : ${what.fr}.` },
    remedy: { en: `Give the ${what.en}.`, fr: `Indiquez : ${what.fr}.` },
    platformText: 'Élément obligatoire absent ({place}).',
    ...(row.code === undefined ? {} : { code: row.code }),
    ...(row.ubl === undefined ? {} : { ubl: wheres(row.ubl).map((where) => needed(where, kind)) }),
    ...(row.cii === undefined
      ? {}
      : { cii: wheres(row.cii).map((where) => needed(where, ciiKind)) }),
  })
  return rule
}

const wheres = (where: Where | readonly Where[]): readonly Where[] =>
  Array.isArray(where) ? (where as readonly Where[]) : [where as Where]

/** The check of one such place; its texts name the element. */
export function needed({ at, needs: places, when }: Where, kind: Kind): Check {
  const isThere = has(places, kind)
  const onInvoice = missingTexts(places, CREDIT_NOTE_OWN)
  const onCreditNote = missingTexts(places, INVOICE_OWN)
  return {
    at,
    ...onInvoice,
    check: (node, subject, report) => {
      if (when !== undefined && !when(node, subject)) return
      if (isThere(node, subject)) return
      const { document, root } = subject
      report(node, document.name(root) === CREDIT_NOTE ? onCreditNote : undefined)
    },
  }
}

const CREDIT_NOTE = nameId('cn:CreditNote')
const CREDIT_NOTE_OWN = /^c[ab]c:CreditNote/
const INVOICE_OWN = /^c[ab]c:Invoice/

/** Of alternatives, those that only the other kind of document has are not spoken of. */
function missingTexts(
  places: string,
  others: RegExp,
): Required<Pick<Check, 'remedy' | 'platformText'>> {
  const all = places.split(' | ')
  const own = all.length === 1 ? all : all.filter((place) => !others.test(place))
  const dotted = (own[0] ?? '').replaceAll(/[a-z]+:/g, '').replaceAll('/', '.')
  return {
    remedy: {
      en: `Fill in ${own.join(' or ')} there.`,
      fr: `Renseignez-y ${own.join(' ou ')}.`,
    },
    platformText: `L’élément {place}.${dotted} est obligatoire.`,
  }
}

/** The condition that one of these places holds text, or is there. */
export function has(places: string, kind: Kind): Condition {
  const parsed = places.split(' | ').map(placeOf)
  return (node, subject) => {
    for (const place of parsed) if (isThere(node, subject, place, kind)) return true
    return false
  }
}

function isThere(
  node: NodeId,
  { document }: RuleSubject,
  { steps, attribute }: Place,
  kind: Kind,
): boolean {
  if (attribute === undefined) {
    const found = steps.length === 0 ? node : document.first(node, steps)
    return kind === 'text' ? document.hasText(found) : found !== NONE
  }
  return document.some(node, steps, (owner) => {
    const found = document.findAttribute(owner, attribute)
    return found !== NONE && (kind === 'element' || trimXml(document.attributeValue(found)) !== '')
  })
}

function placeOf(place: string): Place {
  const steps = place.split('/')
  const last = steps.at(-1) ?? ''
  if (!last.startsWith('@')) return { steps: path(place), attribute: undefined }
  const elements = steps.slice(0, -1).join('/')
  return { steps: elements === '' ? [] : path(elements), attribute: nameId(last.slice(1)) }
}
