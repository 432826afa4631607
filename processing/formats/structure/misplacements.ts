import { NONE, type NodeId, type XmlDocument } from '../xml/xml-document.ts'
import type { ElementType } from './schema.ts'
import type { StructureIssue } from './structure-issue.ts'

/** A child that may not stand where it does, and how the check goes on. */
export interface Misplaced {
  readonly issue: StructureIssue
  /** State of the parent's content after it. */
  readonly state: number
  /** Its place in the parent's content; NONE = it has none. */
  readonly place: number
  /** It was missed before: what was said then, and what is to be said instead. */
  readonly late?: { readonly early: StructureIssue; readonly issue: StructureIssue }
}

/** Elements that something should have come before, by their parent. */
interface Early {
  readonly parent: NodeId
  readonly missing: readonly number[]
  readonly issue: StructureIssue
}

/** Says what is wrong with elements that are missing, too many, too late or unknown. */
export class Misplacements {
  readonly #document: XmlDocument
  #early: Early[] = []

  constructor(document: XmlDocument) {
    this.#document = document
  }

  reset(): void {
    if (this.#early.length > 0) this.#early = []
  }

  /** A child that no transition leads to. */
  misplaced(node: NodeId, type: ElementType, state: number): Misplaced {
    const { content } = type
    const first = content.find(this.#document.name(node))
    if (first === NONE) return this.#unknown(node, type, state)
    for (let place = first; place !== NONE; place = content.nextSame(place)) {
      if (content.canReach(state, place)) return this.#tooEarly(node, type, state, place)
    }
    return this.#tooLate(node, type, state, first)
  }

  /** The element ended before all that it must hold had come. */
  missingAtEnd(node: NodeId, { content }: ElementType, state: number): StructureIssue {
    const missing = content.names.flatMap((_, place) =>
      content.canEnd(state, place) ? [] : [place],
    )
    const expected = content.nextPlaces(state)
    const names = this.#names(content.names, missing.length > 0 ? missing : expected)
    return {
      kind: 'MISSING',
      place: this.#document.place(node),
      name: missing.length > 0 ? names.join(', ') : (names[0] ?? ''),
      parent: this.#document.nameOf(node).prefixed,
      expected: this.#names(content.names, expected),
    }
  }

  #unknown(node: NodeId, { content, value }: ElementType, state: number): Misplaced {
    const { prefixed, local, uri } = this.#document.nameOf(node)
    // In a wrong namespace it still stands for the element it was meant to be.
    const meant = content.names.findIndex(
      (name) => name !== NONE && this.#document.xmlName(name).local === local,
    )
    const isNext = meant >= 0 && content.mayFollow(state, meant)
    return {
      issue: {
        kind: 'UNKNOWN-ELEMENT',
        place: this.#document.place(node),
        name: meant < 0 ? prefixed : this.#document.xmlName(content.names[meant] ?? NONE).prefixed,
        parent: this.#parentName(node),
        ...(value === undefined
          ? { expected: this.#names(content.names, content.nextPlaces(state)) }
          : {}),
        ...(meant < 0 ? {} : { foreignUri: uri }),
      },
      state: isNext ? meant + 1 : state,
      place: NONE,
    }
  }

  /** Something that must come first has not come. */
  #tooEarly(node: NodeId, { content }: ElementType, state: number, place: number): Misplaced {
    const next = content.nextPlaces(state)
    const missing = content.names.flatMap((_, one) =>
      one === place || content.canReach(state, place, one) ? [] : [one],
    )
    const names = this.#names(content.names, missing.length > 0 ? missing : next)
    const issue: StructureIssue = {
      kind: 'MISSING',
      place: this.#document.place(node),
      name: missing.length > 0 ? names.join(', ') : (names[0] ?? ''),
      parent: this.#parentName(node),
      other: this.#document.nameOf(node).prefixed,
      expected: this.#names(content.names, next),
    }
    this.#early.push({ parent: this.#document.parent(node), missing, issue })
    return { issue, state: place + 1, place }
  }

  /** Its turn is over: it has come before, or others have that stand after it. */
  #tooLate(node: NodeId, { content }: ElementType, state: number, place: number): Misplaced {
    const document = this.#document
    const parent = document.parent(node)
    const name = document.nameOf(node).prefixed
    const own = document.place(node)
    const found = { name, parent: this.#parentName(node), place: own }
    const early = this.#early.findIndex(
      (one) => one.parent === parent && one.missing.includes(place),
    )
    const [before] = early < 0 ? [] : this.#early.splice(early, 1)
    if (before !== undefined) {
      const issue: StructureIssue = {
        kind: 'ORDER',
        place: before.issue.place,
        name,
        parent: found.parent,
        ...(before.issue.other === undefined ? {} : { other: before.issue.other }),
        lateLine: own.line,
      }
      return { issue, state, place, late: { early: before.issue, issue } }
    }
    const isSecond = document.child(parent, document.name(node)) !== node
    const isRepeatable = content.canReach(place + 1, place)
    const after = this.#firstAfter(node, place, { content })
    if (isSecond && !isRepeatable) return { issue: { kind: 'CARDINALITY', ...found }, state, place }
    if (after !== undefined) {
      return { issue: { kind: 'ORDER', ...found, other: after }, state, place }
    }
    const beside = document.nameOf(document.firstChild(parent)).prefixed
    return { issue: { kind: 'CHOICE', ...found, other: beside }, state, place }
  }

  /** The first sibling that stands before the element and should stand after it. */
  #firstAfter(
    node: NodeId,
    place: number,
    { content }: Pick<ElementType, 'content'>,
  ): string | undefined {
    const document = this.#document
    let sibling = document.firstChild(document.parent(node))
    for (; sibling !== node && sibling !== NONE; sibling = document.nextSibling(sibling)) {
      const other = content.find(document.name(sibling))
      if (other !== NONE && other !== place && content.canReach(place + 1, other)) {
        return document.nameOf(sibling).prefixed
      }
    }
    return undefined
  }

  #parentName(node: NodeId): string {
    return this.#document.nameOf(this.#document.parent(node)).prefixed
  }

  #names(all: readonly number[], places: readonly number[]): string[] {
    const names = places.map((place) => all[place] ?? NONE)
    return [...new Set(names)].map((name) =>
      name === NONE ? '*' : this.#document.xmlName(name).prefixed,
    )
  }
}
