import type { Rule } from '../rule.ts'
import { breakdownRules } from './vat-breakdown-rules.ts'
import { VAT_FAMILIES } from './vat-families.ts'
import { useRules } from './vat-use-rules.ts'

/** The ten rules that every VAT category has: BR-S-01 to BR-S-10 and so on. */
export const VAT_FAMILY_RULES: readonly Rule[] = VAT_FAMILIES.flatMap((family) => [
  ...breakdownRules(family),
  ...useRules(family),
])
