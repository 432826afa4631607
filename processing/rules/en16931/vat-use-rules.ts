import type { BilingualText } from '../../../gateway/flow.ts'
import { NONE } from '../../formats/xml/xml-document.ts'
import { compareDoubles, doubleAt } from '../element-values.ts'
import { F_CODES, type Rule, type RuleSubject } from '../rule.ts'
import { enRule, mustOfKind, mustWhen, type Condition } from './en-rule.ts'
import { USE } from './ubl-facts.ts'
import type { VatFamily } from './vat-families.ts'
import {
  CII_ALLOWANCE_TAX,
  CII_LINE_TAX,
  ciiCategory,
  ciiCategoryOn,
  UBL_ALLOWANCE_CATEGORY,
  UBL_LINE_CATEGORY,
  ublCategory,
  ublCategoryOn,
  VAT_NAMES,
} from './vat-family-contexts.ts'

/** -02 to -04: identifiers that the parties must, or must not, have. */
function hasIdentifiers({ parties }: VatFamily): (subject: RuleSubject, isUbl: boolean) => boolean {
  return ({ facts }, isUbl) => {
    const ids = isUbl ? facts.ubl : facts.cii
    if (parties === 'none') {
      return !ids.hasSellerVatId && !ids.hasRepresentativeVatId && !ids.hasBuyerVatId
    }
    const hasSeller =
      (parties === 'seller' || parties === 'seller and buyer'
        ? ids.hasSellerTaxId
        : ids.hasSellerVatId) || ids.hasRepresentativeVatId
    if (parties === 'seller and buyer') {
      return hasSeller && (ids.hasBuyerVatId || ids.hasBuyerLegalId)
    }
    return hasSeller && (parties !== 'seller and buyer VAT' || ids.hasBuyerVatId)
  }
}

/** -05 to -07. */
function isRateRight(rate: VatFamily['rate'], isUbl: boolean): Condition {
  return (node, { document }) => {
    if (rate === 'absent') return node === NONE
    const value = doubleAt(document, node)
    if (value === undefined) return false
    // ARTEFACT: in UBL alone, 0 is compared as a decimal, which knows no -0.
    if (rate === 'zero') return isUbl ? value === 0 : Object.is(value, 0)
    return rate === 'positive' ? value > 0 : compareDoubles(value, 0) >= 0
  }
}

const IDENTIFIERS: Readonly<Record<VatFamily['parties'], BilingualText>> = {
  seller: {
    en: 'the seller needs a VAT identifier (BT-31) or a tax registration (BT-32), or its tax representative a VAT identifier (BT-63)',
    fr: 'il faut le numéro de TVA (BT-31) ou l’identifiant fiscal (BT-32) du vendeur, ou le numéro de TVA de son représentant fiscal (BT-63)',
  },
  'seller VAT': {
    en: 'the seller (BT-31) or its tax representative (BT-63) needs a VAT identifier',
    fr: 'il faut le numéro de TVA du vendeur (BT-31) ou de son représentant fiscal (BT-63)',
  },
  'seller and buyer': {
    en: 'the seller needs a VAT identifier (BT-31), a tax registration (BT-32) or a tax representative (BT-63), and the buyer a VAT (BT-48) or legal identifier (BT-47)',
    fr: 'il faut le numéro de TVA (BT-31), l’identifiant fiscal (BT-32) ou le représentant fiscal (BT-63) du vendeur, et le numéro de TVA (BT-48) ou l’identifiant légal (BT-47) de l’acheteur',
  },
  'seller and buyer VAT': {
    en: 'the seller (BT-31) or its tax representative (BT-63), and the buyer (BT-48), need VAT identifiers',
    fr: 'il faut le numéro de TVA du vendeur (BT-31) ou de son représentant fiscal (BT-63), et celui de l’acheteur (BT-48)',
  },
  none: {
    en: 'neither the seller (BT-31), its tax representative (BT-63) nor the buyer (BT-48) may give a VAT identifier',
    fr: 'ni le vendeur (BT-31), ni son représentant fiscal (BT-63), ni l’acheteur (BT-48) ne doivent indiquer de numéro de TVA',
  },
}
const RATES: Readonly<Record<VatFamily['rate'], BilingualText>> = {
  positive: { en: 'must be above 0', fr: 'doit être supérieur à 0' },
  'not negative': { en: 'must be 0 or more', fr: 'doit être positif ou nul' },
  zero: { en: 'must be 0', fr: 'doit être 0' },
  absent: { en: 'must not be given', fr: 'ne doit pas être indiqué' },
}

/** Where a category is used: on lines, allowances, charges. */
interface Holder {
  readonly suffix: readonly [identifiers: string, rate: string]
  readonly group: string
  readonly code: string
  readonly rate: string
  readonly en: string
  readonly fr: string
}
const HOLDERS: readonly Holder[] = [
  {
    suffix: ['02', '05'],
    group: 'BG-25',
    code: 'BT-151',
    rate: 'BT-152',
    en: 'a line',
    fr: 'une ligne',
  },
  {
    suffix: ['03', '06'],
    group: 'BG-20',
    code: 'BT-95',
    rate: 'BT-96',
    en: 'an allowance',
    fr: 'une remise',
  },
  {
    suffix: ['04', '07'],
    group: 'BG-21',
    code: 'BT-102',
    rate: 'BT-103',
    en: 'a charge',
    fr: 'des frais',
  },
]

