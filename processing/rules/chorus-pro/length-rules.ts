import { BUSINESS_TERMS, type BusinessTermId } from '../../formats/business-terms.ts'
import { F_CODES, type Rule } from '../rule.ts'

/**
 * How long a term may be for Chorus Pro: reference chorus-pro-edi §4.4, §8.5. Where the reference
 * gives a range of rules for several terms, which number stands for which term is [simulated].
 */
const LENGTHS: readonly {
  readonly id: string
  readonly terms: readonly [BusinessTermId, ...BusinessTermId[]]
  readonly maxCharacters: number
}[] = [
  { id: 'BR-FR-CPRO-02', terms: ['BT-1', 'BT-25'], maxCharacters: 20 },
  { id: 'BR-FR-CPRO-14', terms: ['BT-12'], maxCharacters: 50 },
  { id: 'BR-FR-CPRO-15', terms: ['BT-13'], maxCharacters: 50 },
  { id: 'BR-FR-CPRO-30', terms: ['BT-122'], maxCharacters: 50 },
  { id: 'BR-FR-CPRO-31', terms: ['BT-22'], maxCharacters: 1024 },
  { id: 'BR-FR-CPRO-32', terms: ['BT-10'], maxCharacters: 100 },
  { id: 'BR-FR-CPRO-34', terms: ['BT-59'], maxCharacters: 99 },
  { id: 'BR-FR-CPRO-35', terms: ['BT-20'], maxCharacters: 1024 },
  { id: 'BR-FR-CPRO-36', terms: ['BT-27'], maxCharacters: 99 },
  { id: 'BR-FR-CPRO-37', terms: ['BT-28'], maxCharacters: 99 },
  { id: 'BR-FR-CPRO-39', terms: ['BT-84'], maxCharacters: 27 },
  { id: 'BR-FR-CPRO-42', terms: ['BT-154'], maxCharacters: 1024 },
  { id: 'BR-FR-CPRO-43', terms: ['BT-44'], maxCharacters: 99 },
  { id: 'BR-FR-CPRO-44', terms: ['BT-45'], maxCharacters: 99 },
]

export const LENGTH_RULES: readonly Rule[] = LENGTHS.map(({ id, terms: ids, maxCharacters }) => {
  const names = ids.map((term) => BUSINESS_TERMS[term])
  return {
    id,
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ids,
    code: F_CODES.value,
    message: {
      en: `${names.map(({ en }) => en).join(' or ')} (${ids.join(', ')}): longer than ${maxCharacters} characters.`,
      fr: `${names.map(({ fr }) => fr).join(' ou ')} (${ids.join(', ')}) : plus de ${maxCharacters} caractères.`,
    },
    remedy: {
      en: `Keep it within ${maxCharacters} characters.`,
      fr: `Limitez-vous à ${maxCharacters} caractères.`,
    },
    platformText: `La valeur de {place} dépasse ${maxCharacters} caractères.`,
    check: ({ terms }, report) => {
      for (const term of ids) {
        for (const node of terms.everywhere(term)) {
          if (isLonger(terms.document.trimmed(node), maxCharacters)) report(node)
        }
      }
    },
  }
})

/** Characters, not UTF-16 units; a text of a mebibyte is not taken apart for it. */
function isLonger(text: string, maxCharacters: number): boolean {
  if (text.length <= maxCharacters) return false
  return Array.from(text.slice(0, 2 * maxCharacters + 2)).length > maxCharacters
}
