import type { Rule } from '../rule.ts'
import { ALLOWANCE_RULES } from './allowance-rules.ts'
import { BREAKDOWN_RULES } from './breakdown-rules.ts'
import { CII_DATA_TYPE_RULES } from './cii-data-type-rules.ts'
import { CII_REPEATED_RULE } from './cii-repeated-rule.ts'
import { CII_SYNTAX_RULES } from './cii-syntax-rules.ts'
import { CODE_LIST_RULES } from './code-list-rules.ts'
import { DECIMAL_RULES } from './decimal-rules.ts'
import { HEADER_RULES } from './header-rules.ts'
import { LINE_RULES } from './line-rules.ts'
import { TABLED_RULES } from './occurrence-rules.ts'
import { PARTY_IDENTITY_RULES } from './party-rules.ts'
import { PAYMENT_MEANS_RULES } from './payment-rules.ts'
import { PERIOD_RULES } from './period-rules.ts'
import { TOTAL_RULES } from './total-rules.ts'
import { UBL_MODEL_RULES } from './ubl-model-rules.ts'
import { UBL_SYNTAX_RULES } from './ubl-syntax-rules.ts'
import { VAT_FAMILY_RULES } from './vat-family-rules.ts'
import { VAT_SPECIAL_RULES } from './vat-special-rules.ts'

/** Every rule of EN 16931 with the meaning of the CEN artefacts 1.3.16, warnings included. */
export const EN16931_RULES: readonly Rule[] = [
  ...HEADER_RULES,
  ...PARTY_IDENTITY_RULES,
  ...PERIOD_RULES,
  ...LINE_RULES,
  ...ALLOWANCE_RULES,
  ...PAYMENT_MEANS_RULES,
  ...TOTAL_RULES,
  ...BREAKDOWN_RULES,
  ...DECIMAL_RULES,
  ...CODE_LIST_RULES,
  ...VAT_FAMILY_RULES,
  ...VAT_SPECIAL_RULES,
  ...UBL_SYNTAX_RULES,
  ...UBL_MODEL_RULES,
  ...CII_SYNTAX_RULES,
  CII_REPEATED_RULE,
  ...CII_DATA_TYPE_RULES,
  ...TABLED_RULES,
]
