/** A packet whose fields do not fit into its length, or say what cannot be. */
export class MalformedPacket extends Error {
  override readonly name = 'MalformedPacket'
}

/** Reads the fields of one packet in order (RFC 4251 §5); never beyond its end. */
export class ByteReader {
  readonly #bytes: Buffer
  #position: number

  constructor(bytes: Buffer, position = 0) {
    this.#bytes = bytes
    this.#position = position
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#position
  }

  /** @throws MalformedPacket when the packet ends before */
  uint32(): number {
    const at = this.#take(4)
    return this.#bytes.readUInt32BE(at)
  }

  /**
   * An unsigned 64-bit number as a number of JavaScript.
   * @throws MalformedPacket when the packet ends before, or beyond 2^53 - 1, which no file reaches
   */
  uint64(): number {
    const at = this.#take(8)
    const high = this.#bytes.readUInt32BE(at)
    if (high > 0x1fffff) throw new MalformedPacket('a 64-bit number is beyond any file size')
    return high * 0x1_0000_0000 + this.#bytes.readUInt32BE(at + 4)
  }

  /** A string: its bytes, not copied. */
  string(): Buffer {
    const length = this.uint32()
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  #take(count: number): number {
    const at = this.#position
    if (count > this.#bytes.length - at) {
      throw new MalformedPacket(`${count} bytes wanted, ${this.#bytes.length - at} left`)
    }
    this.#position = at + count
    return at
  }
}
