import {
  DISTANCE_BASE,
  DISTANCE_EXTRA_BITS,
  END_OF_BLOCK,
  FIRST_LENGTH,
  FIXED_DISTANCES,
  FIXED_LITERALS,
  HISTORY_BYTES,
  LAST_DISTANCE,
  LAST_LENGTH,
  LENGTH_BASE,
  LENGTH_EXTRA_BITS,
  LENGTH_ORDER,
  MAX_SYMBOL_BITS,
} from './deflate-tables.ts'
import { NO_CODE, PrefixCode } from './prefix-code.ts'

/** `whole` and `cut` are certain; `broken` = neither, it is not what it begins as. */
export type GzipEnding = 'whole' | 'cut' | 'broken'

/** First bytes of a gzip member, the method DEFLATE included (RFC 1952 §2.3.1). */
const MAGIC = [0x1f, 0x8b, 8] as const
const FLAG = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const
/** In the order in which they come. */
const FIELDS = [FLAG.extra, FLAG.name, FLAG.comment, FLAG.headerChecksum] as const

/** Walked at a time, as a copy: what a step has not all of is kept in front of the next bytes. */
const WINDOW_BYTES = 4 * 1024
/** More than the longest step, which is the head of a dynamic block: 4,498 bits. */
const SLACK_BYTES = 1024

type Phase = 'begin' | 'head' | 'fields' | 'block' | 'symbols' | 'trailer' | 'over'

/**
 * Finds the end of gzip content as its bytes come, whole or cut at any byte. It reads every block
 * and every code as inflating does, but makes no output: what is stored is passed over, what is
 * compressed costs only its compressed size, and a bomb no more than that. All that inflating
 * would find wrong is found, except a checksum: that is `whole` here.
 *
 * Several members in a row are one content, and zeros may follow the last one (as in gzip(1)).
 *
 * @see RFC 1951, RFC 1952
 */
export class GzipWalk {
  readonly #bytes = new Uint8Array(WINDOW_BYTES + SLACK_BYTES)
  readonly #view = new DataView(this.#bytes.buffer)
  /** Bytes in the window. */
  #filled = 0
  /** Bits of the window that are walked. */
  #at = 0
  /** Bytes to pass over before anything else. */
  #toSkip = 0

  #phase: Phase = 'begin'
  #isBroken = false
  /** A member ended, and nothing but it and zeros has come. */
  #isBetween = false
  /** Fields of the member's head that are still to come. */
  #fields = 0
  #isLastBlock = false
  /** Bytes of the member that inflating would give: modulo 2^32, and up to `HISTORY_BYTES`. */
  #output = 0
  #history = 0
  #literals = FIXED_LITERALS
  #distances = FIXED_DISTANCES
  readonly #ownLiterals = new PrefixCode()
  readonly #ownDistances = new PrefixCode()
  readonly #lengthCode = new PrefixCode()
  readonly #lengths = new Uint8Array(320)

  /** What the content is if nothing more comes. */
  get ending(): GzipEnding {
    if (this.#isBroken) return 'broken'
    return this.#isBetween ? 'whole' : 'cut'
  }

  /** The next bytes of the content. */
  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length && this.#phase !== 'over';) {
      const skipped = Math.min(this.#toSkip, bytes.length - from)
      this.#toSkip -= skipped
      from += skipped
      const count = Math.min(bytes.length - from, WINDOW_BYTES - this.#filled)
      this.#bytes.set(bytes.subarray(from, from + count), this.#filled)
      this.#filled += count
      from += count
      while (this.#step());
      this.#keepRest()
    }
  }

  /** Moves what is not walked to the front; takes what is to be skipped out of it. */
  #keepRest(): void {
    const walked = this.#at >>> 3
    this.#bytes.copyWithin(0, walked, this.#filled)
    this.#filled -= walked
    this.#at &= 7
  }

  /** @returns false when the window has not all of the next step, or all is over */
  #step(): boolean {
    const start = this.#at
    const phase = this.#phase
    const end = this.#filled * 8
    if (start >= end || phase === 'over') return false
    const isSound = this.#take(phase, end)
    if (this.#at > end) {
      this.#at = start
      return false
    }
    if (!isSound) {
      this.#isBroken = true
      this.#phase = 'over'
    }
    return this.#at > start || this.#phase !== phase
  }

