import { Base64Count } from './base64-count.ts'
import { BINARY, FIELD, NO_BYTES, STRIDE, type ElementStore } from './element-store.ts'
import { NONE, type NodeId } from './xml-document.ts'
import type { NameId, XmlName } from './xml-names.ts'

/** Text of an element that comes in several pieces: joined here, moved to the arena at its end. */
interface PendingText {
  bytes: Buffer
  length: number
}

/** Puts the elements of one document into a store, in the order in which they are scanned. */
export class DocumentFiller {
  readonly #store: ElementStore
  /** The input stays as it is: texts may be ranges of it. */
  #isWhole = false
  #depth = 0
  /** By depth: the open element, its last child so far, and whether its text is in `#pending`. */
  readonly #open = new Int32Array(MAX_DEPTH)
  readonly #lastChild = new Int32Array(MAX_DEPTH)
  readonly #isPending = new Uint8Array(MAX_DEPTH)
  readonly #pending: (PendingText | undefined)[] = []
  /** Depth of the binary element that is open; 0 = none. */
  #binaryDepth = 0
  readonly #base64 = new Base64Count()

  constructor(store: ElementStore) {
    this.#store = store
  }

  /** Begins a document. `input` = all of it, when it stays as it is while the document is read. */
  begin(input: Buffer | undefined, foreignNames: readonly XmlName[]): void {
    this.#store.clear(input ?? NO_BYTES, foreignNames)
    this.#isWhole = input !== undefined
    this.#depth = 0
    this.#binaryDepth = 0
    this.#open[0] = NONE
    this.#lastChild[0] = NONE
  }

  /** How many elements are open. */
  get depth(): number {
    return this.#depth
  }

  get openNode(): NodeId {
    return this.#open[this.#depth]!
  }

  /** The open element has a child. */
  get hasChild(): boolean {
    return this.#lastChild[this.#depth]! !== NONE
  }

  /** @param column 0 = `at` is an offset; else `at` is a line */
  open(name: NameId, at: number, column: number): NodeId {
    const store = this.#store
    const node = store.size
    const base = node * STRIDE
    if (base === store.nodes.length) store.growNodes()
    const { nodes } = store
    const depth = this.#depth
    const parent = this.#open[depth]!
    nodes[base + FIELD.name] = name
    nodes[base + FIELD.parent] = parent
    nodes[base + FIELD.firstChild] = NONE
    nodes[base + FIELD.nextSibling] = NONE
    nodes[base + FIELD.at] = at
    nodes[base + FIELD.column] = column
    nodes[base + FIELD.textStart] = 0
    nodes[base + FIELD.textEnd] = 0
    nodes[base + FIELD.firstAttribute] = store.attributeCount
    if (parent !== NONE) {
      const previous = this.#lastChild[depth]!
      if (previous === NONE) nodes[parent * STRIDE + FIELD.firstChild] = node
      else nodes[previous * STRIDE + FIELD.nextSibling] = node
      this.#lastChild[depth] = node
    }
    store.size = node + 1
    this.#depth = depth + 1
    this.#open[depth + 1] = node
    this.#lastChild[depth + 1] = NONE
    this.#isPending[depth + 1] = 0
    return node
  }

  /** An attribute of the element just opened; its value is in the arena when `start` is negative. */
  addAttribute(name: NameId, start: number, end: number): void {
    const store = this.#store
    const base = store.attributeCount * 3
    if (base === store.attributes.length) store.growAttributes()
    store.attributes[base] = name
    store.attributes[base + 1] = start
    store.attributes[base + 2] = end
    store.attributeCount += 1
  }

  /** Copies a value into the arena. @returns its start there, as `~start` */
  keep(bytes: Uint8Array, start: number, end: number): number {
    const store = this.#store
    const at = store.arenaLength
    store.reserve(end - start)
    copy(bytes, start, end, store.arena, at)
    store.arenaLength = at + end - start
    return ~at
  }

  /** The open element's own text is base64: from here on it is checked and counted, not kept. */
  beginBinary(): void {
    if (this.#binaryDepth > 0) return
    this.#binaryDepth = this.#depth
    this.#base64.reset()
  }

  /** Text of any length is taken from the open element. */
  get isBinary(): boolean {
    return this.#binaryDepth > 0 && this.#binaryDepth === this.#depth
  }

  /** @returns how many bytes of text the open element has by now; 0 for a binary one */
  addText(bytes: Uint8Array, start: number, end: number): number {
    const depth = this.#depth
    if (this.#binaryDepth === depth) {
      this.#base64.add(bytes, start, end)
      return 0
    }
    const { nodes } = this.#store
    const base = this.#open[depth]! * STRIDE
    if (this.#isPending[depth] === 0) {
      const isFirst = nodes[base + FIELD.textEnd] === nodes[base + FIELD.textStart]
      if (isFirst && this.#isWhole && bytes === this.#store.input) {
        nodes[base + FIELD.textStart] = start
        nodes[base + FIELD.textEnd] = end
        return end - start
      }
      this.#startPending(depth, base)
    }
    return this.#append(this.#pending[depth]!, bytes, start, end)
  }

  /** A second piece: the first one, still a range of the input, is moved to where they are joined. */
  #startPending(depth: number, base: number): void {
    const pending = (this.#pending[depth] ??= { bytes: Buffer.allocUnsafeSlow(256), length: 0 })
    pending.length = 0
    this.#isPending[depth] = 1
    const { nodes, input } = this.#store
    const start = nodes[base + FIELD.textStart]!
    const end = nodes[base + FIELD.textEnd]!
    if (end > start) this.#append(pending, input, start, end)
  }

  #append(pending: PendingText, bytes: Uint8Array, start: number, end: number): number {
    const length = pending.length + end - start
    if (length > pending.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, pending.bytes.length * 2))
      pending.bytes.copy(grown, 0, 0, pending.length)
      pending.bytes = grown
    }
    copy(bytes, start, end, pending.bytes, pending.length)
    pending.length = length
    return length
  }

  /** Ends the open element; what it held can be read from the document. */
  close(): NodeId {
    const depth = this.#depth
    const node = this.#open[depth]!
    const { nodes } = this.#store
    if (this.#isPending[depth] === 1) {
      const pending = this.#pending[depth]!
      nodes[node * STRIDE + FIELD.textStart] = this.keep(pending.bytes, 0, pending.length)
      nodes[node * STRIDE + FIELD.textEnd] = this.#store.arenaLength
      if (pending.bytes.length > KEPT_PENDING_BYTES) this.#pending[depth] = undefined
    }
    if (this.#binaryDepth === depth) {
      nodes[node * STRIDE + FIELD.textStart] = BINARY
      nodes[node * STRIDE + FIELD.textEnd] = this.#base64.bytes
      this.#binaryDepth = 0
    }
    this.#depth = depth - 1
    return node
  }
}

/** One more than the deepest element that a scanner lets through. */
const MAX_DEPTH = 66
const KEPT_PENDING_BYTES = 1 << 16

/** A call of `set` costs more than a short loop. */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 32) to.set(from.subarray(start, end), at)
  else for (let index = start; index < end; index += 1) to[at + index - start] = from[index]!
}
