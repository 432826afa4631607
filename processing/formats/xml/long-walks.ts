import { FIELD, STRIDE, type ElementStore } from './element-store.ts'
import type { NodeId, XmlDocument } from './xml-document.ts'
import type { NameId } from './xml-names.ts'

/** A walk along siblings of no more steps than this is not worth remembering. */
export const SHORT_WALK = 32

/** A power of two. */
const SLOTS = 512
const NOWHERE = -1

/**
 * Where long walks along siblings ended. Rules ask the same parent for the same child once for each
 * of its children: among 100,000 siblings that would take the square of the time.
 */
export class LongWalks {
  /** Asked element, name, answer, one after the other. */
  readonly #found = new Int32Array(SLOTS * 3)
  /** The answers hold for this number of elements: a document that still grows may have others. */
  #size = NOWHERE
  /** Parent, name, one of its children, the child's position among those of its name. */
  readonly #positions = new Int32Array(SLOTS * 4)

  /** Another document comes. */
  reset(): void {
    this.#size = NOWHERE
    this.#positions.fill(NOWHERE)
  }

  /**
   * The first element of this name from `start` along its siblings; NONE = there is none.
   * @param key what tells one such walk from others of the same name
   */
  find({ nodes, size }: ElementStore, key: number, name: NameId, start: NodeId): NodeId {
    if (this.#size !== size) {
      this.#size = size
      this.#found.fill(NOWHERE)
    }
    const slot = slotOf(key, name) * 3
    if (this.#found[slot] === key && this.#found[slot + 1] === name) return this.#found[slot + 2]!
    let node = start
    while (node >= 0 && nodes[node * STRIDE + FIELD.name] !== name) {
      node = nodes[node * STRIDE + FIELD.nextSibling]!
    }
    this.#found[slot] = key
    this.#found[slot + 1] = name
    this.#found[slot + 2] = node
    return node
  }

  /** Of an element with a parent, among its siblings of the same name; from 1. */
  position(document: XmlDocument, node: NodeId): number {
    const parent = document.parent(node)
    const name = document.name(node)
    const slot = slotOf(parent, name) * 4
    const isKnown = this.#positions[slot] === parent && this.#positions[slot + 1] === name
    const last = isKnown ? this.#positions[slot + 2]! : NOWHERE
    const goesOn = last >= 0 && last <= node
    let one = goesOn ? last : document.child(parent, name)
    let position = goesOn ? this.#positions[slot + 3]! : 1
    for (; one !== node; one = document.next(one)) position += 1
    this.#positions[slot] = parent
    this.#positions[slot + 1] = name
    this.#positions[slot + 2] = node
    this.#positions[slot + 3] = position
    return position
  }
}

const slotOf = (key: number, name: NameId): number =>
  (Math.imul(key, 0x9e37_79b1) ^ Math.imul(name, 0x85eb_ca6b)) >>> 23
