/** The number of lines is remembered once per so many characters. */
const BLOCK_CHARACTERS = 64 * 1024

/**
 * Line and column of any place of a text. Costs nothing until it is asked, then one pass for all
 * questions. Lines end with LF (CR LF is one end); both numbers start at 1.
 */
export class LineIndex {
  readonly #text: string
  /** Line feeds before each block. */
  #before: Uint32Array | undefined

  constructor(text: string) {
    this.#text = text
  }

  locate(offset: number): { readonly line: number; readonly column: number } {
    this.#before ??= countPerBlock(this.#text)
    const block = Math.floor(offset / BLOCK_CHARACTERS)
    let line = (this.#before[block] ?? 0) + 1
    // The block alone is searched: without a line feed, the rest of the text may be long.
    const part = this.#text.slice(block * BLOCK_CHARACTERS, offset)
    for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', at + 1)) line += 1
    const lineStart = offset === 0 ? 0 : this.#text.lastIndexOf('\n', offset - 1) + 1
    return { line, column: offset - lineStart + 1 }
  }
}

function countPerBlock(text: string): Uint32Array {
  const before = new Uint32Array(Math.floor(text.length / BLOCK_CHARACTERS) + 2)
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    before[Math.floor(at / BLOCK_CHARACTERS) + 1]! += 1
  }
  for (let block = 1; block < before.length; block += 1) before[block]! += before[block - 1]!
  return before
}
