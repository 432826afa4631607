import { PesitFault, structureFault } from './pesit-fault.ts'

/** PI 21, octet 2 (specification annex A; reference §8.8). */
export type CompressionKind = 'horizontal' | 'vertical' | 'both'

export const COMPRESSION_KINDS: Readonly<Record<number, CompressionKind>> = {
  1: 'horizontal',
  2: 'vertical',
  3: 'both',
}

/** Bits 7–6 of the byte before each string. */
const LITERAL = 0x00
const REPEATED = 0x80
const AS_BEFORE = 0xc0
const KIND_BITS = 0xc0
/** Bits 5–0. */
const MAX_STRING_BYTES = 63
/** A shorter run costs as much as it saves. */
const MIN_RUN_BYTES = 3
const MIN_SAME_BYTES = 2
const PAD_BYTE = 0x40

/**
 * What bytes of the article before are beyond its end: 0x40 as the specification has it, or what an
 * earlier, longer article left there, as Connect:Express does (conflict 13).
 */
export type VerticalPad = 'blank' | 'keep'

const EMPTY = Buffer.alloc(0)

/** Compresses article by article. */
export class ArticleCompressor {
  readonly #kind: CompressionKind
  #previous: Buffer = EMPTY

  constructor(kind: CompressionKind) {
    this.#kind = kind
  }

  /** After each sync point, restart and resynchronisation: nothing refers to what was before. */
  forget(): void {
    this.#previous = EMPTY
  }

  /**
   * Never refers beyond the end of the article before, which both readings of conflict 13 decode.
   * @param article kept until the next one: its bytes must stay as they are
   */
  compress(article: Buffer): Buffer {
    // At worst one byte per 63, and one for each string that a run cuts, which it saves again.
    const out = Buffer.allocUnsafe(article.length + Math.ceil(article.length / 32) + 1)
    let to = 0
    let literalFrom = 0
    let at = 0
    const flush = (end: number): void => {
      while (literalFrom < end) {
        const count = Math.min(MAX_STRING_BYTES, end - literalFrom)
        out[to] = LITERAL | count
        article.copy(out, to + 1, literalFrom, literalFrom + count)
        to += 1 + count
        literalFrom += count
      }
    }
    while (at < article.length) {
      const same = this.#kind === 'horizontal' ? 0 : this.#sameBytes(article, at)
      const run = this.#kind === 'vertical' ? 0 : runBytes(article, at)
      if (same >= MIN_SAME_BYTES && same >= run) {
        flush(at)
        out[to] = AS_BEFORE | same
        to += 1
        at += same
        literalFrom = at
      } else if (run >= MIN_RUN_BYTES) {
        flush(at)
        out[to] = REPEATED | run
        out[to + 1] = article.readUInt8(at)
        to += 2
        at += run
        literalFrom = at
      } else {
        at += 1
      }
    }
    flush(at)
    this.#previous = article
    return out.subarray(0, to)
  }

  #sameBytes(article: Buffer, from: number): number {
    const end = Math.min(article.length, this.#previous.length, from + MAX_STRING_BYTES)
    let at = from
    while (at < end && article[at] === this.#previous[at]) at += 1
    return at - from
  }
}

function runBytes(article: Buffer, from: number): number {
  const end = Math.min(article.length, from + MAX_STRING_BYTES)
  let at = from + 1
  while (at < end && article[at] === article[from]) at += 1
  return at - from
}

/** Decompresses article by article; what comes out is never longer than the articles announced. */
export class ArticleDecompressor {
  readonly #kind: CompressionKind
  readonly #pad: VerticalPad
  readonly #room: Buffer
  /** The article before, padded to its full length; undefined right after `forget`. */
  #previous: Buffer | undefined

  /** @param maxArticleBytes PI 32 */
  constructor(kind: CompressionKind, maxArticleBytes: number, pad: VerticalPad = 'blank') {
    this.#kind = kind
    this.#pad = pad
    this.#room = Buffer.alloc(maxArticleBytes)
  }

  /** After each sync point, restart and resynchronisation. */
  forget(): void {
    this.#previous = undefined
  }

  /**
   * @returns the article, a buffer of its own
   * @throws PesitFault 3/311 for a string that is illegal, not of the kind agreed, or runs beyond
   *   the input; 2/220 when the article is longer than announced
   */
  decompress(compressed: Buffer): Buffer {
    const room = this.#room
    let to = 0
    let at = 0
    while (at < compressed.length) {
      const head = compressed.readUInt8(at)
      const count = head & MAX_STRING_BYTES
      at += 1
      if (count === 0) throw structureFault('a compressed string of 0 bytes')
      if (count > room.length - to) {
        throw new PesitFault('2/220', `an article decompresses to more than ${room.length} bytes`)
      }
      switch (head & KIND_BITS) {
        case LITERAL:
          if (count > compressed.length - at) throw structureFault('a compressed string is cut')
          compressed.copy(room, to, at, at + count)
          at += count
          break
        case REPEATED:
          if (this.#kind === 'vertical') throw structureFault('a horizontal string in vertical')
          if (at >= compressed.length) throw structureFault('a compressed string is cut')
          room.fill(compressed.readUInt8(at), to, to + count)
          at += 1
          break
        case AS_BEFORE:
          if (this.#kind === 'horizontal') throw structureFault('a vertical string in horizontal')
          if (this.#previous === undefined) {
            throw structureFault('a vertical string in the first article')
          }
          this.#previous.copy(room, to, to, to + count)
          break
        default:
          throw structureFault('a compressed string of the illegal kind 01')
      }
      to += count
    }
    const article = Buffer.from(room.subarray(0, to))
    if (this.#kind !== 'horizontal') this.#remember(article)
    return article
  }

  #remember(article: Buffer): void {
    const previous =
      this.#previous ?? Buffer.alloc(this.#room.length, this.#pad === 'keep' ? 0 : PAD_BYTE)
    article.copy(previous)
    if (this.#pad === 'blank') previous.fill(PAD_BYTE, article.length)
    this.#previous = previous
  }
}
