import type { BilingualText } from '../../../gateway/flow.ts'
import type { NodeId } from '../../formats/xml/xml-document.ts'
import { F_CODES, type Check, type Rule, type RuleSubject } from '../rule.ts'

/** A row of the French CTC rules (reference invoices §6): what differs from rule to rule. */
export interface FrRow {
  readonly id: string
  /** Default: the terms that the id names. */
  readonly terms?: readonly string[]
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** Default: the family of values. */
  readonly code?: Rule['code']
  readonly ubl?: readonly Check[]
  readonly cii?: readonly Check[]
}

/** How a thing is called in a sentence: `issue date`, `date de facture`. */
export type Label = BilingualText

/**
 * One assertion of the artefact, by its own id. Its quirks stay, since partners compare verdicts:
 * places where no document can break a rule, ids that name another rule.
 */
export function frRule({ id, terms = termsNamedIn(id), ...row }: FrRow): Rule {
  return {
    id,
    sets: ['br-fr'],
    severity: 'fatal',
    terms,
    code: F_CODES.value,
    platformText: `Règle ${id} non respectée ({place}).`,
    ...row,
  }
}

const TERM = /(?:BT|BG|EXT-FR-FE|EXT-FR-FE-BG)-\d+/g

function termsNamedIn(id: string): readonly string[] {
  return [...id.matchAll(TERM)].map(([term]) => term)
}

/** A condition on an element, as contexts and their tests put it. */
export type Condition = (node: NodeId, subject: RuleSubject) => boolean

/** Reports the element where `isFine` does not hold. */
export function must(at: string, isFine: Condition): Check {
  return {
    at,
    check: (node, subject, report) => {
      if (!isFine(node, subject)) report(node)
    },
  }
}

/** The same, on elements that `applies` selects. */
export function mustWhere(at: string, applies: Condition, isFine: Condition): Check {
  return must(at, (node, subject) => !applies(node, subject) || isFine(node, subject))
}

/** The text of the element itself, as written. */
export function mustBe(at: string, isFine: (text: string) => boolean): Check {
  return must(at, (node, { document }) => isFine(document.text(node)))
}
