import { buffersPassed } from '../young-buffers.ts'
import { CHECKSUM_BYTES, isChecksumGood } from './checksum.ts'
import { decodeFpdu, FPDU_HEADER_BYTES, MAX_FPDU_BYTES } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { decodePreAnswer, decodePreConnection } from './pre-connection.ts'
import { PRE_ANSWER_BYTES, PRE_CONNECTION_BYTES } from './pre-connection.ts'
import type { PreAnswer, PreConnection } from './pre-connection.ts'
import { parameterKey } from './parameter-table.ts'
import { isGroup } from './parameter-units.ts'
import { parameterFault, structureFault } from './pesit-fault.ts'

/** With two bytes of length before each entity, or FPDUs back to back (reference §2.1). */
export type Framing = 'prefix' | 'raw'

/** What came, in order. `raw` is all its bytes, prefix left out; views into what was pushed. */
export type Frame =
  | {
      readonly kind: 'pre-connection'
      readonly message: PreConnection
      /** Its own, and that of its answer: the first FPDU may come in another. */
      readonly framing: Framing
      readonly raw: Buffer
    }
  | { readonly kind: 'pre-answer'; readonly answer: PreAnswer; readonly raw: Buffer }
  | { readonly kind: 'fpdu'; readonly fpdu: Fpdu; readonly raw: Buffer }
  /** Its two check bytes are wrong; nothing of it is used (diagnostic 1/100 or 3/310). */
  | { readonly kind: 'damaged'; readonly raw: Buffer }

export interface FrameReaderOptions {
  /** `auto` as a server; else fixed. */
  readonly framing: Framing | 'auto'
  /** What a peer may send first. */
  readonly first: 'pre-connection-or-fpdu' | 'pre-answer' | 'fpdu'
  /** Longest entity; lower before the peer is known (reference §13.2). */
  readonly maxEntityBytes: number
}

const PREFIX_BYTES = 2
/** Enough to tell the four ways to begin apart. */
const SNIFF_BYTES = 4
/** `PESI` in EBCDIC; octets 3 and 4 of CONNECT. */
const PRE_MARK = 0xd7c5e2c9
const CONNECT_MARK = 0x4020

/**
 * Cuts a stream into frames, whatever pieces it comes in. Bounded: it never holds more than one
 * entity of `maxEntityBytes`, and refuses a longer one on its first two bytes.
 *
 * Push bytes, then call `next` until it gives undefined. After a PesitFault the stream is lost.
 */
export class FrameReader {
  #framing: Framing | 'auto'
  #awaits: FrameReaderOptions['first']
  #maxEntityBytes: number
  #hasChecksum: boolean | 'unknown' = 'unknown'
  #held: Buffer = Buffer.alloc(0)
  /** Room for the entity in hand, and how much of it is there. */
  #filling: { readonly room: Buffer; filled: number } | undefined
  /** FPDUs of an entity that are not yet given. */
  #entity: Buffer | undefined

  constructor(options: FrameReaderOptions) {
    this.#framing = options.framing
    this.#awaits = options.first
    this.#maxEntityBytes = options.maxEntityBytes
  }

  /** `auto` until the first FPDU has come; then what the peer does and is answered in. */
  get framing(): Framing | 'auto' {
    return this.#framing
  }

  /** Whether each FPDU has two check bytes; known once CONNECT is sent or has come. */
  get hasChecksum(): boolean {
    return this.#hasChecksum === true
  }

  /** Said by a requester, which decides it alone (PI 1). */
  expectChecksum(isUsed: boolean): void {
    this.#hasChecksum = isUsed
  }

  /** Once the peer is known. */
  allowEntityBytes(maxEntityBytes: number): void {
    this.#maxEntityBytes = maxEntityBytes
  }

