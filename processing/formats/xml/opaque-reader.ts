import { IS_SPACE, OPAQUE_CLASSES, TEXT } from './byte-classes.ts'
import { isNcName } from './name-cache.ts'
import { checkCharacter, type TextReader } from './text-reader.ts'
import { DOCTYPE_FAULT, limitFault, MALFORMED, Refused } from './xml-faults.ts'
import { XML_LIMITS } from './xml-limits.ts'

type Kind = 'comment' | 'section' | 'instruction'

/** Comments, CDATA sections and processing instructions, of any length, in any number of pieces. */
export class OpaqueReader {
  /** What is open. */
  #inside: Kind | undefined
  readonly #text: TextReader

  constructor(text: TextReader) {
    this.#text = text
  }

  reset(): void {
    this.#inside = undefined
  }

  get isInside(): boolean {
    return this.#inside !== undefined
  }

  /**
   * Reads the start of what begins with `<!` at `start`.
   * @returns where its content starts; `~start` when more bytes are needed
   * @throws Refused also for a DOCTYPE
   */
  beginDeclared(bytes: Buffer, start: number, limit: number, isInRoot: boolean): number {
    if (startsWith(bytes, start, COMMENT, limit)) {
      return this.#begin('comment', start + COMMENT.length)
    }
    if (startsWith(bytes, start, SECTION, limit)) {
      if (!isInRoot) throw new Refused(MALFORMED.outsideText, start)
      return this.#begin('section', start + SECTION.length)
    }
    if (startsWith(bytes, start, DOCTYPE, limit)) throw new Refused(DOCTYPE_FAULT, start)
    const left = bytes.subarray(start, limit)
    const isCut = [COMMENT, SECTION, DOCTYPE].some(
      (whole) => left.length < whole.length && left.equals(whole.subarray(0, left.length)),
    )
    if (!isCut) throw new Refused(MALFORMED.syntax, start)
    return ~start
  }

  /** Reads `<?target` at `start`. @returns where the target ends; `~start` when cut */
  beginInstruction(bytes: Buffer, start: number, limit: number): number {
    let at = start + 2
    while (at < limit && IS_SPACE[bytes[at]!] === 0 && bytes[at] !== 0x3f) at += 1
    if (at - start > 4 * XML_LIMITS.nameCharacters) {
      throw new Refused(limitFault('NAME', XML_LIMITS.nameCharacters), start)
    }
    if (at + 1 >= limit) return ~start
    const target = bytes.toString('utf8', start + 2, at)
    if (target === 'xml') throw new Refused(MALFORMED.lateDeclaration, start)
    const isWrong =
      !isNcName(target) ||
      target.toLowerCase() === 'xml' ||
      (bytes[at] === 0x3f && bytes[at + 1] !== 0x3e)
    if (isWrong) throw new Refused(MALFORMED.instruction, start)
    return this.#begin('instruction', at)
  }

  #begin(kind: Kind, contentStart: number): number {
    this.#inside = kind
    this.#text.isMidText = true
    return contentStart
  }

  /** Reads on in what is open. @returns where it ends; `~at` where more bytes are needed */
  read(bytes: Buffer, from: number, limit: number): number {
    switch (this.#inside) {
      case 'comment':
        return this.#readComment(bytes, from, limit)
      case 'section':
        return this.#readSection(bytes, from, limit)
      default:
        return this.#readInstruction(bytes, from, limit)
    }
  }

  #readComment(bytes: Buffer, from: number, limit: number): number {
    for (let at = from; at < limit; at += 1) {
      const byte = bytes[at]!
      if (byte === 0x2d) {
        if (at + 2 >= limit) return ~at
        if (bytes[at + 1] === 0x2d) {
          if (bytes[at + 2] !== 0x3e) throw new Refused(MALFORMED.comment, at)
          return this.#leave(at + 3)
        }
      } else if (OPAQUE_CLASSES[byte] !== TEXT.plain) checkCharacter(bytes, at)
    }
    return limit
  }

  #readInstruction(bytes: Buffer, from: number, limit: number): number {
    for (let at = from; at < limit; at += 1) {
      const byte = bytes[at]!
      if (byte === 0x3f) {
        if (at + 1 === limit) return ~at
        if (bytes[at + 1] === 0x3e) return this.#leave(at + 2)
      } else if (OPAQUE_CLASSES[byte] !== TEXT.plain) checkCharacter(bytes, at)
    }
    return limit
  }

  #readSection(bytes: Buffer, from: number, limit: number): number {
    const text = this.#text
    let start = from
    for (let at = from; at < limit; at += 1) {
      const byte = bytes[at]!
      if (byte === 0x5d) {
        const isEnd = bytes[at + 1] === 0x5d && bytes[at + 2] === 0x3e && at + 2 < limit
        if (isEnd || at + 2 >= limit) {
          text.add(bytes, start, at)
          return isEnd ? this.#leave(at + 3) : ~at
        }
      } else if (byte === 0x0d) {
        text.add(bytes, start, at)
        if (at + 1 === limit) return ~at
        if (bytes[at + 1] !== 0x0a) text.add(LINE_FEED, 0, 1)
        start = at + 1
      } else if (OPAQUE_CLASSES[byte] !== TEXT.plain) checkCharacter(bytes, at)
    }
    text.add(bytes, start, limit)
    return limit
  }

  #leave(end: number): number {
    this.#inside = undefined
    return end
  }
}

const COMMENT = Buffer.from('<!--')
const SECTION = Buffer.from('<![CDATA[')
const DOCTYPE = Buffer.from('<!DOCTYPE')
const LINE_FEED = Buffer.from('\n')

function startsWith(bytes: Buffer, at: number, start: Buffer, limit: number): boolean {
  if (at + start.length > limit) return false
  for (let index = 0; index < start.length; index += 1) {
    if (bytes[at + index] !== start[index]) return false
  }
  return true
}
