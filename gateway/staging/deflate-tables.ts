import { PrefixCode } from './prefix-code.ts'

/** How far back a match may reach (RFC 1951 §2). */
export const HISTORY_BYTES = 32 * 1024

/** Symbols up to here are literals (RFC 1951 §3.2.5). */
export const END_OF_BLOCK = 256
export const FIRST_LENGTH = 257
export const LAST_LENGTH = 285
export const LAST_DISTANCE = 29
/** The longest match: both codes and their extra bits. */
export const MAX_SYMBOL_BITS = 15 + 5 + 15 + 13

/** By length symbol, from 257 (RFC 1951 §3.2.5); the last two have codes and no meaning. */
export const LENGTH_EXTRA_BITS = Uint8Array.from({ length: 31 }, (_, index) =>
  index < 8 || index > 27 ? 0 : (index >>> 2) - 1,
)
export const LENGTH_BASE = Uint16Array.from({ length: 31 }, (_, index) => {
  if (index < 8) return index + 3
  return index === 28 ? 258 : ((4 + (index & 3)) << LENGTH_EXTRA_BITS[index]!) + 3
})
/** By distance symbol; the last two have codes and no meaning. */
export const DISTANCE_EXTRA_BITS = Uint8Array.from({ length: 32 }, (_, symbol) =>
  Math.max(0, (symbol >>> 1) - 1),
)
export const DISTANCE_BASE = Uint32Array.from({ length: 32 }, (_, symbol) =>
  symbol < 4 ? symbol + 1 : ((2 + (symbol & 1)) << DISTANCE_EXTRA_BITS[symbol]!) + 1,
)
/** Order in which a dynamic block names the lengths of its first code (RFC 1951 §3.2.7). */
export const LENGTH_ORDER = [
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
] as const

/** The codes of a block that brings none (RFC 1951 §3.2.6). */
export const FIXED_LITERALS = codeOf(
  Uint8Array.from({ length: 288 }, (_, symbol) =>
    symbol < 144 || symbol >= 280 ? 8 : symbol < 256 ? 9 : 7,
  ),
)
export const FIXED_DISTANCES = codeOf(new Uint8Array(32).fill(5))

function codeOf(lengths: Uint8Array): PrefixCode {
  const code = new PrefixCode()
  code.assign(lengths)
  return code
}
