import {
  parseDer,
  readDerHeader,
  TAG,
  type DerElement,
  type DerHeader,
} from '../../../certs/der.ts'
import { ByteCursor } from '../byte-cursor.ts'
import { MessageFault, StructureFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'

/** Longest header that is looked at: 5 bytes of tag and 127 of length never occur in earnest. */
const MAX_HEADER_BYTES = 16
/** Structures entered, segments within segments included. */
const MAX_DEPTH = 24
/** X.690 §8.1.5 */
const END_MARK_BYTES = 2
const ELEMENT_LIMITS = { maxDepth: 24, maxElements: 4_000, rules: 'ber' } as const
/** Pieces of content are handed on when fewer bytes than this are held: a header always fits. */
const ENOUGH_HELD = MAX_HEADER_BYTES + END_MARK_BYTES

/** An element that has been entered. */
interface Frame {
  /** Offset where its content ends; undefined when an end mark says it. */
  readonly end: number | undefined
  /** Offset that nothing in it may pass. */
  readonly limit: number
}

/**
 * Reads BER (DER included) from a stream: enters the structures that surround the content, takes
 * small elements whole, and hands on an octet string of any size in the pieces that arrive. What is
 * held at a time is one piece and one small element, whatever the lengths in the bytes say.
 */
export class BerCursor {
  readonly #bytes: ByteCursor
  readonly #frames: Frame[] = []

  constructor(octets: Octets) {
    this.#bytes = new ByteCursor(octets)
  }

  /** The header of what comes next; it is not read yet. @throws MessageFault, DerError */
  async peek(): Promise<DerHeader> {
    await this.#bytes.fill(MAX_HEADER_BYTES)
    const { held, offset } = this.#bytes
    const header = readDerHeader(held.subarray(0, MAX_HEADER_BYTES), 0, 'ber')
    if (header === undefined) {
      throw held.length < MAX_HEADER_BYTES ? this.#truncated() : this.#malformed('A header')
    }
    const limit = this.#frames.at(-1)?.limit ?? Number.POSITIVE_INFINITY
    if (offset + header.headerBytes + (header.contentBytes ?? 0) > limit) {
      throw new StructureFault(
        'malformed',
        `An element runs past the one around it (byte ${offset})`,
      )
    }
    return header
  }

  /** True when nothing is left in the element entered last. */
  async isAtEnd(): Promise<boolean> {
    const frame = this.#frames.at(-1)
    if (frame === undefined) return !(await this.#bytes.fill(1))
    if (frame.end !== undefined) return this.#bytes.offset >= frame.end
    if (!(await this.#bytes.fill(END_MARK_BYTES))) throw this.#truncated()
    const { held } = this.#bytes
    return held[0] === 0 && held[1] === 0
  }

  /** True when more parts follow and the next one is `[tag]`. */
  async isNextContext(tag: number): Promise<boolean> {
    if (await this.isAtEnd()) return false
    const header = await this.peek()
    return header.tagClass === 'context' && header.tag === tag
  }

  /** Goes into a SEQUENCE or SET. */
  async enter(tag: number, what: string): Promise<void> {
    const header = await this.peek()
    if (header.tagClass !== 'universal' || header.tag !== tag) throw this.#malformed(what)
    this.#enter(header, what)
  }

  /** Goes into `[tag]`. */
  async enterContext(tag: number, what: string): Promise<void> {
    const header = await this.peek()
    if (header.tagClass !== 'context' || header.tag !== tag) throw this.#malformed(what)
    this.#enter(header, what)
  }

  /** Goes out of the element entered last. @throws MessageFault when something is left in it */
  async leave(): Promise<void> {
    if (!(await this.isAtEnd())) throw this.#malformed('The end of a structure')
    const frame = this.#frames.pop()
    if (frame?.end === undefined) this.#bytes.take(END_MARK_BYTES)
  }

  /** Takes the next element whole. @throws MessageFault `limit` when it is longer than `maxBytes` */
  async element(maxBytes: number): Promise<DerElement> {
    const length = await this.#lengthOfNext(maxBytes)
    const limit = this.#frames.at(-1)?.limit ?? Number.POSITIVE_INFINITY
    if (this.#bytes.offset + length > limit) throw this.#malformed('The end of an element')
    if (!(await this.#bytes.fill(length))) throw this.#truncated()
    return parseDer(Buffer.from(this.#bytes.take(length)), ELEMENT_LIMITS)
  }

  /**
   * The octets of the next element, whatever its tag: as they stand when it is primitive, its
   * segments (also nested ones) joined when it is constructed.
   */
  async *octetString(): AsyncGenerator<Buffer> {
    const depth = this.#frames.length
    let pieces: Buffer[] = []
    let isFirst = true
    do {
      if (!isFirst && (await this.isAtEnd())) {
        await this.leave()
      } else {
        const header = await this.peek()
        if (!isFirst && (header.tagClass !== 'universal' || header.tag !== TAG.octetString)) {
          throw this.#malformed('A segment of an octet string')
        }
        isFirst = false
        if (header.isConstructed) {
          this.#enter(header, 'A segment')
        } else {
          this.#bytes.take(header.headerBytes)
          for (let left = header.contentBytes!; left > 0;) {
            const piece = this.#bytes.take(left)
            left -= piece.length
            if (piece.length > 0) pieces.push(piece)
            if (this.#bytes.held.length < ENOUGH_HELD && pieces.length > 0) {
              yield joined(pieces)
              pieces = []
            }
            if (left > 0 && !(await this.#bytes.fill(1))) throw this.#truncated()
          }
        }
      }
    } while (this.#frames.length > depth)
    if (pieces.length > 0) yield joined(pieces)
  }

  /** After the outermost element: only the stray line ends that some senders leave. */
  async end(): Promise<void> {
    for await (const piece of this.#bytes.rest()) {
      if (!piece.every((byte) => byte === 0x0d || byte === 0x0a || byte === 0)) {
        throw new StructureFault('malformed', 'Bytes follow the CMS structure')
      }
    }
  }

  /** Nothing more is wanted: lets the source clean up. */
  close(): Promise<void> {
    return this.#bytes.close()
  }

  #enter(header: DerHeader, what: string): void {
    if (!header.isConstructed) throw this.#malformed(what)
    if (this.#frames.length >= MAX_DEPTH) throw new MessageFault('limit', 'Nested too deep')
    this.#bytes.take(header.headerBytes)
    const outer = this.#frames.at(-1)?.limit ?? Number.POSITIVE_INFINITY
    const end =
      header.contentBytes === undefined ? undefined : this.#bytes.offset + header.contentBytes
    this.#frames.push({ end, limit: end ?? outer })
  }

  /** Bytes of the next element with its header; the end of an indefinite one is looked for. */
  async #lengthOfNext(maxBytes: number): Promise<number> {
    const first = await this.peek()
    const isTooLong = (length: number): boolean => length > maxBytes
    if (first.contentBytes !== undefined) {
      const length = first.headerBytes + first.contentBytes
      if (isTooLong(length)) throw new MessageFault('limit', `An element of ${length} bytes`)
      return length
    }
    let open = 0
    let at = 0
    do {
      if (isTooLong(at)) throw new MessageFault('limit', `An element over ${maxBytes} bytes`)
      await this.#bytes.fill(at + MAX_HEADER_BYTES)
      const { held } = this.#bytes
      if (held.length < at + END_MARK_BYTES) throw this.#truncated()
      if (open > 0 && held[at] === 0 && held[at + 1] === 0) {
        at += END_MARK_BYTES
        open -= 1
      } else {
        const header = readDerHeader(held, at, 'ber')
        if (header === undefined) throw this.#truncated()
        at += header.headerBytes + (header.contentBytes ?? 0)
        if (header.contentBytes === undefined) open += 1
        if (open > MAX_DEPTH) throw new MessageFault('limit', 'Nested too deep')
      }
    } while (open > 0)
    return at
  }

  #truncated(): StructureFault {
    return new StructureFault(
      'truncated',
      `The message ends inside a structure (byte ${this.#bytes.offset})`,
    )
  }

  #malformed(what: string): StructureFault {
    return new StructureFault(
      'malformed',
      `${what} does not stand where it should (byte ${this.#bytes.offset})`,
    )
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}
