import { isUtf8 } from 'node:buffer'
import { ByteScanner } from './byte-scanner.ts'
import { ElementStore } from './element-store.ts'
import { LineIndex } from './line-index.ts'
import { Utf8Source } from './utf8-source.ts'
import { NONE, XmlDocument, type Locate } from './xml-document.ts'
import { chooseEncoding, HEAD_BYTES, invalidBytes, type Label } from './xml-encoding.ts'
import { Refused } from './xml-faults.ts'
import type { XmlListener } from './xml-listener.ts'
import type { XmlEncoding, XmlFault, XmlOutcome } from './xml-outcome.ts'

/**
 * Reads whole documents into an `XmlDocument` that is used again for the next one. For documents
 * that come in pieces see `XmlStream`.
 */
export class XmlReader {
  readonly document: XmlDocument
  readonly #scanner: ByteScanner

  constructor() {
    const store = new ElementStore()
    this.document = new XmlDocument(store)
    this.#scanner = new ByteScanner(store, this.document)
  }

  /**
   * Reads one document, which is valid until the next one is read.
   * @param bytes all of it; has to stay as it is while the document is used
   */
  read(bytes: Uint8Array, listener?: XmlListener): XmlOutcome {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const chosen = chooseEncoding(content.subarray(0, HEAD_BYTES))
    if ('fault' in chosen) return this.#refused(chosen.fault, 'unknown')
    const { encoding, label } = chosen
    const input = toUtf8(content.subarray(chosen.markBytes), label)
    if (input === undefined) return this.#refused(invalidBytes(encoding), encoding)
    const lines = new LineIndex(input)
    const locate: Locate = (offset) => lines.locate(offset)
    this.document.reset(locate)
    const scanner = this.#scanner
    scanner.begin(listener, { input })
    try {
      scanner.scan(input, true)
      return { encoding }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { openNode } = scanner
      const place =
        error.offset === undefined && openNode !== NONE
          ? this.document.lineOf(openNode)
          : locate(error.offset ?? 0)
      return { fault: { ...error.fault, ...place }, encoding }
    }
  }

  #refused(fault: XmlFault, encoding: XmlEncoding): XmlOutcome {
    this.document.reset(NOWHERE)
    this.#scanner.begin(undefined, { locate: NOWHERE })
    return { fault, encoding }
  }
}

const NOWHERE: Locate = () => ({ line: 1, column: 1 })
const PIECE_BYTES = 64 * 1_024

/** @returns undefined when the bytes are not of the encoding */
function toUtf8(content: Buffer, label: Label): Buffer | undefined {
  if (label === 'utf-8') return isUtf8(content) ? content : undefined
  const source = new Utf8Source(label)
  const pieces: Buffer[] = []
  for (let at = 0; at <= content.length; at += PIECE_BYTES) {
    const isLast = at + PIECE_BYTES > content.length
    const piece = source.push(content.subarray(at, at + PIECE_BYTES), isLast)
    if (piece === undefined) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
