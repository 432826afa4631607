/** The data types of RFC 4251 §5, for the peer alone. */

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function string(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([uint32(bytes.length), bytes])
}

export function nameList(names: readonly string[]): Buffer {
  return string(names.join(','))
}

/** A positive number. */
export function mpint(value: Uint8Array): Buffer {
  let bytes = Buffer.from(value)
  while (bytes.length > 0 && bytes[0] === 0) bytes = bytes.subarray(1)
  return string(bytes.length > 0 && bytes[0]! > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

/** Reads one message from its start. */
export class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    this.#at += 1
    return this.#bytes.readUInt8(this.#at - 1)
  }

  uint32(): number {
    this.#at += 4
    return this.#bytes.readUInt32BE(this.#at - 4)
  }

  skip(bytes: number): this {
    this.#at += bytes
    return this
  }

  string(): Buffer {
    const length = this.uint32()
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('string beyond the message')
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  names(): string[] {
    return this.string().toString('latin1').split(',')
  }
}
