/** Longest code of DEFLATE (RFC 1951 §3.2.7). */
const MAX_CODE_BITS = 15

/** No code begins with these bits. */
export const NO_CODE = 0

/**
 * A prefix code of DEFLATE as one table: the next bits of the stream, lowest first, are the index;
 * the entry is the symbol and how many of the bits are its code.
 *
 * @see RFC 1951 §3.2.2
 */
export class PrefixCode {
  /** `symbol << 4 | bits`, or `NO_CODE`. */
  entries = new Uint16Array(1)
  /** Bits of the longest code, as a mask for the index. */
  mask = 0
  readonly #counts = new Uint16Array(MAX_CODE_BITS + 1)
  readonly #offsets = new Uint16Array(MAX_CODE_BITS + 1)
  readonly #sorted = new Uint16Array(320)

  /**
   * Takes the code whose symbols from 0 have these lengths in bits, 0 = not used.
   * @returns false when no such code exists: too many codes, or too few (one of one bit is fine)
   */
  assign(lengths: Uint8Array): boolean {
    const longest = this.#sort(lengths)
    let free = 1
    for (let bits = 1; bits <= longest; bits += 1) {
      free = free * 2 - this.#counts[bits]!
      if (free < 0) return false
    }
    if (free > 0 && longest > 1) return false
    this.#fill(longest)
    return true
  }

  /** Symbols by length, then by value; returns the greatest length. */
  #sort(lengths: Uint8Array): number {
    const counts = this.#counts.fill(0)
    let longest = 0
    for (const bits of lengths) {
      counts[bits]! += 1
      if (bits > longest) longest = bits
    }
    const offsets = this.#offsets
    offsets[1] = 0
    for (let bits = 1; bits < MAX_CODE_BITS; bits += 1) {
      offsets[bits + 1] = offsets[bits]! + counts[bits]!
    }
    for (let symbol = 0; symbol < lengths.length; symbol += 1) {
      const bits = lengths[symbol]!
      if (bits > 0) this.#sorted[offsets[bits]!++] = symbol
    }
    return longest
  }

  /** Doubles the table for each further bit: shorter codes stand for both of their continuations. */
  #fill(longest: number): void {
    if (this.entries.length < 1 << longest) this.entries = new Uint16Array(1 << longest)
    const { entries } = this
    entries[0] = NO_CODE
    let size = 1
    /** The code with its first bit lowest, as the stream has it; longer codes go on from it. */
    let code = 0
    let taken = 0
    for (let bits = 1; bits <= longest; bits += 1) {
      entries.copyWithin(size, 0, size)
      size *= 2
      for (let left = this.#counts[bits]!; left > 0; left -= 1) {
        entries[code] = (this.#sorted[taken]! << 4) | bits
        taken += 1
        let carry = size >>> 1
        while ((code & carry) !== 0) carry >>>= 1
        code = (code & (carry - 1)) + carry
      }
    }
    this.mask = size - 1
  }
}
