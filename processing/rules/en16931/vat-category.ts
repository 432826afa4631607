import { packed, type PackedCode } from '../element-values.ts'

/** VAT categories (UNTDID 5305, EN 16931): their place in counts by category; 0 = any other code. */
export const CATEGORY_CODES = ['', 'S', 'Z', 'E', 'AE', 'K', 'G', 'O', 'L', 'M', 'B'] as const

export type VatCategory = number

export const CATEGORY = {
  other: 0,
  S: 1,
  Z: 2,
  E: 3,
  AE: 4,
  K: 5,
  G: 6,
  O: 7,
  L: 8,
  M: 9,
  B: 10,
} as const

export const CATEGORIES = CATEGORY_CODES.length

const BY_CODE: ReadonlyMap<PackedCode, VatCategory> = new Map(
  CATEGORY_CODES.slice(1).map((code, index) => [packed(code), index + 1]),
)

export function categoryOf(code: PackedCode): VatCategory {
  return BY_CODE.get(code) ?? CATEGORY.other
}
