import { isCrcRight } from './crc.ts'
import { decodeFpdu, HEADER_BYTES, piNumber } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { PRE_CONNECTION_ANSWER_BYTES, PRE_CONNECTION_BYTES } from './pre-connection.ts'

/** `prefix`: two bytes of length before each entity. `raw`: FPDUs back to back (reference §2.1). */
export type Framing = 'prefix' | 'raw'

export interface Entity {
  readonly kind: 'entity' | 'pre-connection'
  /** As on the wire: prefix and CRC included. */
  readonly wire: Buffer
  /** Without the prefix. */
  readonly content: Buffer
  readonly fpdus: readonly Fpdu[]
}

const PREFIX_BYTES = 2
const CRC_BYTES = 2
/** Enough to see in which of the four ways a caller begins. */
const DETECTION_BYTES = 6
const FIRST_EBCDIC_LETTER = 0xc1

/** Cuts a byte stream into entities, however it was split on its way. */
export class EntityReader {
  /** Undefined until the caller has shown it. */
  framing: Framing | undefined
  hasCrc = false
  /** What the next bytes are: the `-answer` is 4 bytes, `first` is detected. */
  expects: 'first' | 'pre-connection-answer' | 'fpdu'
  #input = Buffer.alloc(0)
  readonly #allowed: Framing | 'auto'

  constructor(framing: Framing | 'auto', expects: EntityReader['expects']) {
    this.#allowed = framing
    this.framing = framing === 'auto' ? undefined : framing
    this.expects = expects
  }

  push(bytes: Buffer): void {
    this.#input =
      this.#input.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#input, bytes])
  }

  /**
   * @returns the next entity, or undefined until more bytes come
   * @throws Error when the bytes can be no entity
   */
  take(): Entity | undefined {
    if (this.expects === 'pre-connection-answer')
      return this.#preConnection(PRE_CONNECTION_ANSWER_BYTES)
    if (this.framing === undefined || this.expects === 'first') {
      const begins = this.#detect()
      if (begins === undefined) return undefined
      this.framing = begins.framing
      if (begins.isPreConnection) return this.#preConnection(PRE_CONNECTION_BYTES)
      this.expects = 'fpdu'
    }
    return this.framing === 'raw' ? this.#rawEntity() : this.#prefixedEntity()
  }

  /** Separately for the pre-connection and for CONNECT. */
  #detect(): { framing: Framing; isPreConnection: boolean } | undefined {
    if (this.#input.length < DETECTION_BYTES) return undefined
    const begin = this.#input.toString('hex', 0, DETECTION_BYTES)
    const seen =
      begin.slice(4, 8) === '4020'
        ? { framing: 'raw' as const, isPreConnection: false }
        : begin.slice(8, 12) === '4020'
          ? { framing: 'prefix' as const, isPreConnection: false }
          : begin.startsWith('0018') && (this.#input[2] ?? 0) >= FIRST_EBCDIC_LETTER
            ? { framing: 'prefix' as const, isPreConnection: true }
            : (this.#input[0] ?? 0) >= FIRST_EBCDIC_LETTER
              ? { framing: 'raw' as const, isPreConnection: true }
              : undefined
    if (seen === undefined) throw new Error(`no PeSIT caller begins with ${begin}`)
    if (this.#allowed !== 'auto' && seen.framing !== this.#allowed)
      throw new Error(`caller uses ${seen.framing} framing, ${this.#allowed} was wanted`)
    return seen
  }

  #preConnection(bytes: number): Entity | undefined {
    const start = this.framing === 'raw' ? 0 : PREFIX_BYTES
    if (this.#input.length < start + bytes) return undefined
    if (start > 0 && this.#input.readUInt16BE() !== bytes)
      throw new Error(`pre-connection of ${this.#input.readUInt16BE()} bytes, not ${bytes}`)
    const wire = this.#consume(start + bytes)
    this.expects = bytes === PRE_CONNECTION_ANSWER_BYTES ? 'fpdu' : 'first'
    return { kind: 'pre-connection', wire, content: wire.subarray(start), fpdus: [] }
  }

  #prefixedEntity(): Entity | undefined {
    if (this.#input.length < PREFIX_BYTES) return undefined
    const length = this.#input.readUInt16BE()
    if (length < HEADER_BYTES) throw new Error(`entity of ${length} bytes`)
    if (this.#input.length < PREFIX_BYTES + length) return undefined
    const wire = this.#consume(PREFIX_BYTES + length)
    const content = wire.subarray(PREFIX_BYTES)
    return { kind: 'entity', wire, content, fpdus: this.#fpdus(content) }
  }

  #fpdus(content: Buffer): Fpdu[] {
    if (this.hasCrc) return [withCrc(content)]
    const fpdus: Fpdu[] = []
    let at = 0
    while (at < content.length) {
      const rest = content.subarray(at)
      const length = rest.length < HEADER_BYTES ? 0 : rest.readUInt16BE()
      if (length < HEADER_BYTES || length > rest.length)
        throw new Error(`FPDU of ${length} bytes in ${rest.length} bytes of entity`)
      const fpdu = decodeFpdu(rest.subarray(0, length))
      fpdus.push(fpdu)
      if (rest.length === length + CRC_BYTES && asksForCrc(fpdu)) {
        this.hasCrc = true
        return [withCrc(rest)]
      }
      at += length
    }
    return fpdus
  }

  #rawEntity(): Entity | undefined {
    if (this.#input.length < HEADER_BYTES) return undefined
    const length = this.#input.readUInt16BE()
    if (length < HEADER_BYTES) throw new Error(`FPDU of ${length} bytes`)
    if (this.#input.length < length) return undefined
    if (!this.hasCrc) this.hasCrc = asksForCrc(decodeFpdu(this.#input.subarray(0, length)))
    const total = length + (this.hasCrc ? CRC_BYTES : 0)
    if (this.#input.length < total) return undefined
    const wire = this.#consume(total)
    const fpdu = this.hasCrc ? withCrc(wire) : decodeFpdu(wire)
    return { kind: 'entity', wire, content: wire, fpdus: [fpdu] }
  }

  #consume(length: number): Buffer {
    const taken = this.#input.subarray(0, length)
    this.#input = this.#input.subarray(length)
    return taken
  }
}

function asksForCrc(fpdu: Fpdu): boolean {
  return fpdu.name === 'CONNECT' && piNumber(fpdu, 1) === 1
}

/** @param bytes an FPDU and its CRC; a wrong CRC makes it `DAMAGED` */
function withCrc(bytes: Buffer): Fpdu {
  if (isCrcRight(bytes)) {
    const fpdu = bytes.subarray(0, -CRC_BYTES)
    if (fpdu.readUInt16BE() !== fpdu.length)
      throw new Error(`FPDU of ${fpdu.readUInt16BE()} bytes in ${fpdu.length} bytes before the CRC`)
    return decodeFpdu(fpdu)
  }
  const empty = Buffer.alloc(0)
  return { name: 'DAMAGED', destination: 0, octet6: 0, parameters: [], data: empty, bytes }
}
