/** In this order: what is quoted, mail addresses, SIREN, SIRET and VAT numbers of companies. */
const KNOWN_SHAPES = [
  '(?<=["“«]\\s?)[^"“”«»]{1,200}(?=\\s?["”»])',
  '[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{1,63})+',
  '\\b(?:FR[0-9A-Z]{2})?\\d{9}(?:\\d{5})?\\b',
].join('|')
/** Shorter than this, a word may be part of any other. */
const SHORTEST_TERM = 3

/**
 * Finds in texts what nobody is to read: given terms, and what has the shape of a quotation, an address
 * or a number of a company. Thousands of terms are looked up, not tried one after the other.
 */
export class HiddenParts {
  readonly #terms: ReadonlySet<string>
  /** Lengths of the terms by their first characters, longest first. */
  readonly #lengths = new Map<string, number[]>()

  constructor(terms: Iterable<string>) {
    this.#terms = new Set([...terms].filter((term) => term.length >= SHORTEST_TERM))
    for (const term of this.#terms) {
      const start = term.slice(0, SHORTEST_TERM)
      const lengths = this.#lengths.get(start) ?? []
      if (!lengths.includes(term.length)) lengths.push(term.length)
      this.#lengths.set(start, lengths)
    }
    for (const lengths of this.#lengths.values()) lengths.sort((one, other) => other - one)
  }

  /** The text with each such part, the longest at its place, replaced by what `word` says, in one pass. */
  replace(text: string, word: (part: string) => string): string {
    const shapes = new RegExp(KNOWN_SHAPES, 'g')
    let shape = shapes.exec(text)
    let replaced = ''
    let done = 0
    for (let at = 0; at < text.length;) {
      if (shape !== null && shape.index < at) {
        shapes.lastIndex = at
        shape = shapes.exec(text)
      }
      const shapeLength = shape?.index === at ? shape[0].length : 0
      const length = Math.max(shapeLength, this.#termLength(text, at))
      if (length === 0) {
        at += 1
        continue
      }
      replaced += text.slice(done, at) + word(text.slice(at, at + length))
      at += length
      done = at
    }
    return replaced + text.slice(done)
  }

  /** Of the longest term that stands there; 0 = none does. */
  #termLength(text: string, at: number): number {
    const lengths = this.#lengths.get(text.slice(at, at + SHORTEST_TERM)) ?? []
    return lengths.find((length) => this.#terms.has(text.slice(at, at + length))) ?? 0
  }
}
