import { buffersPassed } from '../young-buffers.ts'
import type { Octets } from './octets.ts'

const NOTHING = Buffer.alloc(0)

/** Reads octets forwards, holding what arrived and is not read. One reader at a time. */
export class ByteCursor {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Buffer = NOTHING
  #isOver = false
  #offset = 0

  constructor(octets: Octets) {
    this.#source = octets[Symbol.asyncIterator]()
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset
  }

  /** What is here and not read: look, do not change. */
  get held(): Buffer {
    return this.#held
  }

  /**
   * Waits until `count` bytes are held. The caller bounds `count`.
   * @returns false when the octets end before
   */
  async fill(count: number): Promise<boolean> {
    if (this.#held.length >= count) return true
    const pieces = [this.#held]
    let bytes = this.#held.length
    while (bytes < count && !this.#isOver) {
      const next = await this.#source.next()
      if (next.done === true) {
        this.#isOver = true
      } else {
        const { buffer, byteOffset, length } = next.value
        pieces.push(Buffer.from(buffer, byteOffset, length))
        bytes += length
      }
    }
    const [first, second] = pieces
    this.#held = pieces.length === 2 && first!.length === 0 ? second! : joined(pieces, bytes)
    return bytes >= count
  }

  /** Reads up to `count` of the bytes held. */
  take(count: number): Buffer {
    const taken = this.#held.subarray(0, count)
    this.#held = this.#held.subarray(taken.length)
    this.#offset += taken.length
    return taken
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Buffer> {
    while (await this.fill(1)) yield this.take(this.#held.length)
  }

  /** Nothing more is wanted: lets the source clean up. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#held = NOTHING
    await this.#source.return?.()
  }
}

function joined(pieces: readonly Buffer[], bytes: number): Buffer {
  buffersPassed(bytes)
  return Buffer.concat(pieces, bytes)
}
