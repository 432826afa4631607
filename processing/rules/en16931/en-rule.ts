import type { RuleSetName } from '../../../config/interface-codes.ts'
import type { BilingualText } from '../../../gateway/flow.ts'
import type { NodeId } from '../../formats/xml/xml-document.ts'
import { F_CODES, type Check, type KindOf, type Rule, type RuleSubject } from '../rule.ts'

/** A row of EN 16931: what differs from rule to rule. */
export interface EnRow {
  readonly id: string
  readonly terms: readonly string[]
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** Default: the family of missing values. */
  readonly code?: Rule['code']
  readonly platformText?: string
  readonly severity?: Rule['severity']
  readonly ubl?: Check | readonly Check[]
  readonly cii?: Check | readonly Check[]
}

/** EN rules that judge minimal flows too (decisions D7): BR-02 to BR-16, BR-CO-10 to BR-CO-16. */
const MINIMAL = /^BR-(0[2-9]|1[0-6])$|^BR-CO-1[0-6]$/
const COMPLETE_ONLY: readonly RuleSetName[] = ['en16931']
const COMPLETE_AND_MINIMAL: readonly RuleSetName[] = ['en16931', 'chorus-minimal']

export function enRule(row: EnRow): Rule {
  const { ubl, cii, ...rest } = row
  return {
    sets: MINIMAL.test(row.id) ? COMPLETE_AND_MINIMAL : COMPLETE_ONLY,
    severity: 'fatal',
    code: F_CODES.missing,
    platformText: `Règle ${row.id} non respectée ({place}).`,
    ...rest,
    ...(ubl === undefined ? {} : { ubl: list(ubl) }),
    ...(cii === undefined ? {} : { cii: list(cii) }),
  }
}

const list = (checks: Check | readonly Check[]): readonly Check[] =>
  Array.isArray(checks) ? (checks as readonly Check[]) : [checks as Check]

/** A condition on an element, as checks and their contexts put it. */
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

/** The same as `must`, only on elements of this kind. */
export function mustOfKind(at: string, of: KindOf, is: number, isFine: Condition): Check {
  return { ...must(at, isFine), kind: { of, is } }
}

/** The same, only on elements that the condition selects. */
export function mustWhen(at: string, applies: Condition, isFine: Condition): Check {
  return {
    at,
    check: (node, subject, report) => {
      if (applies(node, subject) && !isFine(node, subject)) report(node)
    },
  }
}
