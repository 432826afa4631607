import { endingOf, type ContentTold } from './content-ending.ts'
import { ContentReading } from './content-facts.ts'

/**
 * Up to this size a file that is received stays in memory until it is sealed or kept: it costs a
 * tenth of a millisecond to make a file, and an accepted small flow has its place in the payload
 * store. Not more, for a session may have as many as its limit of open handles.
 */
export const SMALL_CONTENT_BYTES = 32 * 1024

/** The bytes of a small file, which behaves as one on disk: holes read as zeros. */
export class SmallContent {
  readonly #seeksEnd: boolean
  #memory = Buffer.alloc(0)
  #length = 0

  constructor(seeksEnd: boolean) {
    this.#seeksEnd = seeksEnd
  }

  /** What is there now; a view, to be read before the next change. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length)
  }

  /** @returns false, with nothing changed, when the file would not be small any more */
  write(buffers: readonly Uint8Array[], position: number, end: number): boolean {
    if (!this.#makeRoom(end)) return false
    let at = position
    for (const buffer of buffers) {
      this.#memory.set(buffer, at)
      at += buffer.byteLength
    }
    this.#length = Math.max(this.#length, end)
    return true
  }

  /** @returns false, with nothing changed, when the file would not be small any more */
  truncate(bytes: number): boolean {
    if (!this.#makeRoom(bytes)) return false
    if (bytes < this.#length) this.#memory.fill(0, bytes, this.#length)
    this.#length = bytes
    return true
  }

  /** What the content tells, with nothing left to read. */
  async facts(): Promise<ContentTold> {
    const { bytes } = this
    const reading = new ContentReading(this.#seeksEnd)
    reading.next(bytes)
    const { sha256, gzip } = reading.finish()
    const read = async (position: number, length: number) =>
      bytes.subarray(position, position + length)
    return { sha256, ending: await endingOf(gzip, bytes.length, read) }
  }

  /** Exactly what the first write needs, for most small files come in one. */
  #makeRoom(bytes: number): boolean {
    if (bytes > SMALL_CONTENT_BYTES) return false
    if (bytes <= this.#memory.length) return true
    const room = this.#length === 0 ? bytes : Math.min(2 * bytes, SMALL_CONTENT_BYTES)
    const larger = Buffer.alloc(room)
    larger.set(this.bytes)
    this.#memory = larger
    return true
  }
}
