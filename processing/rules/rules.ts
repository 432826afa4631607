import { ATTACHMENT_RULES } from './chorus-pro/attachment-rules.ts'
import { HEADER_RULES } from './chorus-pro/header-rules.ts'
import { SIRET_RULES } from './directory/siret-rules.ts'
import { AMOUNT_RULES } from './en16931/amounts.ts'
import { PRESENCE_RULES } from './en16931/presence.ts'
import type { Rule } from './rule.ts'
import { STRUCTURE_RULES } from './structure/structure-rules.ts'

/** Every rule that is applied, in the order its findings are reported. */
export const RULES: readonly Rule[] = [
  ...STRUCTURE_RULES,
  ...PRESENCE_RULES,
  ...AMOUNT_RULES,
  ...HEADER_RULES,
  ...ATTACHMENT_RULES,
  ...SIRET_RULES,
]