  /**
   * One step, which may run past `end` when the window has not all of it: it changes nothing but
   * `#at` then, and its answer means nothing.
   * @returns false when no gzip content goes on like that
   */
  #take(phase: Exclude<Phase, 'over'>, end: number): boolean {
    switch (phase) {
      case 'begin':
        return this.#takeBegin()
      case 'head':
        return this.#takeHead(end)
      case 'fields':
        return this.#takeField(end)
      case 'block':
        return this.#takeBlockHead(end)
      case 'symbols':
        return this.#takeSymbols(end)
      case 'trailer':
        return this.#takeTrailer(end)
    }
  }

  // --- the member: RFC 1952 §2.3 -------------------------------------------------------------

  #takeBegin(): boolean {
    const byte = this.#bits(8)
    if (this.#isBetween && byte === 0) {
      this.#phase = 'over'
      return true
    }
    this.#isBetween = false
    this.#phase = 'head'
    return byte === MAGIC[0]
  }

  #takeHead(end: number): boolean {
    const second = this.#bits(8)
    const method = this.#bits(8)
    const flags = this.#bits(8)
    this.#at += 48 // time, extra flags, system
    if (this.#at > end) return true
    this.#fields = flags
    this.#phase = 'fields'
    return second === MAGIC[1] && method === MAGIC[2] && (flags & FLAG.reserved) === 0
  }

  /** Optional fields come in this order; names one byte after the other. */
  #takeField(end: number): boolean {
    const field = FIELDS.find((flag) => (this.#fields & flag) !== 0)
    if (field === undefined) {
      this.#phase = 'block'
      return true
    }
    const isName = field === FLAG.name || field === FLAG.comment
    const value = this.#bits(isName ? 8 : 16)
    if (this.#at > end || (isName && value !== 0)) return true
    this.#fields ^= field
    if (field === FLAG.extra) this.#skip(value)
    return true
  }

  #takeTrailer(end: number): boolean {
    this.#align()
    this.#at += 32 // the checksum
    const bytes = this.#bits(16) | (this.#bits(16) << 16)
    if (this.#at > end) return true
    const isRight = bytes === this.#output
    this.#phase = 'begin'
    this.#isBetween = true
    this.#output = 0
    this.#history = 0
    return isRight
  }

  // --- the block: RFC 1951 §3.2.3 ------------------------------------------------------------

  #takeBlockHead(end: number): boolean {
    const isLast = this.#bits(1) === 1
    switch (this.#bits(2)) {
      case 0:
        return this.#takeStored(isLast, end)
      case 1:
        this.#literals = FIXED_LITERALS
        this.#distances = FIXED_DISTANCES
        break
      case 2:
        if (!this.#takeCodes(end)) return false
        this.#literals = this.#ownLiterals
        this.#distances = this.#ownDistances
        break
      default:
        return false
    }
    if (this.#at > end) return true
    this.#isLastBlock = isLast
    this.#phase = 'symbols'
    return true
  }

  #takeStored(isLast: boolean, end: number): boolean {
    this.#align()
    const length = this.#bits(16)
    const complement = this.#bits(16)
    if (this.#at > end) return true
    this.#output = (this.#output + length) | 0
    this.#history = Math.min(HISTORY_BYTES, this.#history + length)
    this.#skip(length)
    if (isLast) this.#phase = 'trailer'
    return (length ^ complement) === 0xffff
  }

  /** The head of a dynamic block (RFC 1951 §3.2.7). */
  #takeCodes(end: number): boolean {
    const literals = this.#bits(5) + 257
    const distances = this.#bits(5) + 1
    const named = this.#bits(4) + 4
    const lengths = this.#lengths.fill(0)
    for (const symbol of LENGTH_ORDER.slice(0, named)) lengths[symbol] = this.#bits(3)
    if (!this.#lengthCode.assign(lengths.subarray(0, LENGTH_ORDER.length))) return false
    const count = literals + distances
    if (literals > 286 || distances > 30 || !this.#takeLengths(count)) return false
    if (this.#at > end) return true
    return (
      lengths[END_OF_BLOCK]! > 0 &&
      this.#ownLiterals.assign(lengths.subarray(0, literals)) &&
      this.#ownDistances.assign(lengths.subarray(literals, count))
    )
  }

  /** The lengths of `count` codes, themselves in a code with repetitions. */
  #takeLengths(count: number): boolean {
    const lengths = this.#lengths
    for (let index = 0; index < count;) {
      const entry = this.#lengthCode.entries[this.#peek() & this.#lengthCode.mask]!
      if (entry === NO_CODE) return false
      this.#at += entry & 15
      const symbol = entry >>> 4
      if (symbol < 16) {
        lengths[index] = symbol
        index += 1
        continue
      }
      if (symbol === 16 && index === 0) return false
      const value = symbol === 16 ? lengths[index - 1]! : 0
      const times = symbol === 18 ? 11 + this.#bits(7) : 3 + this.#bits(symbol === 16 ? 2 : 3)
      if (index + times > count) return false
      lengths.fill(value, index, index + times)
      index += times
    }
    return true
  }

  /** Literals and matches, as far as the window goes: where nearly all time is spent. */
  #takeSymbols(end: number): boolean {
    const view = this.#view
    const { entries: literals, mask: literalMask } = this.#literals
    const { entries: distances, mask: distanceMask } = this.#distances
    let at = this.#at
    let output = this.#output
    let history = this.#history
    let isSound = true
    for (;;) {
      const word = view.getUint32(at >>> 3, true) >>> (at & 7) // 25 bits at least
      const entry = literals[word & literalMask]!
      const symbol = entry >>> 4
      let next = at + (entry & 15)
      if (symbol < END_OF_BLOCK) {
        isSound = entry !== NO_CODE
        if (next > end || !isSound) break
        at = next
        output = (output + 1) | 0
        if (history < HISTORY_BYTES) history += 1
        continue
      }
      if (symbol === END_OF_BLOCK) {
        if (next > end) break
        at = next
        this.#phase = this.#isLastBlock ? 'trailer' : 'block'
        break
      }
      const extraBits = LENGTH_EXTRA_BITS[symbol - FIRST_LENGTH]!
      const extra = (word >>> (entry & 15)) & ((1 << extraBits) - 1)
      next += extraBits
      const distanceEntry =
        distances[(view.getUint32(next >>> 3, true) >>> (next & 7)) & distanceMask]!
      const distanceSymbol = distanceEntry >>> 4
      isSound =
        symbol <= LAST_LENGTH && distanceEntry !== NO_CODE && distanceSymbol <= LAST_DISTANCE
      next += distanceEntry & 15
      const reachBits = DISTANCE_EXTRA_BITS[distanceSymbol]!
      if (!isSound || next + reachBits > end) break
      const length = LENGTH_BASE[symbol - FIRST_LENGTH]! + extra
      if (history < HISTORY_BYTES) {
        const reach = (view.getUint32(next >>> 3, true) >>> (next & 7)) & ((1 << reachBits) - 1)
        isSound = DISTANCE_BASE[distanceSymbol]! + reach <= history
        if (!isSound) break
        history = Math.min(HISTORY_BYTES, history + length)
      }
      at = next + reachBits
      output = (output + length) | 0
    }
    this.#at = at
    this.#output = output
    this.#history = history
    // What comes behind the window may look like no code: it is judged when it is there.
    return isSound || at + MAX_SYMBOL_BITS > end
  }

  // --- bits ----------------------------------------------------------------------------------

  /** The next bits, lowest first: 25 at least. */
  #peek(): number {
    return this.#view.getUint32(this.#at >>> 3, true) >>> (this.#at & 7)
  }

  /** Takes up to 25 bits, past the end of the window too. */
  #bits(count: number): number {
    const value = this.#peek() & ((1 << count) - 1)
    this.#at += count
    return value
  }

  #align(): void {
    this.#at = (this.#at + 7) & ~7
  }

  /** From a whole byte on. */
  #skip(bytes: number): void {
    const here = Math.min(bytes, this.#filled - (this.#at >>> 3))
    this.#at += here * 8
    this.#toSkip = bytes - here
  }
}
