import type { Octets } from './octets.ts'

/** The octets of a stream, kept as they pass while they are few: nobody knows yet what they are. */
export class KeptHead {
  readonly #maxBytes: number
  #pieces: Buffer[] | undefined = []
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The same octets. */
  async *of(octets: Octets): AsyncGenerator<Buffer> {
    for await (const piece of octets) {
      this.#length += piece.length
      if (this.#length > this.#maxBytes) this.#pieces = undefined
      // A copy: who reads the line may use its buffer again.
      this.#pieces?.push(Buffer.from(piece))
      yield piece
    }
  }

  /** It is not wanted: what comes is no longer kept. */
  forget(): void {
    this.#pieces = undefined
  }

  /** All that passed; undefined when it was too much. */
  get bytes(): Buffer | undefined {
    return this.#pieces === undefined ? undefined : Buffer.concat(this.#pieces)
  }
}
