import { IS_SPACE, isNoCharacter, TEXT, TEXT_CLASSES } from './byte-classes.ts'
import type { DocumentFiller } from './document-filler.ts'
import { readReference } from './references.ts'
import { limitFault, MALFORMED, Refused } from './xml-faults.ts'
import { XML_LIMITS } from './xml-limits.ts'

/** Character data of the open element: line ends, references, what may not stand in it. */
export class TextReader {
  /** Text, a comment, a section or an instruction came since the last tag. */
  isMidText = false
  readonly #filler: DocumentFiller

  constructor(filler: DocumentFiller) {
    this.#filler = filler
  }

  /**
   * Reads from `start` up to the next `<`, or as far as the bytes go.
   * @returns where it ends; `~at` where more bytes are needed to go on
   */
  read(bytes: Buffer, start: number, limit: number, isLast: boolean): number {
    let at = start
    if (!this.isMidText && IS_SPACE[bytes[start]!] === 1) {
      while (at < limit && IS_SPACE[bytes[at]!] === 1) at += 1
      if (at - start < LONG_SPACE) {
        if (at + 1 >= limit) return ~start
        if (bytes[at] === 0x3c && this.#isBesideElements(bytes[at + 1]!)) return at
      }
      at = start
    }
    this.isMidText = true
    while (at < limit && TEXT_CLASSES[bytes[at]!] === TEXT.plain) at += 1
    if (at === limit || bytes[at] !== 0x3c) return this.#readMixed(bytes, start, at, limit, isLast)
    this.add(bytes, start, at)
    return at
  }

  /** White space alone before this tag only lays out child elements. */
  #isBesideElements(afterLessThan: number): boolean {
    if (afterLessThan === 0x2f) return this.#filler.hasChild
    return afterLessThan !== 0x21 && afterLessThan !== 0x3f
  }

  /** Character data with references or carriage returns, or that goes on beyond the bytes. */
  #readMixed(
    bytes: Buffer,
    textStart: number,
    from: number,
    limit: number,
    isLast: boolean,
  ): number {
    let start = textStart
    let at = from
    for (;;) {
      while (at < limit && TEXT_CLASSES[bytes[at]!] === TEXT.plain) at += 1
      const kind = at < limit ? TEXT_CLASSES[bytes[at]!]! : TEXT.lessThan
      if (kind === TEXT.lessThan) {
        this.add(bytes, start, at)
        return at
      }
      if (kind === TEXT.ampersand || kind === TEXT.carriageReturn) {
        this.add(bytes, start, at)
        const next =
          kind === TEXT.ampersand
            ? this.#addReference(bytes, at, limit, isLast)
            : this.#addLineEnd(bytes, at, limit, isLast)
        if (next < 0) return ~at
        at = start = next
      } else if (kind === TEXT.bracket) {
        if (at + 2 >= limit && !isLast) {
          this.add(bytes, start, at)
          return ~at
        }
        if (at + 2 < limit && bytes[at + 1] === 0x5d && bytes[at + 2] === 0x3e) {
          throw new Refused(MALFORMED.sectionEnd, at)
        }
        at += 1
      } else {
        checkCharacter(bytes, at)
        at += 1
      }
    }
  }

  /** @returns where it ends; negative when more bytes are needed */
  #addReference(bytes: Buffer, at: number, limit: number, isLast: boolean): number {
    const next = readReference(bytes, at, limit, isLast, SCRATCH)
    if (next >= 0) this.add(SCRATCH.bytes, 0, SCRATCH.length)
    // What waits for its end may not grow without end.
    else if (limit - at > XML_LIMITS.textBytes) throw tooLong()
    return next
  }

  /** CR and CR LF are one LF (XML 1.0 §2.11). */
  #addLineEnd(bytes: Buffer, at: number, limit: number, isLast: boolean): number {
    if (at + 1 === limit && !isLast) return -1
    this.add(LINE_FEED, 0, 1)
    return at + 1 < limit && bytes[at + 1] === 0x0a ? at + 2 : at + 1
  }

  /** Adds characters to the text of the open element. */
  add(bytes: Uint8Array, start: number, end: number): void {
    if (start < end && this.#filler.addText(bytes, start, end) > XML_LIMITS.textBytes) {
      throw tooLong()
    }
  }
}

/** @throws Refused when no character of XML starts at this byte that is not plain text */
export function checkCharacter(bytes: Uint8Array, at: number): void {
  const kind = TEXT_CLASSES[bytes[at]!]
  if (kind === TEXT.forbidden || (kind === TEXT.lastOfPlane && isNoCharacter(bytes, at))) {
    throw new Refused(MALFORMED.character, at)
  }
}

const tooLong = (): Refused => new Refused(limitFault('TEXT', XML_LIMITS.textBytes), undefined)

/** White space between two tags that is longer is taken for text. */
const LONG_SPACE = 64 * 1_024
const SCRATCH = { bytes: Buffer.alloc(8), length: 0 }
const LINE_FEED = Buffer.from('\n')
