import {
  BUSINESS_GROUPS,
  BUSINESS_TERMS,
  type BusinessGroupId,
  type BusinessTermId,
} from './business-terms.ts'
import { CPP_GROUPS, CPP_TERMS } from './cpp/cpp-terms.ts'
import { NONE, type NodeId, type XmlDocument } from './xml/xml-document.ts'
import { nameId, type NameId } from './xml/xml-names.ts'

/** The invoice syntaxes that carry business terms of EN 16931. */
export type Syntax = 'ubl' | 'cii' | 'cpp'

/**
 * The business terms of one invoice, whatever its syntax: elements, by the number of their term.
 * Blank ones are among them; NONE = there is no such element.
 */
export class InvoiceTerms {
  readonly document: XmlDocument
  readonly root: NodeId
  readonly syntax: Syntax
  readonly #places: Places
  readonly #found = new Map<BusinessTermId, readonly NodeId[]>()
  readonly #foundGroups = new Map<BusinessGroupId, readonly NodeId[]>()

  constructor(document: XmlDocument, root: NodeId, syntax: Syntax) {
    this.document = document
    this.root = root
    this.syntax = syntax
    this.#places = PLACES[syntax]
  }

  /** The first element of the term, below its group's element, or the root when it has no group. */
  first(term: BusinessTermId, group: NodeId = this.root): NodeId {
    for (const place of this.#places.terms[term]) {
      const found = this.#first(group, place, 0)
      if (found !== NONE) return found
    }
    return NONE
  }

  all(term: BusinessTermId, group: NodeId = this.root): readonly NodeId[] {
    // Many rules ask for the same terms of the invoice.
    const known = group === this.root ? this.#found.get(term) : undefined
    if (known !== undefined) return known
    const found: NodeId[] = []
    for (const place of this.#places.terms[term]) this.#collect(group, place, 0, found)
    if (group === this.root) this.#found.set(term, found)
    return found
  }

  /** Every element of a group, in document order. */
  groups(group: BusinessGroupId): readonly NodeId[] {
    const known = this.#foundGroups.get(group)
    if (known !== undefined) return known
    const found: NodeId[] = []
    for (const place of this.#places.groups[group]) this.#collect(this.root, place, 0, found)
    this.#foundGroups.set(group, found)
    return found
  }

  /** Text of the first element that holds some, without white space around; '' = there is none. */
  text(term: BusinessTermId, group: NodeId = this.root): string {
    for (const node of this.all(term, group)) {
      const text = this.document.trimmed(node)
      if (text !== '') return text
    }
    return ''
  }

  /** Every one of a term that stands in a repeated group. */
  everywhere(term: BusinessTermId): readonly NodeId[] {
    const { within } = BUSINESS_TERMS[term] as { readonly within?: BusinessGroupId }
    if (within === undefined) return this.all(term)
    const found: NodeId[] = []
    const places = this.#places.terms[term]
    for (const group of this.groups(within)) {
      for (const place of places) this.#collect(group, place, 0, found)
    }
    return found
  }

  #first(node: NodeId, place: Place, depth: number): NodeId {
    const step = place[depth]
    if (step === undefined) return node
    const { document } = this
    for (
      let child = document.child(node, step.name);
      child !== NONE;
      child = document.next(child)
    ) {
      if (!this.#holds(child, step)) continue
      const found = this.#first(child, place, depth + 1)
      if (found !== NONE) return found
    }
    return NONE
  }

  #collect(node: NodeId, place: Place, depth: number, found: NodeId[]): void {
    const step = place[depth]
    if (step === undefined) {
      found.push(node)
      return
    }
    const { document } = this
    for (
      let child = document.child(node, step.name);
      child !== NONE;
      child = document.next(child)
    ) {
      if (this.#holds(child, step)) this.#collect(child, place, depth + 1, found)
    }
  }

  #holds(node: NodeId, { condition }: Step): boolean {
    if (condition === undefined) return true
    const { document } = this
    const { attribute, steps, value, isEqual } = condition
    if (attribute !== undefined) {
      return ((document.attribute(node, attribute) ?? '').trim() === value) === isEqual
    }
    const found = document.first(node, steps)
    return (found !== NONE && document.trimmed(found) === value) === isEqual
  }
}

interface Step {
  readonly name: NameId
  readonly condition: Condition | undefined
}

interface Condition {
  readonly attribute: NameId | undefined
  readonly steps: readonly NameId[]
  readonly value: string
  readonly isEqual: boolean
}

type Place = readonly Step[]

interface Places {
  readonly terms: Readonly<Record<BusinessTermId, readonly Place[]>>
  readonly groups: Readonly<Record<BusinessGroupId, readonly Place[]>>
}

/** `cac:A[cbc:B/cbc:C=v]/cbc:D` or `.`, the element of the group itself. */
function placeOf(path: string): Place {
  if (path === '.') return []
  return [...path.matchAll(/([^/[]+)(?:\[([^\]]+)\])?(?:\/|$)/g)].map(([, name = '', test]) => ({
    name: nameId(name),
    condition: test === undefined ? undefined : conditionOf(test),
  }))
}

function conditionOf(test: string): Condition {
  const isEqual = !test.includes('!=')
  const [left = '', value = ''] = test.split(isEqual ? '=' : '!=')
  return left.startsWith('@')
    ? { attribute: nameId(left.slice(1)), steps: [], value, isEqual }
    : { attribute: undefined, steps: left.split('/').map(nameId), value, isEqual }
}

/** Of the operator's own format, which has few of the terms. */
function cppPlaces(): Places {
  return {
    terms: mapRows(BUSINESS_TERMS, (_row, id) => (CPP_TERMS[id] ?? []).map(placeOf)),
    groups: mapRows(BUSINESS_GROUPS, (_row, id) => (CPP_GROUPS[id] ?? []).map(placeOf)),
  }
}

function placesOf(syntax: 'ubl' | 'cii'): Places {
  const termPlaces = mapRows(BUSINESS_TERMS, (row) => row[syntax].map(placeOf))
  const groupPlaces = mapRows(BUSINESS_GROUPS, (row) => row[syntax].map(placeOf))
  return { terms: termPlaces, groups: groupPlaces }
}

function mapRows<Id extends string, Row, Out>(
  rows: Readonly<Record<Id, Row>>,
  map: (row: Row, id: Id) => Out,
): Record<Id, Out> {
  const mapped: Partial<Record<Id, Out>> = {}
  for (const id of Object.keys(rows) as Id[]) mapped[id] = map(rows[id], id)
  return mapped as Record<Id, Out>
}

const PLACES: Readonly<Record<Syntax, Places>> = {
  ubl: placesOf('ubl'),
  cii: placesOf('cii'),
  cpp: cppPlaces(),
}
