import { isAscii, isUtf8 } from 'node:buffer'
import type { Label } from './xml-encoding.ts'

/** Turns the bytes of a document, piece by piece, into pieces of valid UTF-8. */
export class Utf8Source {
  readonly #label: Label
  readonly #decoder: InstanceType<typeof TextDecoder> | undefined
  /** The start of a character that the last piece cut. */
  #rest: Buffer = NOTHING

  constructor(label: Label) {
    this.#label = label
    if (label === 'iso-8859-15' || label === 'utf-16le' || label === 'utf-16be') {
      this.#decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true })
    }
  }

  /** @returns undefined when the bytes are not of the encoding */
  push(piece: Buffer, isLast: boolean): Buffer | undefined {
    if (this.#label === 'us-ascii') return isAscii(piece) ? piece : undefined
    // WHATWG's "iso-8859-1" is windows-1252.
    if (this.#label === 'iso-8859-1') return Buffer.from(piece.toString('latin1'))
    if (this.#decoder === undefined) return this.#pushUtf8(piece, isLast)
    try {
      return Buffer.from(this.#decoder.decode(piece, { stream: !isLast }))
    } catch {
      return undefined
    }
  }

  #pushUtf8(piece: Buffer, isLast: boolean): Buffer | undefined {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const end = isLast ? bytes.length : wholeCharacters(bytes)
    // A copy: the piece may be used again for the next one.
    this.#rest = end === bytes.length ? NOTHING : Buffer.from(bytes.subarray(end))
    const whole = bytes.subarray(0, end)
    return isUtf8(whole) ? whole : undefined
  }
}

const NOTHING: Buffer = Buffer.alloc(0)

/** Where the character starts that the end of the bytes cuts; the length when it cuts none. */
function wholeCharacters(bytes: Buffer): number {
  const { length } = bytes
  for (let back = 1; back <= Math.min(3, length); back += 1) {
    const byte = bytes[length - back]!
    if (byte < 0x80) return length
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return needed > back ? length - back : length
    }
  }
  return length
}
