/** A line counter remembers the number of lines once per so many characters. */
const BLOCK_CHARACTERS = 64 * 1024

/**
 * Line and column of any place of a text. Costs nothing until it is asked, then one pass for all
 * questions. Lines end with LF (CR LF is one end); both numbers start at 1.
 */
export class LineIndex {
  readonly #text: string
  /** Line feeds before each block. */
  #before: number[] | undefined

  constructor(text: string) {
    this.#text = text
  }

  locate(offset: number): { readonly line: number; readonly column: number } {
    this.#before ??= countPerBlock(this.#text)
    const block = Math.floor(offset / BLOCK_CHARACTERS)
    const known = this.#before[block] ?? 0
    const line = known + countBetween(this.#text, block * BLOCK_CHARACTERS, offset)
    const lineStart = offset === 0 ? 0 : this.#text.lastIndexOf('\n', offset - 1) + 1
    return { line: line + 1, column: offset - lineStart + 1 }
  }
}

function countPerBlock(text: string): number[] {
  const before: number[] = []
  let count = 0
  for (let start = 0; start <= text.length; start += BLOCK_CHARACTERS) {
    before.push(count)
    count += countBetween(text, start, start + BLOCK_CHARACTERS)
  }
  return before
}

function countBetween(text: string, start: number, end: number): number {
  let count = 0
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
    count += 1
  }
  return count
}
