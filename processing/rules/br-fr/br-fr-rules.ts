import type { Rule } from '../rule.ts'
import { ADDRESS_RULES } from './address-rules.ts'
import { COHERENCE_RULES } from './coherence-rules.ts'
import { DATE_RULES } from './date-rules.ts'
import { DOCUMENT_CODE_RULES } from './document-code-rules.ts'
import { GROUPED_LINE_RULES } from './grouped-line-rules.ts'
import { GROUPED_OBJECT_RULES } from './grouped-object-rules.ts'
import { INVOICE_NUMBER_RULES } from './invoice-number-rules.ts'
import { ITEM_RULES } from './item-rules.ts'
import { NOTE_RULES } from './note-rules.ts'
import { NUMBER_RULES } from './number-rules.ts'
import { PARTY_RULES } from './party-rules.ts'
import { PRECEDING_INVOICE_RULES } from './preceding-invoice-rules.ts'
import { VAT_RULES } from './vat-rules.ts'

/**
 * The French CTC rules, version 1.4.0.03, by the ids of their assertions: the set `br-fr`, which no
 * interface code asks for by default (reference invoices §6).
 */
export const BR_FR_RULES: readonly Rule[] = [
  ...INVOICE_NUMBER_RULES,
  ...DATE_RULES,
  ...DOCUMENT_CODE_RULES,
  ...NOTE_RULES,
  ...PARTY_RULES,
  ...ADDRESS_RULES,
  ...VAT_RULES,
  ...ITEM_RULES,
  ...PRECEDING_INVOICE_RULES,
  ...COHERENCE_RULES,
  ...NUMBER_RULES,
  ...GROUPED_LINE_RULES,
  ...GROUPED_OBJECT_RULES,
]
