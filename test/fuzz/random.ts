/** A seeded generator (mulberry32): the same seed, the same inputs on every machine. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 ≤ value < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /** 0 ≤ value < limit */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let index = 0; index < length; index += 1) bytes[index] = this.below(256)
    return bytes
  }

  /**
   * A damaged copy: some bytes changed, a slice cut, doubled, moved or replaced by another input's.
   * Structure mostly survives, so that a parser is met deep inside.
   */
  mutate(seedInput: Uint8Array, others: readonly Uint8Array[]): Buffer {
    let bytes: Buffer = Buffer.from(seedInput)
    const times = 1 + this.below(4)
    for (let time = 0; time < times; time += 1) {
      const at = this.below(bytes.length + 1)
      const length = this.below(Math.min(64, bytes.length - at + 1) + 1)
      switch (this.below(6)) {
        case 0:
          for (let count = 1 + this.below(8); count > 0 && bytes.length > 0; count -= 1)
            bytes[this.below(bytes.length)] = this.pick([0, 1, 0x7f, 0x80, 0xff, this.below(256)])
          break
        case 1:
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
          break
        case 2:
          bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
          break
        case 3:
          bytes = Buffer.concat([bytes.subarray(0, at), this.bytes(length), bytes.subarray(at)])
          break
        case 4: {
          const other = this.pick(others)
          const from = this.below(other.length + 1)
          bytes = Buffer.concat([
            bytes.subarray(0, at),
            other.subarray(from, from + length),
            bytes.subarray(at + length),
          ])
          break
        }
        default:
          bytes = bytes.subarray(0, at)
      }
    }
    return bytes
  }
}
