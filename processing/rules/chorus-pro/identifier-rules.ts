import { isFrenchVat, isRidet, isSiren, isTahiti } from '../../formats/identifiers.ts'
import type { BusinessTermId } from '../../formats/business-terms.ts'
import { F_CODES, type Rule, type RuleSettings } from '../rule.ts'
import { identifiersOf, schemeOf } from './supplier-identity.ts'

/**
 * Check digits and shapes of identifiers (reference invoices §8): warnings, since whether such a
 * party exists is for the directory to say.
 */
const KINDS: readonly {
  readonly id: string
  /** Undefined: the term itself says what it is. */
  readonly scheme: string | undefined
  readonly terms: readonly BusinessTermId[]
  readonly what: string
  readonly isRight: (text: string, settings: RuleSettings) => boolean
}[] = [
  {
    id: 'ID-SIREN',
    scheme: '0002',
    terms: ['BT-29', 'BT-30', 'BT-46', 'BT-47', 'BT-60', 'BT-61'],
    what: 'SIREN',
    isRight: (text, { environment }) => isSiren(text, environment),
  },
  {
    id: 'ID-VAT-FR',
    scheme: undefined,
    terms: ['BT-31', 'BT-48', 'BT-63'],
    what: 'TVA FR',
    isRight: (text) => !text.startsWith('FR') || isFrenchVat(text),
  },
  {
    id: 'ID-RIDET',
    scheme: '0228',
    terms: ['BT-29', 'BT-30', 'BT-46', 'BT-47'],
    what: 'RIDET',
    isRight: isRidet,
  },
  {
    id: 'ID-TAHITI',
    scheme: '0229',
    terms: ['BT-29', 'BT-30', 'BT-46', 'BT-47'],
    what: 'TAHITI',
    isRight: isTahiti,
  },
]

export const IDENTIFIER_RULES: readonly Rule[] = KINDS.map(
  ({ id, scheme, terms: ids, what, isRight }) => ({
    id,
    sets: ['chorus-pro'],
    severity: 'warning',
    terms: ids,
    code: F_CODES.value,
    message: {
      en: `The ${what} number does not have the shape or the check digits of one.`,
      fr: `Le numéro ${what} n’a pas la forme ou la clé attendue.`,
    },
    remedy: { en: 'Correct the number.', fr: 'Corrigez le numéro.' },
    platformText: `Numéro ${what} invalide ({place}).`,
    check: ({ terms, settings }, report) => {
      for (const node of identifiersOf(terms, ...ids)) {
        if (scheme !== undefined && schemeOf(terms, node) !== scheme) continue
        if (!isRight(terms.document.trimmed(node), settings)) report(node)
      }
    },
  }),
)
