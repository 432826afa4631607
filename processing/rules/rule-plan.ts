import type { Syntax } from '../formats/invoice-terms.ts'
import type { RuleSetName } from '../../config/interface-codes.ts'
import type { XmlDocument } from '../formats/xml/xml-document.ts'
import { FOREIGN } from '../formats/xml/element-store.ts'
import type { NameId } from '../formats/xml/xml-names.ts'
import { isNamed, parseContexts, type RuleContext } from './rule-context.ts'
import type { Check, Rule } from './rule.ts'

export interface PlannedCheck {
  readonly rule: Rule
  readonly check: Check
  readonly context: RuleContext
}

/** Names are fewer than this, so that a pair of them is one small whole number. */
const NAMES = 1 << 14
const NO_CHECKS: readonly PlannedCheck[] = []

/** The rules of EN 16931 are about its two syntaxes alone. */
const checksOf = (rule: Rule, syntax: Syntax): readonly Check[] =>
  (syntax === 'cpp' ? undefined : rule[syntax]) ?? []

/**
 * Which checks of which rules run on which elements: made once for a syntax and its rule sets. Found
 * by the names of an element and its parent; what was found is kept, mostly that there is nothing.
 */
export class RulePlan {
  /** Rules that are checked once an invoice. */
  readonly perInvoice: readonly Rule[]
  readonly atRoot: readonly PlannedCheck[]
  /** There are checks on attributes by this name. */
  readonly #attributes = new Map<NameId, PlannedCheck[]>()
  readonly #byLastStep = new Map<NameId, PlannedCheck[]>()
  /** Those whose last step is an ending, or any element. */
  readonly #byEnding: PlannedCheck[] = []
  readonly #found = new Map<number, readonly PlannedCheck[]>()
  readonly #foundAttributes = new Map<number, readonly PlannedCheck[]>()

  constructor(rules: readonly Rule[], syntax: Syntax, sets: readonly RuleSetName[]) {
    const applied = rules.filter((rule) => rule.sets.some((set) => sets.includes(set)))
    const atRoot: PlannedCheck[] = []
    for (const rule of applied) {
      for (const check of checksOf(rule, syntax)) {
        for (const context of parseContexts(check.at)) {
          const planned = { rule, check, context }
          const [last] = context.steps
          if (context.attribute !== undefined) push(this.#attributes, context.attribute, planned)
          else if (last === undefined && context.isAbsolute) atRoot.push(planned)
          else if (typeof last === 'number') push(this.#byLastStep, last, planned)
          else this.#byEnding.push(planned)
        }
      }
    }
    this.perInvoice = applied.filter(({ check }) => check)
    this.atRoot = atRoot
  }

  /** What may have to be checked on elements of this name below such a parent: see `hangsBelow`. */
  onElements(document: XmlDocument, name: NameId, parentName: NameId): readonly PlannedCheck[] {
    if (name >= FOREIGN || parentName >= FOREIGN) return this.#search(document, name, parentName)
    const key = name * NAMES + parentName
    let found = this.#found.get(key)
    if (found === undefined) {
      this.#found.set(key, (found = this.#search(document, name, parentName)))
    }
    return found
  }

  /** What may have to be checked where an element of this name has this attribute. */
  onAttributes(document: XmlDocument, attribute: NameId, name: NameId): readonly PlannedCheck[] {
    const planned = this.#attributes.get(attribute)
    if (planned === undefined) return NO_CHECKS
    const search = (): readonly PlannedCheck[] =>
      planned.filter(({ context }) => fits(context, 0, document, name))
    if (name >= FOREIGN) return search()
    const key = attribute * NAMES + name
    let found = this.#foundAttributes.get(key)
    if (found === undefined) this.#foundAttributes.set(key, (found = search()))
    return found
  }

  #search(document: XmlDocument, name: NameId, parentName: NameId): readonly PlannedCheck[] {
    const found = [...(this.#byLastStep.get(name) ?? []), ...this.#byEnding].filter(
      ({ context }) => fits(context, 0, document, name) && fits(context, 1, document, parentName),
    )
    return found.length === 0 ? NO_CHECKS : found
  }
}

function fits({ steps }: RuleContext, depth: number, document: XmlDocument, id: NameId): boolean {
  const step = steps[depth]
  return step === undefined || isNamed(step, id, document.xmlName(id))
}

function push(map: Map<NameId, PlannedCheck[]>, name: NameId, planned: PlannedCheck): void {
  const list = map.get(name)
  if (list === undefined) map.set(name, [planned])
  else list.push(planned)
}
