/** PI 21 octet 2: 1 horizontal, 2 vertical, 3 both (reference §8.8, annex A). */
export type Compression = 1 | 2 | 3

const LONGEST_STRING = 63
/** A repetition shorter than this costs more than it saves. */
const SHORTEST_RUN = 3
const REPETITION = 0x80
const AS_BEFORE = 0xc0
/** The shorter of two articles is taken as padded with this before they are compared. */
const PADDING = 0x40

/** @param previous the article before, uncompressed; undefined after a synchronisation point */
export function compress(article: Buffer, kind: Compression, previous: Buffer | undefined): Buffer {
  const out: number[] = []
  let literal: number[] = []
  const endLiteral = (): void => {
    if (literal.length > 0) out.push(literal.length, ...literal)
    literal = []
  }
  let at = 0
  while (at < article.length) {
    const same = kind === 1 || previous === undefined ? 0 : sameAsBefore(article, previous, at)
    const run = kind === 2 ? 0 : runLength(article, at)
    if (same >= SHORTEST_RUN && same >= run) {
      endLiteral()
      out.push(AS_BEFORE | same)
      at += same
    } else if (run >= SHORTEST_RUN) {
      endLiteral()
      out.push(REPETITION | run, article[at] ?? 0)
      at += run
    } else {
      literal.push(article[at] ?? 0)
      at += 1
      if (literal.length === LONGEST_STRING) endLiteral()
    }
  }
  endLiteral()
  return Buffer.from(out)
}

function runLength(article: Buffer, at: number): number {
  let length = 1
  while (length < LONGEST_STRING && article[at + length] === article[at]) length += 1
  return at + length > article.length ? article.length - at : length
}

/** Never past the end of the article before: right under both readings of the padding rule. */
function sameAsBefore(article: Buffer, previous: Buffer, at: number): number {
  const limit = Math.min(article.length, previous.length, at + LONGEST_STRING)
  let end = at
  while (end < limit && article[end] === previous[end]) end += 1
  return end - at
}

/**
 * @param previous the article before, uncompressed; undefined after a synchronisation point
 * @throws Error on a string that the negotiated kind does not allow, or that is cut
 */
export function decompress(
  compressed: Buffer,
  kind: Compression,
  previous: Buffer | undefined,
): Buffer {
  const out: number[] = []
  let at = 0
  while (at < compressed.length) {
    const header = compressed[at] ?? 0
    const length = header & 0x3f
    at += 1
    if (length === 0) throw new Error('compression string of length 0')
    switch (header & 0xc0) {
      case 0:
        if (at + length > compressed.length) throw new Error('compression string is cut')
        out.push(...compressed.subarray(at, at + length))
        at += length
        break
      case REPETITION: {
        const byte = compressed[at]
        if (kind === 2) throw new Error('repetition in vertical compression')
        if (byte === undefined) throw new Error('compression string is cut')
        for (let n = 0; n < length; n += 1) out.push(byte)
        at += 1
        break
      }
      case AS_BEFORE:
        if (kind === 1) throw new Error('vertical string in horizontal compression')
        if (previous === undefined) throw new Error('vertical string with no article before')
        for (let n = 0; n < length; n += 1) out.push(previous[out.length] ?? PADDING)
        break
      default:
        throw new Error(`compression header ${header.toString(16)} is illegal`)
    }
  }
  return Buffer.from(out)
}
