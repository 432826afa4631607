import { BR_FR_RULES } from './br-fr/br-fr-rules.ts'
import { ATTACHMENT_RULES } from './chorus-pro/attachment-rules.ts'
import { COUNT_RULES } from './chorus-pro/count-rules.ts'
import { CPP_RULES } from './chorus-pro/cpp-rules.ts'
import { FRAMEWORK_RULES } from './chorus-pro/framework-rules.ts'
import { IDENTIFIER_RULES } from './chorus-pro/identifier-rules.ts'
import { LENGTH_RULES } from './chorus-pro/length-rules.ts'
import { PARTY_RULES } from './chorus-pro/party-rules.ts'
import { PAYMENT_RULES } from './chorus-pro/payment-rules.ts'
import { SIRET_RULES } from './directory/siret-rules.ts'
import { EN16931_RULES } from './en16931/en16931-rules.ts'
import type { Rule } from './rule.ts'
import { STRUCTURE_RULES } from './structure/structure-rules.ts'

/** Every rule that is applied, in the order its findings are reported. */
export const RULES: readonly Rule[] = [
  ...STRUCTURE_RULES,
  ...EN16931_RULES,
  ...PARTY_RULES,
  ...IDENTIFIER_RULES,
  ...LENGTH_RULES,
  ...COUNT_RULES,
  ...FRAMEWORK_RULES,
  ...PAYMENT_RULES,
  ...CPP_RULES,
  ...ATTACHMENT_RULES,
  ...SIRET_RULES,
  ...BR_FR_RULES,
]
