import { ByteCursor } from '../byte-cursor.ts'
import { MessageFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'
import type { MimeQuirks } from './entity.ts'

/** RFC 2046 §5.1.1 allows 70; products exceed it. */
const MAX_BOUNDARY_BYTES = 256
/** Text before the first part, which nobody sends and everybody must skip. */
const MAX_PREAMBLE_BYTES = 64 * 1024
/** Blanks between the boundary and its line end. */
const MAX_PADDING_BYTES = 256
const LF = 0x0a
const CR = 0x0d
const DASH = 0x2d

/**
 * Splits a multipart body while it arrives. A part keeps every octet: the line end in front of a
 * boundary is the boundary's (RFC 2046 §5.1.1), everything before it the part's. Parts are read in
 * turn, each to its end.
 */
export class MultipartReader {
  readonly #cursor: ByteCursor
  readonly #delimiter: Buffer
  readonly #allowsLf: boolean
  #state: 'preamble' | 'in-part' | 'between' | 'over' = 'preamble'

  /** @throws MessageFault for a boundary that cannot be one */
  constructor(octets: Octets, boundary: string | undefined, quirks: MimeQuirks) {
    const isSound =
      boundary !== undefined &&
      boundary !== '' &&
      boundary.length <= MAX_BOUNDARY_BYTES &&
      !/[\r\n]/.test(boundary)
    if (!isSound) throw new MessageFault('malformed', 'A multipart without a boundary')
    this.#cursor = new ByteCursor(octets)
    this.#delimiter = Buffer.from(`\n--${boundary}`, 'latin1')
    this.#allowsLf = quirks.lfLineEnds === true
  }

  /** The next part; undefined after the last one. @throws MessageFault */
  async next(): Promise<Octets | undefined> {
    if (this.#state === 'preamble') await this.#skipPreamble()
    if (this.#state === 'in-part') throw new TypeError('The part before has not been read.')
    if (this.#state === 'over') return undefined
    this.#state = 'in-part'
    return this.#part()
  }

  /** What follows the last boundary: read and thrown away. */
  async finish(): Promise<void> {
    for await (const piece of this.#cursor.rest()) void piece
  }

  async *#part(): AsyncGenerator<Buffer> {
    const { length } = this.#delimiter
    let from = 0
    for (;;) {
      const { held } = this.#cursor
      const at = held.indexOf(this.#delimiter, from)
      if (at === -1) {
        // The end may be the start of a boundary, or the CR in front of one.
        const safe = Math.max(0, held.length - length)
        if (safe > 0) yield this.#cursor.take(safe)
        from = 0
        if (!(await this.#cursor.fill(this.#cursor.held.length + 1))) throw noEnd()
      } else {
        const after = await this.#boundaryAt(at)
        if (after === undefined) {
          from = at + 1
        } else {
          const hasCr = this.#cursor.held[at - 1] === CR
          const body = this.#cursor.take(hasCr ? at - 1 : at)
          if (body.length > 0) yield body
          this.#pass(after, hasCr ? at - 1 : at)
          return
        }
      }
    }
  }

  /** First boundary: at the very start, or after a preamble. */
  async #skipPreamble(): Promise<void> {
    const bare = this.#delimiter.subarray(1)
    await this.#cursor.fill(bare.length)
    if (this.#cursor.held.subarray(0, bare.length).equals(bare)) {
      const after = await this.#boundaryAt(-1)
      if (after !== undefined) return this.#pass(after, 0)
    }
    let from = 0
    for (;;) {
      const at = this.#cursor.held.indexOf(this.#delimiter, from)
      if (at !== -1) {
        const after = await this.#boundaryAt(at)
        if (after !== undefined) return this.#pass(after, 0)
        from = at + 1
      } else {
        const { length } = this.#cursor.held
        if (length > MAX_PREAMBLE_BYTES) throw new MessageFault('limit', 'A long preamble')
        from = Math.max(0, length - this.#delimiter.length)
        if (!(await this.#cursor.fill(length + 1))) throw noEnd()
      }
    }
  }

  /**
   * Looks whether the delimiter at `at` (of its LF) is a whole boundary line.
   * @returns where the line ends, and whether it is the last; undefined when it is content
   */
  async #boundaryAt(at: number): Promise<Boundary | undefined> {
    const isStart = at === -1
    if (!isStart && !this.#allowsLf && this.#cursor.held[at - 1] !== CR) return undefined
    const start = at + this.#delimiter.length
    await this.#cursor.fill(start + 2)
    const isLast = this.#cursor.held[start] === DASH && this.#cursor.held[start + 1] === DASH
    // What follows the last one is nobody's content, whatever it is.
    if (isLast) return { end: start + 2, isLast }
    for (let end = start; end < start + MAX_PADDING_BYTES; end += 1) {
      if (!(await this.#cursor.fill(end + 1))) throw noEnd()
      const byte = this.#cursor.held[end]
      if (byte === LF) {
        const hasCr = end > start && this.#cursor.held[end - 1] === CR
        return hasCr || this.#allowsLf ? { end: end + 1, isLast } : undefined
      }
      if (byte !== 0x20 && byte !== 0x09 && byte !== CR) return undefined
    }
    return undefined
  }

  /** `taken` bytes of what the boundary was found in have been read since. */
  #pass({ end, isLast }: Boundary, taken: number): void {
    this.#cursor.take(end - taken)
    this.#state = isLast ? 'over' : 'between'
  }
}

interface Boundary {
  readonly end: number
  readonly isLast: boolean
}

function noEnd(): MessageFault {
  return new MessageFault('truncated', 'A multipart ends before its last boundary')
}