  /**
   * Gives bytes of the stream; they must stay as they are until `next` has given undefined, and as
   * long as a frame of them is in use.
   */
  push(bytes: Buffer): void {
    const filling = this.#filling
    if (filling === undefined) {
      this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
      return
    }
    const taken = bytes.copy(filling.room, filling.filled)
    filling.filled += taken
    this.#held = bytes.subarray(taken)
  }

  /**
   * The next frame; undefined when more bytes are needed.
   * @throws PesitFault 3/311 for lengths that lie, 3/318 for parameters that cannot be cut
   */
  next(): Frame | undefined {
    const frame = this.#next()
    // A few bytes at most are left then, but for a first entity without prefix.
    if (frame === undefined && this.#held.length > 0) this.#held = Buffer.from(this.#held)
    return frame
  }

  #next(): Frame | undefined {
    if (this.#entity !== undefined) return this.#nextOfEntity(this.#entity)
    if (this.#awaits === 'pre-connection-or-fpdu' || this.#framing === 'auto') {
      const frame = this.#begin()
      if (frame !== 'fpdu') return frame
    } else if (this.#awaits === 'pre-answer') {
      return this.#preAnswer()
    }
    const entity = this.#takeEntity()
    return entity && this.#nextOfEntity(entity)
  }

  /** Bytes that came and make no whole frame: nothing must be left at the end of a stream. */
  get pendingBytes(): number {
    return this.#held.length + (this.#filling?.filled ?? 0) + (this.#entity?.length ?? 0)
  }

  #begin(): Frame | 'fpdu' | undefined {
    if (this.#held.length < SNIFF_BYTES) return undefined
    const first = this.#held.readUInt32BE(0)
    if (this.#awaits === 'pre-connection-or-fpdu') {
      const isPrefixed =
        first >>> 16 === PRE_CONNECTION_BYTES && (first & 0xffff) === PRE_MARK >>> 16
      if (isPrefixed || first === PRE_MARK) {
        return this.#preConnection(isPrefixed ? PREFIX_BYTES : 0)
      }
      // Another service name than PESIT (CFT): only the prefix of 24 tells.
      const behind = first & 0xffff
      if (first >>> 16 === PRE_CONNECTION_BYTES && behind > 0xff && behind !== CONNECT_MARK) {
        return this.#preConnection(PREFIX_BYTES)
      }
      this.#awaits = 'fpdu'
    }
    if (this.#framing !== 'auto') return 'fpdu'
    if ((first & 0xffff) === CONNECT_MARK) {
      this.#framing = 'raw'
      return 'fpdu'
    }
    if (this.#held.length < PREFIX_BYTES + SNIFF_BYTES) return undefined
    if (this.#held.readUInt16BE(SNIFF_BYTES) !== CONNECT_MARK) {
      throw structureFault('the stream begins with neither CONNECT nor a pre-connection')
    }
    this.#framing = 'prefix'
    return 'fpdu'
  }

  #preConnection(prefixBytes: number): Frame | undefined {
    const end = prefixBytes + PRE_CONNECTION_BYTES
    if (this.#held.length < end) return undefined
    const raw = this.#held.subarray(prefixBytes, end)
    this.#held = this.#held.subarray(end)
    this.#awaits = 'fpdu'
    const framing = prefixBytes === 0 ? 'raw' : 'prefix'
    return { kind: 'pre-connection', message: decodePreConnection(raw), framing, raw }
  }

  #preAnswer(): Frame | undefined {
    const prefixBytes = this.#framing === 'prefix' ? PREFIX_BYTES : 0
    const end = prefixBytes + PRE_ANSWER_BYTES
    if (this.#held.length < end) return undefined
    const raw = this.#held.subarray(prefixBytes, end)
    const answer = decodePreAnswer(raw)
    if (answer === undefined || (prefixBytes > 0 && this.#held.readUInt16BE(0) !== raw.length)) {
      throw structureFault('the answer to the pre-connection is neither ACK0 nor NAK0')
    }
    this.#held = this.#held.subarray(end)
    this.#awaits = 'fpdu'
    return { kind: 'pre-answer', answer, raw }
  }

  /** One entity (prefix) or one FPDU with its check bytes (raw), once it is whole. */
  #takeEntity(): Buffer | undefined {
    const filling = this.#filling
    if (filling !== undefined) {
      if (filling.filled < filling.room.length) return undefined
      this.#filling = undefined
      return filling.room
    }
    const prefixBytes = this.#framing === 'prefix' ? PREFIX_BYTES : 0
    const size = this.#entityBytes(prefixBytes)
    if (size === undefined) return undefined
    const there = this.#held.subarray(prefixBytes, prefixBytes + size)
    if (there.length === size) {
      this.#held = this.#held.subarray(prefixBytes + size)
      return there
    }
    const room = Buffer.allocUnsafeSlow(size)
    buffersPassed(size)
    this.#filling = { room, filled: there.copy(room) }
    this.#held = Buffer.alloc(0)
    return undefined
  }

  #entityBytes(prefixBytes: number): number | undefined {
    if (this.#held.length < 2) return undefined
    const said = this.#held.readUInt16BE(0)
    if (said > this.#maxEntityBytes) {
      throw structureFault(`an entity of ${said} bytes, at most ${this.#maxEntityBytes}`)
    }
    if (said < FPDU_HEADER_BYTES) throw structureFault(`an entity of ${said} bytes`)
    if (prefixBytes > 0) return said
    if (this.#hasChecksum !== 'unknown') return said + (this.#hasChecksum ? CHECKSUM_BYTES : 0)
    // A CONNECT without prefix: only its PI 1 says whether check bytes follow.
    if (this.#held.length < said) return undefined
    return said + (asksForChecksum(decodeFpdu(this.#held.subarray(0, said))) ? CHECKSUM_BYTES : 0)
  }

  #nextOfEntity(entity: Buffer): Frame {
    const rest = entity.length
    if (rest < FPDU_HEADER_BYTES) throw structureFault(`${rest} bytes after the last FPDU`)
    const length = entity.readUInt16BE(0)
    if (length < FPDU_HEADER_BYTES || length > rest) {
      throw structureFault(`an FPDU says ${length} bytes in an entity that has ${rest}`)
    }
    if (this.#hasChecksum === 'unknown') this.#learnChecksum(entity.subarray(0, length), rest)
    const end = length + (this.#hasChecksum === true ? CHECKSUM_BYTES : 0)
    if (this.#hasChecksum === true && end !== rest) {
      throw structureFault(`an FPDU of ${length} bytes with its checksum in an entity of ${rest}`)
    }
    this.#entity = end < rest ? entity.subarray(end) : undefined
    const raw = entity.subarray(0, end)
    if (this.#hasChecksum === true && !isChecksumGood(raw)) return { kind: 'damaged', raw }
    return { kind: 'fpdu', fpdu: decodeFpdu(entity.subarray(0, length)), raw }
  }

  /** Entity length and PI 1 of CONNECT must say the same (reference §8.7). */
  #learnChecksum(connect: Buffer, entityBytes: number): void {
    const isAsked = asksForChecksum(decodeFpdu(connect))
    const isThere = entityBytes === connect.length + CHECKSUM_BYTES
    if (isAsked !== isThere) {
      throw parameterFault(
        isAsked ? 'PI 1 asks for a checksum and none is there' : 'a checksum without PI 1',
      )
    }
    this.#hasChecksum = isAsked
  }
}

function asksForChecksum(fpdu: Fpdu): boolean {
  return (
    fpdu.name === 'CONNECT' &&
    'units' in fpdu &&
    fpdu.units.some(
      (unit) => !isGroup(unit) && parameterKey(unit.code) === 'crc' && unit.value[0] === 1,
    )
  )
}

/** The longest entity there can be. */
export const MAX_ENTITY_BYTES = MAX_FPDU_BYTES
