import type { XmlName } from './xml-names.ts'

/**
 * The elements of one document as numbers side by side: filled by a DocumentFiller, read through an
 * XmlDocument, used again for the next document. Nothing is allocated per element.
 */
export class ElementStore {
  /** `STRIDE` numbers an element, in the order of `FIELD`. */
  nodes = new Int32Array(1_024 * STRIDE)
  size = 0
  /** Three numbers an attribute: name, start and end of its value. */
  attributes = new Int32Array(256 * 3)
  attributeCount = 0
  /** What was scanned, when it is one whole buffer that stays: most values are ranges of it. */
  input: Buffer = NO_BYTES
  /** Values that are not one run of the input: UTF-8, one after the other. */
  arena: Buffer = Buffer.allocUnsafeSlow(16 * 1_024)
  arenaLength = 0
  /** Names that no table mentions, by their number less `FOREIGN`. */
  foreignNames: readonly XmlName[] = []

  clear(input: Buffer, foreignNames: readonly XmlName[]): void {
    this.size = 0
    this.attributeCount = 0
    this.input = input
    this.arenaLength = 0
    this.foreignNames = foreignNames
    // What one huge document needed is not kept for the small ones after it.
    if (this.nodes.length > KEPT_NUMBERS) this.nodes = new Int32Array(1_024 * STRIDE)
    if (this.attributes.length > KEPT_NUMBERS) this.attributes = new Int32Array(256 * 3)
    if (this.arena.length > KEPT_BYTES) this.arena = Buffer.allocUnsafeSlow(16 * 1_024)
  }

  growNodes(): void {
    const grown = new Int32Array(this.nodes.length * 2)
    grown.set(this.nodes)
    this.nodes = grown
  }

  growAttributes(): void {
    const grown = new Int32Array(this.attributes.length * 2)
    grown.set(this.attributes)
    this.attributes = grown
  }

  /** Makes room for so many bytes more behind the arena's end. */
  reserve(bytes: number): void {
    const needed = this.arenaLength + bytes
    if (needed <= this.arena.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.arena.length * 2))
    this.arena.copy(grown, 0, 0, this.arenaLength)
    this.arena = grown
  }
}

/** What stands at which place among the numbers of an element. */
export const FIELD = {
  name: 0,
  parent: 1,
  firstChild: 2,
  nextSibling: 3,
  /** Offset of the start tag in the input; with a column, its line. */
  at: 4,
  /** From 1; 0 = `at` is an offset. */
  column: 5,
  /** Its own text; negative (`~start`) = in the arena. Binary: `BINARY` and bytes it decodes to. */
  textStart: 6,
  textEnd: 7,
  firstAttribute: 8,
} as const

export const STRIDE = 9

/** In place of the start of a text: the element was binary. Its end is -1 when that was no base64. */
export const BINARY = -0x8000_0000

/** Numbers from here on are names that no table mentions. */
export const FOREIGN = 1 << 20

export const NO_BYTES: Buffer = Buffer.alloc(0)

const KEPT_NUMBERS = 1 << 19
const KEPT_BYTES = 1 << 20
