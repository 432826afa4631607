/** What the first line makes room for: most sessions say little. */
const FIRST_BYTES = 1_024
const LINE_END = 0x0a

/**
 * Lines of text as bytes, one behind the other. The memory grows with them and is used again after
 * `clear`, so that a session that says much leaves nothing to collect.
 */
export class LineBytes {
  #memory = Buffer.alloc(0)
  #length = 0
  #lines = 0

  /** Bytes, line ends included. */
  get length(): number {
    return this.#length
  }

  get lines(): number {
    return this.#lines
  }

  /** They hold until `clear`. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length)
  }

  /** @param bytes of the line in UTF-8, its end not included */
  add(line: string, bytes: number): void {
    const end = this.#length + bytes + 1
    if (end > this.#memory.length) this.#grow(end)
    this.#memory.write(line, this.#length)
    this.#memory[end - 1] = LINE_END
    this.#length = end
    this.#lines += 1
  }

  clear(): void {
    this.#length = 0
    this.#lines = 0
  }

  #grow(needed: number): void {
    const doubled = Math.max(FIRST_BYTES, this.#memory.length * 2)
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, doubled))
    larger.set(this.bytes)
    this.#memory = larger
  }
}
