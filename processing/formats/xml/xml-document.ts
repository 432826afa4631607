import { trimXml } from '../simple-types.ts'
import { knownName, nameId, type NameId, type XmlName } from './xml-names.ts'

/** An element of one document, from 0 (the root) in document order; NONE = there is none. */
export type NodeId = number
export const NONE: NodeId = -1

/** A place in a file, worked out when it is asked for. */
export interface Place {
  /** XPath with positions: `/ubl:Invoice[1]/cac:InvoiceLine[3]`. */
  readonly path: string
  /** Of the element's start tag; both from 1. */
  readonly line: number
  readonly column: number
}

/** Steps below an element, as numbers: `path('cac:Price/cbc:PriceAmount')`. */
export type Path = readonly NameId[]

/** Only call it while modules load. */
export function path(steps: string): Path {
  return steps.split('/').map(nameId)
}

/**
 * The elements of one document, to be walked by rules: first child, next sibling, by number. One
 * object is filled again for each document of a thread; nothing of it may be kept.
 */
export class XmlDocument {
  #names: NameId[] = []
  #parents: NodeId[] = []
  #firstChildren: NodeId[] = []
  #lastChildren: NodeId[] = []
  #nextSiblings: NodeId[] = []
  #offsets: number[] = []
  #texts: string[] = []
  #attributes: (readonly { readonly name: NameId; readonly value: string }[])[] = []
  #foreignNames = new Map<NameId, XmlName>()
  #open: NodeId = NONE
  #locate: (offset: number) => { readonly line: number; readonly column: number } = () => ({
    line: 1,
    column: 1,
  })

  /** How many elements there are. */
  get size(): number {
    return this.#names.length
  }

  /** NONE for the root. */
  parent(node: NodeId): NodeId {
    return this.#parents[node] ?? NONE
  }

  name(node: NodeId): NameId {
    return this.#names[node] ?? NONE
  }

  nameOf(node: NodeId): XmlName {
    const id = this.name(node)
    return knownName(id) ?? this.#foreignNames.get(id) ?? { prefixed: '', uri: '', local: '' }
  }

  /** The first child of any name. */
  firstChild(node: NodeId): NodeId {
    return this.#firstChildren[node] ?? NONE
  }

  /** The next child of the same parent, of any name. */
  nextSibling(node: NodeId): NodeId {
    return this.#nextSiblings[node] ?? NONE
  }

  /** The first child of this name. */
  child(node: NodeId, name: NameId): NodeId {
    let child = this.firstChild(node)
    while (child !== NONE && this.name(child) !== name) child = this.nextSibling(child)
    return child
  }

  /** The next sibling of the same name. */
  next(node: NodeId): NodeId {
    const name = this.name(node)
    let sibling = this.nextSibling(node)
    while (sibling !== NONE && this.name(sibling) !== name) sibling = this.nextSibling(sibling)
    return sibling
  }

  /** The first element at the end of these steps, whichever of their repetitions holds it. */
  first(node: NodeId, steps: Path, depth = 0): NodeId {
    const name = steps[depth]
    if (name === undefined) return node
    for (let child = this.child(node, name); child !== NONE; child = this.next(child)) {
      const found = this.first(child, steps, depth + 1)
      if (found !== NONE) return found
    }
    return NONE
  }

  /** Every element at the end of these steps, in document order. */
  all(node: NodeId, steps: Path): NodeId[] {
    const found: NodeId[] = []
    this.#collect(node, steps, 0, found)
    return found
  }

  #collect(node: NodeId, steps: Path, depth: number, found: NodeId[]): void {
    const name = steps[depth]
    if (name === undefined) {
      found.push(node)
      return
    }
    for (let child = this.child(node, name); child !== NONE; child = this.next(child)) {
      this.#collect(child, steps, depth + 1, found)
    }
  }

  /** Character data directly in the element, as written, entities resolved. */
  text(node: NodeId): string {
    return this.#texts[node] ?? ''
  }

  /** Without white space at both ends. */
  trimmed(node: NodeId): string {
    return trimXml(this.text(node))
  }

  /** The element is there and holds a character that is no white space. */
  hasText(node: NodeId): boolean {
    return node !== NONE && this.trimmed(node) !== ''
  }

  /** The value as written; undefined when it is not given. */
  attribute(node: NodeId, name: NameId): string | undefined {
    return this.#attributes[node]?.find((one) => one.name === name)?.value
  }

  /** `/ubl:Invoice[1]/cac:InvoiceLine[3]`. */
  path(node: NodeId): string {
    const parent = this.parent(node)
    const { prefixed } = this.nameOf(node)
    if (parent === NONE) return `/${prefixed}[1]`
    let position = 1
    for (let one = this.child(parent, this.name(node)); one !== node; one = this.next(one)) {
      position += 1
    }
    return `${this.path(parent)}/${prefixed}[${position}]`
  }

  place(node: NodeId): Place {
    return { path: this.path(node), ...this.#locate(this.#offsets[node] ?? 0) }
  }

  // How it is filled. -------------------------------------------------------------------------

  /** Empties it for the next document. */
  reset(locate: (offset: number) => { readonly line: number; readonly column: number }): void {
    this.#names = []
    this.#parents = []
    this.#firstChildren = []
    this.#lastChildren = []
    this.#nextSiblings = []
    this.#offsets = []
    this.#texts = []
    this.#attributes = []
    this.#foreignNames = new Map()
    this.#open = NONE
    this.#locate = locate
  }

  open(
    name: NameId,
    offset: number,
    attributes: readonly { readonly name: NameId; readonly value: string }[],
  ): NodeId {
    const node = this.#names.length
    const parent = this.#open
    this.#names.push(name)
    this.#parents.push(parent)
    this.#firstChildren.push(NONE)
    this.#lastChildren.push(NONE)
    this.#nextSiblings.push(NONE)
    this.#offsets.push(offset)
    this.#texts.push('')
    this.#attributes.push(attributes)
    if (parent !== NONE) {
      const previous = this.#lastChildren[parent] ?? NONE
      if (previous === NONE) this.#firstChildren[parent] = node
      else this.#nextSiblings[previous] = node
      this.#lastChildren[parent] = node
    }
    this.#open = node
    return node
  }

  addText(text: string): void {
    if (this.#open !== NONE) this.#texts[this.#open] += text
  }

  close(): void {
    this.#open = this.parent(this.#open)
  }

  /** A name that no table mentions: its number in this document only. */
  foreignName(name: XmlName): NameId {
    for (const [id, known] of this.#foreignNames) {
      if (known.uri === name.uri && known.local === name.local) return id
    }
    const id = FOREIGN + this.#foreignNames.size
    this.#foreignNames.set(id, name)
    return id
  }
}

/** Numbers from here on are names that only the document at hand holds. */
const FOREIGN = 1 << 20
