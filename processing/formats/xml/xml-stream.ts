import { ByteScanner } from './byte-scanner.ts'
import { ElementStore } from './element-store.ts'
import { LineCounter } from './line-index.ts'
import { Utf8Source } from './utf8-source.ts'
import { NONE, XmlDocument, type Locate } from './xml-document.ts'
import { chooseEncoding, HEAD_BYTES, invalidBytes } from './xml-encoding.ts'
import { Refused } from './xml-faults.ts'
import type { XmlListener } from './xml-listener.ts'
import { XML_LIMITS } from './xml-limits.ts'
import type { XmlEncoding, XmlOutcome } from './xml-outcome.ts'

/**
 * Reads one document that comes in pieces of any size. Of its bytes only an unfinished tag is kept,
 * at most `XML_LIMITS.tagBytes`; of its content what an `XmlDocument` holds: texts, no attachments.
 */
export class XmlStream {
  readonly document: XmlDocument
  readonly #scanner: ByteScanner
  #source: Utf8Source | undefined
  #encoding: XmlEncoding = 'unknown'
  /** What waits for more bytes: the head of the document, later what the scanner could not use. */
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #outcome: XmlOutcome | undefined
  #isInvalid = false
  /** How far lines have been counted in the bytes that are scanned. */
  readonly #lines = new LineCounter()
  #counted = 0
  #bytes: Buffer = Buffer.alloc(0)

  /** @param listen makes what is told of the document while it is read */
  constructor(listen?: (document: XmlDocument) => XmlListener) {
    const store = new ElementStore()
    this.document = new XmlDocument(store)
    this.document.reset(() => ({ line: 1, column: 1 }))
    this.#scanner = new ByteScanner(store, this.document)
    this.#scanner.begin(listen?.(this.document), { locate: this.#locate })
  }

  /** Offsets only ever grow. */
  readonly #locate: Locate = (offset) => {
    this.#lines.advance(this.#bytes, this.#counted, offset)
    this.#counted = offset
    return { line: this.#lines.line, column: this.#lines.column }
  }

  /** Some bytes are not of the encoding: that counts before whatever else is wrong. */
  get isInvalid(): boolean {
    return this.#isInvalid
  }

  /** Takes the next piece; the caller may use its memory again afterwards. */
  write(piece: Uint8Array): void {
    this.#take(asBuffer(piece), false)
  }

  end(): XmlOutcome {
    this.#take(Buffer.alloc(0), true)
    return (this.#outcome ??= { encoding: this.#encoding })
  }

  #take(piece: Buffer, isLast: boolean): void {
    if (this.#outcome === undefined) this.#push(piece, isLast)
    // Of what comes after a fault only the encoding is looked at.
    else if (this.#source !== undefined && !this.#isInvalid) this.#decode(piece, isLast)
  }

  #decode(bytes: Buffer, isLast: boolean): Buffer | undefined {
    const utf8 = this.#source?.push(bytes, isLast)
    if (utf8 === undefined) {
      this.#isInvalid = true
      this.#outcome = { fault: invalidBytes(this.#encoding), encoding: this.#encoding }
    }
    return utf8
  }

  #push(piece: Buffer, isLast: boolean): void {
    let bytes = piece
    if (this.#source === undefined) {
      this.#wait(Buffer.from(piece))
      if (this.#waitingBytes < HEAD_BYTES && !isLast) return
      const head = this.#takeWaiting()
      const chosen = chooseEncoding(head.subarray(0, HEAD_BYTES))
      if ('fault' in chosen) {
        this.#outcome = { fault: chosen.fault, encoding: 'unknown' }
        return
      }
      this.#encoding = chosen.encoding
      this.#source = new Utf8Source(chosen.label)
      bytes = head.subarray(chosen.markBytes)
    }
    const utf8 = this.#decode(bytes, isLast)
    if (utf8 === undefined) return
    // An unfinished tag is not looked at again before it may have ended, or grown too long.
    const isWorthIt =
      this.#waitingBytes < MOST_RESCANNED ||
      utf8.includes(0x3e) ||
      this.#waitingBytes > XML_LIMITS.tagBytes
    if (!isWorthIt && !isLast) this.#wait(Buffer.from(utf8))
    else this.#scan(utf8, isLast)
  }

  #scan(piece: Buffer, isLast: boolean): void {
    const bytes = this.#waitingBytes === 0 ? piece : Buffer.concat([this.#takeWaiting(), piece])
    this.#bytes = bytes
    this.#counted = 0
    try {
      const used = this.#scanner.scan(bytes, isLast)
      this.#locate(used)
      if (used < bytes.length) this.#wait(Buffer.from(bytes.subarray(used)))
      if (this.#scanner.isStopped) this.#outcome = { encoding: this.#encoding }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { openNode } = this.#scanner
      const place =
        error.offset === undefined && openNode !== NONE
          ? this.document.lineOf(openNode)
          : this.#locate(error.offset ?? this.#counted)
      this.#outcome = { fault: { ...error.fault, ...place }, encoding: this.#encoding }
    }
  }

  #wait(bytes: Buffer): void {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
  }

  #takeWaiting(): Buffer {
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    return bytes
  }
}

/** Less than this is scanned again with every piece. */
const MOST_RESCANNED = 4_096

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
