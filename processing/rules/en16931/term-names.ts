import type { BilingualText } from '../../../gateway/flow.ts'
import {
  BUSINESS_GROUPS,
  BUSINESS_TERMS,
  type BusinessGroupId,
  type BusinessTermId,
} from '../../formats/business-terms.ts'

/** Terms that only the rules of EN 16931 speak of, beside those that the program reads. */
const OTHER_TERMS: Readonly<Record<string, BilingualText>> = {
  'BT-69': {
    en: 'tax representative country code',
    fr: 'code pays du représentant fiscal',
  },
  'BT-80': { en: 'deliver to country code', fr: 'code pays de livraison' },
  'BT-111': {
    en: 'total VAT amount in accounting currency',
    fr: 'montant total de TVA en devise de comptabilisation',
  },
  'BT-130': {
    en: 'invoiced quantity unit of measure',
    fr: 'unité de mesure de la quantité facturée',
  },
  'BT-136': { en: 'line allowance amount', fr: 'montant de la remise de ligne' },
  'BT-137': { en: 'line allowance base amount', fr: 'assiette de la remise de ligne' },
  'BT-139': { en: 'line allowance reason', fr: 'motif de la remise de ligne' },
  'BT-140': { en: 'line allowance reason code', fr: 'code de motif de la remise de ligne' },
  'BT-141': { en: 'line charge amount', fr: 'montant des frais de ligne' },
  'BT-142': { en: 'line charge base amount', fr: 'assiette des frais de ligne' },
  'BT-144': { en: 'line charge reason', fr: 'motif des frais de ligne' },
  'BT-145': { en: 'line charge reason code', fr: 'code de motif des frais de ligne' },
}

/** `seller name (BT-27)`, in the middle of a sentence. */
export function named(id: string): BilingualText {
  const name =
    OTHER_TERMS[id] ??
    (id in BUSINESS_TERMS
      ? BUSINESS_TERMS[id as BusinessTermId]
      : BUSINESS_GROUPS[id as BusinessGroupId])
  return { en: `${lowered(name.en)} (${id})`, fr: `${lowered(name.fr)} (${id})` }
}

/** `BIC` and `VAT` stay as they are. */
function lowered(text: string): string {
  return /^\p{Lu}\p{Lu}/u.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1)
}
