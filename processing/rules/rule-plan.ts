import type { RuleSetName } from '../../config/interface-codes.ts'
import { NONE, type NodeId, type XmlDocument } from '../formats/xml/xml-document.ts'
import { nameId, type NameId } from '../formats/xml/xml-names.ts'
import type { Check, Rule } from './rule.ts'

/** Which checks of which rules run on which elements: made once for a syntax and its rule sets. */
export interface RulePlan {
  /** Rules that are checked once an invoice. */
  readonly perInvoice: readonly Rule[]
  /** Checks whose last step is this name, in the order of the rules. */
  readonly byName: ReadonlyMap<NameId, readonly PlannedCheck[]>
  readonly everywhere: readonly PlannedCheck[]
  readonly atRoot: readonly PlannedCheck[]
}

export interface PlannedCheck {
  readonly rule: Rule
  readonly check: Check['check']
  /** Names from the element itself upwards, without the last step. */
  readonly above: readonly NameId[]
  /** The topmost of them hangs below the root. */
  readonly isAbsolute: boolean
}

export function makePlan(
  rules: readonly Rule[],
  syntax: 'ubl' | 'cii',
  sets: readonly RuleSetName[],
): RulePlan {
  const byName = new Map<NameId, PlannedCheck[]>()
  const everywhere: PlannedCheck[] = []
  const atRoot: PlannedCheck[] = []
  const applied = rules.filter((rule) => rule.sets.some((set) => sets.includes(set)))
  for (const rule of applied) {
    for (const { at, check } of rule[syntax] ?? []) {
      for (const context of at.split(' | ')) {
        const isAbsolute = !context.startsWith('//')
        const steps = context.replace(/^\/+/, '')
        if (steps === '') atRoot.push({ rule, check, above: [], isAbsolute })
        else if (steps === '*') everywhere.push({ rule, check, above: [], isAbsolute })
        else {
          const [last = NONE, ...above] = steps.split('/').map(nameId).toReversed()
          const planned = { rule, check, above, isAbsolute }
          byName.set(last, [...(byName.get(last) ?? []), planned])
        }
      }
    }
  }
  return { perInvoice: applied.filter(({ check }) => check), byName, everywhere, atRoot }
}

/** The element hangs where the context says. */
export function isAt(
  { above, isAbsolute }: PlannedCheck,
  document: XmlDocument,
  root: NodeId,
  node: NodeId,
): boolean {
  let parent = document.parent(node)
  for (const name of above) {
    if (parent === NONE || document.name(parent) !== name) return false
    parent = document.parent(parent)
  }
  return !isAbsolute || parent === root
}
