import { trimXml } from '../simple-types.ts'
import { BINARY, FIELD, FOREIGN, STRIDE, type ElementStore } from './element-store.ts'
import { LongWalks, SHORT_WALK } from './long-walks.ts'
import { textOf } from './short-texts.ts'
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
  readonly #store: ElementStore
  /** Texts that were asked for, by element. */
  readonly #texts: (string | undefined)[] = []
  readonly #walks = new LongWalks()
  #locate: Locate = () => ({ line: 1, column: 1 })

  constructor(store: ElementStore) {
    this.#store = store
  }

  /** A new document is about to be put into the store. */
  reset(locate: Locate): void {
    this.#texts.length = 0
    this.#walks.reset()
    this.#locate = locate
  }

  /** How many elements there are. */
  get size(): number {
    return this.#store.size
  }

  /** NONE for the root. */
  parent(node: NodeId): NodeId {
    return node < 0 ? NONE : this.#store.nodes[node * STRIDE + FIELD.parent]!
  }

  name(node: NodeId): NameId {
    return node < 0 ? NONE : this.#store.nodes[node * STRIDE + FIELD.name]!
  }

  nameOf(node: NodeId): XmlName {
    return this.xmlName(this.name(node))
  }

  /** Of a name that this document holds, be it known to tables or not. */
  xmlName(id: NameId): XmlName {
    return (id < FOREIGN ? knownName(id) : this.#store.foreignNames[id - FOREIGN]) ?? NO_NAME
  }

  /** The first child of any name. */
  firstChild(node: NodeId): NodeId {
    return node < 0 ? NONE : this.#store.nodes[node * STRIDE + FIELD.firstChild]!
  }

  /** The next child of the same parent, of any name. */
  nextSibling(node: NodeId): NodeId {
    return node < 0 ? NONE : this.#store.nodes[node * STRIDE + FIELD.nextSibling]!
  }

  /** The first child of this name. */
  child(node: NodeId, name: NameId): NodeId {
    if (node < 0) return NONE
    const { nodes } = this.#store
    let child = nodes[node * STRIDE + FIELD.firstChild]!
    for (let steps = 0; child !== NONE; steps += 1) {
      if (nodes[child * STRIDE + FIELD.name] === name) return child
      if (steps === SHORT_WALK) return this.#walks.find(this.#store, node, name, child)
      child = nodes[child * STRIDE + FIELD.nextSibling]!
    }
    return NONE
  }

  /** The next sibling of the same name. */
  next(node: NodeId): NodeId {
    if (node < 0) return NONE
    const { nodes } = this.#store
    const name = nodes[node * STRIDE + FIELD.name]!
    let sibling = nodes[node * STRIDE + FIELD.nextSibling]!
    for (let steps = 0; sibling !== NONE; steps += 1) {
      if (nodes[sibling * STRIDE + FIELD.name] === name) return sibling
      // A key that no child of the element has: its own.
      if (steps === SHORT_WALK) return this.#walks.find(this.#store, ~node, name, sibling)
      sibling = nodes[sibling * STRIDE + FIELD.nextSibling]!
    }
    return NONE
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

  /** Some element at the end of these steps passes the test. */
  some(node: NodeId, steps: Path, test: (node: NodeId) => boolean, depth = 0): boolean {
    const name = steps[depth]
    if (name === undefined) return test(node)
    for (let child = this.child(node, name); child !== NONE; child = this.next(child)) {
      if (this.some(child, steps, test, depth + 1)) return true
    }
    return false
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

  /**
   * Character data directly in the element, as written, entities resolved; white space alone that
   * stands beside child elements is left out. Empty for a binary element: see `binaryBytes`.
   */
  text(node: NodeId): string {
    if (node < 0) return ''
    const known = this.#texts[node]
    if (known !== undefined) return known
    const text = textOf(this.textBytes(node), this.textStart(node), this.textEnd(node))
    while (this.#texts.length < node) this.#texts.push(undefined)
    this.#texts[node] = text
    return text
  }

  /** Without white space at both ends. */
  trimmed(node: NodeId): string {
    return trimXml(this.text(node))
  }

  /** The element is there and holds a character that is no white space, or binary content. */
  hasText(node: NodeId): boolean {
    if (node < 0) return false
    const bytes = this.textBytes(node)
    const end = this.textEnd(node)
    for (let at = this.textStart(node); at < end; at += 1) if (bytes[at]! > 0x20) return true
    return (this.binaryBytes(node) ?? 0) !== 0
  }

  /** Where the bytes of its text are: UTF-8, entities resolved, from `textStart` to `textEnd`. */
  textBytes(node: NodeId): Buffer {
    const { nodes, input, arena } = this.#store
    return nodes[node * STRIDE + FIELD.textStart]! < 0 ? arena : input
  }

  textStart(node: NodeId): number {
    const start = this.#store.nodes[node * STRIDE + FIELD.textStart]!
    return start >= 0 ? start : start === BINARY ? 0 : ~start
  }

  /** One more than the place of the last byte. */
  textEnd(node: NodeId): number {
    const { nodes } = this.#store
    if (nodes[node * STRIDE + FIELD.textStart] === BINARY) return 0
    return nodes[node * STRIDE + FIELD.textEnd]!
  }

  /** How many bytes the base64 of a binary element decodes to, -1 = malformed; else undefined. */
  binaryBytes(node: NodeId): number | undefined {
    const { nodes } = this.#store
    const isBinary = node >= 0 && nodes[node * STRIDE + FIELD.textStart] === BINARY
    return isBinary ? nodes[node * STRIDE + FIELD.textEnd] : undefined
  }

  /** The value as written; undefined when it is not given. */
  attribute(node: NodeId, name: NameId): string | undefined {
    const found = this.findAttribute(node, name)
    return found === NONE ? undefined : this.attributeValue(found)
  }

  /** Attributes are numbered through the document: those of an element are `firstAttribute` … */
  firstAttribute(node: NodeId): number {
    return this.#store.nodes[node * STRIDE + FIELD.firstAttribute]!
  }

  /** … to before this number. Namespace declarations are not among them. */
  endAttribute(node: NodeId): number {
    const { nodes, size, attributeCount } = this.#store
    return node + 1 < size ? nodes[(node + 1) * STRIDE + FIELD.firstAttribute]! : attributeCount
  }

  /** NONE when the element has no such attribute. */
  findAttribute(node: NodeId, name: NameId): number {
    if (node < 0) return NONE
    const { attributes } = this.#store
    const end = this.endAttribute(node)
    for (let at = this.firstAttribute(node); at < end; at += 1) {
      if (attributes[at * 3] === name) return at
    }
    return NONE
  }

  attributeName(attribute: number): NameId {
    return this.#store.attributes[attribute * 3]!
  }

  attributeValue(attribute: number): string {
    const start = this.attributeStart(attribute)
    return textOf(this.attributeBytes(attribute), start, this.attributeEnd(attribute))
  }

  /** Where the bytes of its value are, from `attributeStart` to `attributeEnd`. */
  attributeBytes(attribute: number): Buffer {
    const { attributes, input, arena } = this.#store
    return attributes[attribute * 3 + 1]! < 0 ? arena : input
  }

  attributeStart(attribute: number): number {
    const start = this.#store.attributes[attribute * 3 + 1]!
    return start < 0 ? ~start : start
  }

  attributeEnd(attribute: number): number {
    return this.#store.attributes[attribute * 3 + 2]!
  }

  /** `/ubl:Invoice[1]/cac:InvoiceLine[3]`. */
  path(node: NodeId): string {
    const parent = this.parent(node)
    const { prefixed } = this.nameOf(node)
    if (parent === NONE) return `/${prefixed}[1]`
    const position = this.#walks.position(this, node)
    return `${this.path(parent)}/${prefixed}[${position}]`
  }

  place(node: NodeId): Place {
    return { path: this.path(node), ...this.lineOf(node) }
  }

  /** Line and column of the element's start tag. */
  lineOf(node: NodeId): { readonly line: number; readonly column: number } {
    const { nodes } = this.#store
    const at = nodes[node * STRIDE + FIELD.at]!
    const column = nodes[node * STRIDE + FIELD.column]!
    return column > 0 ? { line: at, column } : this.#locate(at)
  }
}

/** Line and column of an offset, both from 1. */
export type Locate = (offset: number) => { readonly line: number; readonly column: number }

const NO_NAME: XmlName = { prefixed: '', uri: '', local: '' }
