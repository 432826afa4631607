/** The place at the start of a block is remembered once per so many bytes. */
const BLOCK_BYTES = 16 * 1024

/**
 * Line and column of any place of a document in UTF-8. Costs nothing until it is asked, then one
 * pass for all questions, as far as they go. Lines end with LF (CR LF is one end); columns count UTF-16 units, as
 * editors do; both start at 1.
 */
export class LineIndex {
  readonly #bytes: Uint8Array
  /** Line and column at the start of each block, one after the other. */
  readonly #blocks: number[] = [1, 1]

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  locate(offset: number): { readonly line: number; readonly column: number } {
    const blocks = this.#blocks
    const block = Math.floor(offset / BLOCK_BYTES)
    let placed = Math.min(block, blocks.length / 2 - 1)
    const counter = new LineCounter(blocks[placed * 2], blocks[placed * 2 + 1])
    for (; placed < block; placed += 1) {
      counter.advance(this.#bytes, placed * BLOCK_BYTES, (placed + 1) * BLOCK_BYTES)
      blocks.push(counter.line, counter.column)
    }
    counter.advance(this.#bytes, block * BLOCK_BYTES, offset)
    return { line: counter.line, column: counter.column }
  }
}

/** Counts lines and columns along a document that goes by. */
export class LineCounter {
  line: number
  column: number

  constructor(line = 1, column = 1) {
    this.line = line
    this.column = column
  }

  /** Goes over the bytes from `start` to before `end`, or as far as there are any. */
  advance(bytes: Uint8Array, start: number, end: number): void {
    const limit = Math.min(end, bytes.length)
    let { line, column } = this
    for (let at = start; at < limit; at += 1) {
      const byte = bytes[at]!
      if (byte === 0x0a) {
        line += 1
        column = 1
      } else if (byte < 0x80 || byte >= 0xc0) {
        // A character beyond U+FFFF, of four bytes, is two UTF-16 units.
        column += byte >= 0xf0 ? 2 : 1
      }
    }
    this.line = line
    this.column = column
  }
}
