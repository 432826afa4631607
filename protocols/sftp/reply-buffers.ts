/** Kept for the next reads of a session; one is being filled while another is being sent. */
const MAX_FREE_BUFFERS = 4

/** Under this a buffer is made to measure: small files are not worth a large one. */
const MADE_TO_MEASURE_BYTES = 64 * 1024

/** Large buffers that DATA replies are read into, used again once they were sent. */
export class ReplyBuffers {
  readonly #size: number
  readonly #free: Buffer[] = []

  /** @param size of a large buffer: what is never exceeded */
  constructor(size: number) {
    this.#size = size
  }

  /** A buffer of at least `bytes`. */
  take(bytes: number): Buffer {
    if (bytes <= MADE_TO_MEASURE_BYTES) return Buffer.allocUnsafe(bytes)
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size)
  }

  /** Gives back what `take` gave. */
  giveBack(buffer: Buffer): void {
    if (buffer.length === this.#size && this.#free.length < MAX_FREE_BUFFERS) {
      this.#free.push(buffer)
    }
  }
}
