import type { BilingualText } from '../../../gateway/flow.ts'
import { NONE, type NodeId } from '../../formats/xml/xml-document.ts'
import { F_CODES, type Rule, type RuleSubject } from '../rule.ts'

/** What Chorus Pro takes once, or a limited number of times: reference chorus-pro-edi §8.5. */
const COUNTS: readonly {
  readonly id: string
  readonly terms: readonly string[]
  readonly max: number
  readonly what: BilingualText
  readonly nodes: (subject: RuleSubject) => readonly NodeId[]
}[] = [
  {
    id: 'BR-FR-CPRO-19',
    terms: ['BG-25'],
    max: 999_999,
    what: { en: 'invoice lines', fr: 'lignes de facture' },
    nodes: ({ terms }) => terms.groups('BG-25'),
  },
  {
    id: 'BR-FR-CPRO-20',
    terms: ['BG-3'],
    max: 1,
    what: { en: 'preceding invoice', fr: 'facture antérieure' },
    nodes: ({ terms }) => terms.groups('BG-3'),
  },
  {
    id: 'BR-FR-CPRO-25',
    terms: ['BT-20'],
    max: 1,
    what: { en: 'text of payment terms', fr: 'texte de conditions de paiement' },
    nodes: ({ terms }) => terms.all('BT-20'),
  },
  {
    id: 'BR-FR-CPRO-26',
    terms: ['BG-6'],
    max: 1,
    what: { en: 'contact of the supplier', fr: 'contact du fournisseur' },
    nodes: ({ terms }) => terms.groups('BG-6'),
  },
  {
    id: 'BR-FR-CPRO-27',
    terms: ['BG-9'],
    max: 1,
    what: { en: 'contact of the customer', fr: 'contact du client' },
    nodes: ({ terms }) => terms.groups('BG-9'),
  },
]

export const COUNT_RULES: readonly Rule[] = COUNTS.map(({ id, terms, max, what, nodes }) => ({
  id,
  sets: ['chorus-pro'],
  severity: 'fatal',
  terms,
  code: F_CODES.value,
  message: {
    en: `An invoice may have ${max} ${what.en} at most.`,
    fr: `Une facture peut avoir ${max} ${what.fr} au plus.`,
  },
  remedy: {
    en: max === 1 ? 'Keep one only.' : 'Share the invoice out over several.',
    fr: max === 1 ? 'N’en gardez qu’un exemplaire.' : 'Répartissez la facture sur plusieurs.',
  },
  platformText: `Nombre maximal dépassé pour {place} (${max}).`,
  check: (subject, report) => {
    const extra = nodes(subject)[max] ?? NONE
    if (extra !== NONE) report(extra)
  },
}))