/** By the holder: where the category of a line, an allowance and a charge stands. */
const UBL_CATEGORY = [ublCategory, ublCategoryOn(false), ublCategoryOn(true)]
const CII_CATEGORY = [ciiCategory, ciiCategoryOn(false), ciiCategoryOn(true)]

function identifierRule(family: VatFamily, holder: Holder, index: number): Rule {
  const { category, code } = family
  const areThere = hasIdentifiers(family)
  const ublUse: Condition = (_, { facts }) => {
    const { uses } = facts.ubl
    const isOutside = code === 'O'
    if (index === 0) {
      // ARTEFACT: a line S outside VAT wants the identifiers too, whatever they are.
      const isPlain = code === 'S' && uses.of(USE.itemVat, category) === 0
      return uses.of(isPlain ? USE.item : USE.itemVat, category) > 0
    }
    if (index === 1) {
      return uses.of(isOutside ? USE.documentAllowanceVat : USE.allowanceVat, category) > 0
    }
    if (code === 'L') return uses.of(USE.exactChargeVat, category) > 0
    return uses.of(isOutside ? USE.documentChargeVat : USE.chargeVat, category) > 0
  }
  const isPlainLine: Condition = (_, { facts }) =>
    code === 'S' && index === 0 && facts.ubl.uses.of(USE.itemVat, category) === 0
  return enRule({
    id: `BR-${family.id}-${holder.suffix[0]}`,
    terms: [holder.group, ...family.partyTerms, holder.code],
    code: F_CODES.conditional,
    message: {
      en: `VAT category ${code} (${family.name.en}) on ${holder.en} (${holder.code}): ${IDENTIFIERS[family.parties].en}.`,
      fr: `Catégorie de TVA ${code} (${family.name.fr}) sur ${holder.fr} (${holder.code}) : ${IDENTIFIERS[family.parties].fr}.`,
    },
    remedy:
      family.parties === 'none'
        ? {
            en: 'Remove the VAT identifiers, or use the category that applies.',
            fr: 'Retirez les numéros de TVA, ou utilisez la catégorie qui convient.',
          }
        : {
            en: 'Add the identifier, or use the category that applies.',
            fr: 'Ajoutez l’identifiant, ou utilisez la catégorie qui convient.',
          },
    platformText: `Identifiant de TVA incohérent avec la catégorie ${code} ({place}).`,
    ubl: mustWhen(
      '/',
      ublUse,
      (node, subject) => !isPlainLine(node, subject) && areThere(subject, true),
    ),
    cii: mustOfKind(
      index === 0 ? CII_LINE_TAX : CII_ALLOWANCE_TAX,
      CII_CATEGORY[index]!,
      category,
      (_, subject) => areThere(subject, false),
    ),
  })
}

function rateRule(family: VatFamily, holder: Holder, index: number): Rule {
  const { category, code } = family
  const isRight = isRateRight(family.rate, true)
  const isCiiRight = isRateRight(family.ciiRate ?? family.rate, false)
  return enRule({
    id: `BR-${family.id}-${holder.suffix[1]}`,
    terms: [holder.group, holder.code, holder.rate],
    code: F_CODES.value,
    message: {
      en: `VAT category ${code} (${family.name.en}) on ${holder.en}: the rate (${holder.rate}) ${RATES[family.rate].en}.`,
      fr: `Catégorie de TVA ${code} (${family.name.fr}) sur ${holder.fr} : le taux (${holder.rate}) ${RATES[family.rate].fr}.`,
    },
    remedy: {
      en: 'Correct the rate, or use the category that applies.',
      fr: 'Corrigez le taux, ou utilisez la catégorie qui convient.',
    },
    platformText: `Taux de TVA incohérent avec la catégorie ${code} ({place}).`,
    ubl: mustOfKind(
      index === 0 ? UBL_LINE_CATEGORY : UBL_ALLOWANCE_CATEGORY,
      UBL_CATEGORY[index]!,
      category,
      (node, subject) => isRight(subject.document.child(node, VAT_NAMES.percent), subject),
    ),
    cii: mustOfKind(
      index === 0 ? CII_LINE_TAX : CII_ALLOWANCE_TAX,
      CII_CATEGORY[index]!,
      category,
      (node, subject) => isCiiRight(subject.document.child(node, VAT_NAMES.rate), subject),
    ),
  })
}

/** -02 to -07: what a line, an allowance and a charge of the category need. */
export function useRules(family: VatFamily): readonly Rule[] {
  return [
    ...HOLDERS.map((holder, index) => identifierRule(family, holder, index)),
    ...HOLDERS.map((holder, index) => rateRule(family, holder, index)),
  ]
}
