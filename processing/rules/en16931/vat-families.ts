import type { BilingualText } from '../../../gateway/flow.ts'
import { CATEGORY, type VatCategory } from './vat-category.ts'

/** A VAT category and what its ten rules want: reference invoices §4, the table of families. */
export interface VatFamily {
  /** In rule ids: `BR-IC-08`. */
  readonly id: string
  readonly code: 'S' | 'Z' | 'E' | 'AE' | 'K' | 'G' | 'O' | 'L' | 'M'
  readonly category: VatCategory
  readonly name: BilingualText
  /** Breakdowns of a category that is used: at least one, by rate, or exactly one. */
  readonly breakdowns: 'any' | 'one'
  /** Identifiers needed when a line, allowance or charge has the category. */
  readonly parties: 'seller' | 'seller VAT' | 'seller and buyer' | 'seller and buyer VAT' | 'none'
  readonly partyTerms: readonly string[]
  readonly rate: 'positive' | 'not negative' | 'zero' | 'absent'
  readonly ciiRate?: VatFamily['rate']
  readonly reason: 'required' | 'forbidden'
  /** A code that says so, for messages. */
  readonly reasonCode?: string
}

const SELLER = { parties: 'seller', partyTerms: ['BT-31', 'BT-32', 'BT-63'] } as const
const ZERO_RATED = { breakdowns: 'one', rate: 'zero' } as const

export const VAT_FAMILIES: readonly VatFamily[] = [
  {
    id: 'S',
    code: 'S',
    category: CATEGORY.S,
    name: { en: 'standard rate', fr: 'taux normal ou réduit' },
    breakdowns: 'any',
    ...SELLER,
    rate: 'positive',
    reason: 'forbidden',
  },
  {
    id: 'Z',
    code: 'Z',
    category: CATEGORY.Z,
    name: { en: 'zero rate', fr: 'taux zéro' },
    ...ZERO_RATED,
    ...SELLER,
    reason: 'forbidden',
  },
  {
    id: 'E',
    code: 'E',
    category: CATEGORY.E,
    name: { en: 'exempt from VAT', fr: 'exonéré de TVA' },
    ...ZERO_RATED,
    ...SELLER,
    reason: 'required',
    reasonCode: 'VATEX-EU-132',
  },
  {
    id: 'AE',
    code: 'AE',
    category: CATEGORY.AE,
    name: { en: 'reverse charge', fr: 'autoliquidation' },
    ...ZERO_RATED,
    parties: 'seller and buyer',
    partyTerms: ['BT-31', 'BT-32', 'BT-47', 'BT-48', 'BT-63'],
    reason: 'required',
    reasonCode: 'VATEX-EU-AE',
  },
  {
    id: 'IC',
    code: 'K',
    category: CATEGORY.K,
    name: { en: 'intra-community supply', fr: 'livraison intracommunautaire' },
    ...ZERO_RATED,
    parties: 'seller and buyer VAT',
    partyTerms: ['BT-31', 'BT-48', 'BT-63'],
    reason: 'required',
    reasonCode: 'VATEX-EU-IC',
  },
  {
    id: 'G',
    code: 'G',
    category: CATEGORY.G,
    name: { en: 'export outside the EU', fr: 'exportation hors de l’UE' },
    ...ZERO_RATED,
    parties: 'seller VAT',
    partyTerms: ['BT-31', 'BT-63'],
    reason: 'required',
    reasonCode: 'VATEX-EU-G',
  },
  {
    id: 'O',
    code: 'O',
    category: CATEGORY.O,
    name: { en: 'not subject to VAT', fr: 'hors champ de la TVA' },
    breakdowns: 'one',
    parties: 'none',
    partyTerms: ['BT-31', 'BT-48', 'BT-63'],
    rate: 'absent',
    reason: 'required',
    reasonCode: 'VATEX-EU-O',
  },
  {
    id: 'AF',
    code: 'L',
    category: CATEGORY.L,
    name: { en: 'IGIC, Canary Islands', fr: 'IGIC, îles Canaries' },
    breakdowns: 'any',
    ...SELLER,
    rate: 'not negative',
    ciiRate: 'positive',
    reason: 'forbidden',
  },
  {
    id: 'AG',
    code: 'M',
    category: CATEGORY.M,
    name: { en: 'IPSI, Ceuta and Melilla', fr: 'IPSI, Ceuta et Melilla' },
    breakdowns: 'any',
    ...SELLER,
    rate: 'not negative',
    reason: 'forbidden',
  },
]
