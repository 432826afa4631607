/** SSH's data types (RFC 4251 §5), as much of them as this client writes and reads. */

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export const string = (value: Uint8Array | string): Buffer => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([uint32(bytes.length), bytes])
}

/** A positive number, most significant byte first. */
export const mpint = (bytes: Buffer): Buffer => {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? Buffer.alloc(0) : bytes.subarray(first)
  return string(
    digits.length > 0 && digits[0]! > 127 ? Buffer.concat([Buffer.of(0), digits]) : digits,
  )
}

/** Reads one value after the other. */
export class WireReader {
  readonly #bytes: Buffer
  #offset: number

  constructor(bytes: Buffer, offset = 0) {
    this.#bytes = bytes
    this.#offset = offset
  }

  uint32(): number {
    this.#offset += 4
    return this.#bytes.readUInt32BE(this.#offset - 4)
  }

  byte(): number {
    this.#offset += 1
    return this.#bytes.readUInt8(this.#offset - 1)
  }

  string(): Buffer {
    const length = this.uint32()
    this.#offset += length
    return this.#bytes.subarray(this.#offset - length, this.#offset)
  }
}
