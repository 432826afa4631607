import type { RuleSetName } from '../../config/interface-codes.ts'
import type { Syntax } from '../formats/invoice-terms.ts'
import { FOREIGN } from '../formats/xml/element-store.ts'
import type { NodeId, XmlDocument } from '../formats/xml/xml-document.ts'
import type { NameId } from '../formats/xml/xml-names.ts'
import { isAt, parseContexts, type RuleContext } from './rule-context.ts'
import type { Check, KindOf, Rule } from './rule.ts'

export interface PlannedCheck {
  readonly rule: Rule
  readonly check: Check
  readonly context: RuleContext
}

/** What is checked on every element at one place of a document. */
export interface PlacePlan {
  readonly checks: readonly PlannedCheck[]
  /** By the kind of the element. */
  readonly kinds: readonly {
    readonly of: KindOf
    readonly checks: readonly (readonly PlannedCheck[] | undefined)[]
  }[]
  /** On those of its attributes that have checks. */
  readonly onAttributes: readonly {
    readonly name: NameId
    readonly checks: readonly PlannedCheck[]
  }[]
}

/**
 * A place, as a number: the names from the root to an element. Elements at one place have the same
 * checks, which are looked for once. `UNNUMBERED` below foreign names, and when there are too many.
 */
export type PlaceId = number
export const ABOVE_ROOT: PlaceId = 0
const UNNUMBERED: PlaceId = -1

/** A pair of a place and a name is one small whole number. */
const NAMES = 1 << 14
const MOST_PLACES = 1 << 12
const SLOTS = 1 << 14

export const NOTHING: PlacePlan = { checks: [], kinds: [], onAttributes: [] }

/** The rules of EN 16931 are about its two syntaxes alone. */
const checksOf = (rule: Rule, syntax: Syntax): readonly Check[] =>
  (syntax === 'cpp' ? undefined : rule[syntax]) ?? []

/** Which checks of which rules run where: made once for a syntax and its rule sets. */
export class RulePlan {
  /** Rules that are checked once an invoice. */
  readonly perInvoice: readonly Rule[]
  readonly atRoot: PlacePlan
  /** Checks on attributes, by the attribute. */
  readonly #byAttribute = new Map<NameId, PlannedCheck[]>()
  readonly #byLastStep = new Map<NameId, PlannedCheck[]>()
  /** Those whose last step is an ending, or any element. */
  readonly #byEnding: PlannedCheck[] = []
  /** Places by the place above and the name: what is looked for, and what it is. */
  readonly #keys = new Int32Array(SLOTS)
  readonly #ids = new Int32Array(SLOTS)
  readonly #places: PlacePlan[] = [NOTHING]

  constructor(rules: readonly Rule[], syntax: Syntax, sets: readonly RuleSetName[]) {
    const applied = rules.filter((rule) => rule.sets.some((set) => sets.includes(set)))
    const atRoot: PlannedCheck[] = []
    for (const rule of applied) {
      for (const check of checksOf(rule, syntax)) {
        for (const context of parseContexts(check.at)) {
          const planned = { rule, check, context }
          const [last] = context.steps
          if (context.attribute !== undefined) push(this.#byAttribute, context.attribute, planned)
          else if (last === undefined && context.isAbsolute) atRoot.push(planned)
          else if (typeof last === 'number') push(this.#byLastStep, last, planned)
          else this.#byEnding.push(planned)
        }
      }
    }
    this.perInvoice = applied.filter(({ check }) => check)
    this.atRoot = placePlan(atRoot, [])
  }

  /** The place of an element of this name below one at `above`. */
  placeOf(
    above: PlaceId,
    name: NameId,
    document: XmlDocument,
    root: NodeId,
    node: NodeId,
  ): PlaceId {
    if (above === UNNUMBERED || name >= FOREIGN) return UNNUMBERED
    const key = above * NAMES + name + 1
    let slot = (Math.imul(key, 0x9e37_79b1) >>> 18) & (SLOTS - 1)
    for (;;) {
      const found = this.#keys[slot]!
      if (found === key) return this.#ids[slot]!
      if (found === 0) break
      slot = (slot + 1) & (SLOTS - 1)
    }
    if (this.#places.length === MOST_PLACES) return UNNUMBERED
    const id = this.#places.push(this.#search(document, root, node)) - 1
    this.#keys[slot] = key
    this.#ids[slot] = id
    return id
  }

  /** What is checked on this element, which is at this place. */
  at(place: PlaceId, document: XmlDocument, root: NodeId, node: NodeId): PlacePlan {
    return place === UNNUMBERED ? this.#search(document, root, node) : this.#places[place]!
  }

  #search(document: XmlDocument, root: NodeId, node: NodeId): PlacePlan {
    const isHere = ({ context }: PlannedCheck): boolean => isAt(context, document, root, node)
    const named = this.#byLastStep.get(document.name(node)) ?? []
    const checks = [...named, ...this.#byEnding].filter(isHere)
    const onAttributes = [...this.#byAttribute]
      .map(([name, planned]) => ({ name, checks: planned.filter(isHere) }))
      .filter((one) => one.checks.length > 0)
    return checks.length + onAttributes.length === 0 ? NOTHING : placePlan(checks, onAttributes)
  }
}

function placePlan(
  all: readonly PlannedCheck[],
  onAttributes: PlacePlan['onAttributes'],
): PlacePlan {
  const kinds = new Map<KindOf, PlannedCheck[][]>()
  for (const planned of all) {
    const { kind } = planned.check
    if (kind === undefined) continue
    const byKind = kinds.get(kind.of) ?? []
    kinds.set(kind.of, byKind)
    const ofKind = byKind[kind.is] ?? []
    byKind[kind.is] = ofKind
    ofKind.push(planned)
  }
  return {
    checks: all.filter(({ check }) => check.kind === undefined),
    // Without holes, which are slow to read.
    kinds: [...kinds].map(([of, checks]) => ({ of, checks: Array.from(checks) })),
    onAttributes,
  }
}

function push(map: Map<NameId, PlannedCheck[]>, name: NameId, planned: PlannedCheck): void {
  const list = map.get(name)
  if (list === undefined) map.set(name, [planned])
  else list.push(planned)
}
