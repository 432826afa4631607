/** The place at the start of a block is remembered once per so many bytes. */
const BLOCK_BYTES = 16 * 1024

/**
 * Line and column of any place of a document in UTF-8. Costs nothing until it is asked, then one
 * pass for all questions. Lines end with LF (CR LF is one end); columns count UTF-16 units, as
 * editors do; both start at 1.
 */
export class LineIndex {
  readonly #bytes: Uint8Array
  /** Line and column at the start of each block, one after the other. */
  #blocks: Int32Array | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  locate(offset: number): { readonly line: number; readonly column: number } {
    this.#blocks ??= placeBlocks(this.#bytes)
    const block = Math.floor(offset / BLOCK_BYTES)
    const counter = new LineCounter(this.#blocks[block * 2], this.#blocks[block * 2 + 1])
    counter.advance(this.#bytes, block * BLOCK_BYTES, offset)
    return { line: counter.line, column: counter.column }
  }
}

function placeBlocks(bytes: Uint8Array): Int32Array {
  const count = Math.floor(bytes.length / BLOCK_BYTES) + 1
  const blocks = new Int32Array(count * 2)
  const counter = new LineCounter(1, 1)
  for (let block = 0; block < count; block += 1) {
    blocks[block * 2] = counter.line
    blocks[block * 2 + 1] = counter.column
    counter.advance(bytes, block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)
  }
  return blocks
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
