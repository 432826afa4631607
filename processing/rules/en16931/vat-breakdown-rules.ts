import type { NodeId } from '../../formats/xml/xml-document.ts'
import { remembered } from '../remembered.ts'
import { F_CODES, type Check, type Rule, type RuleSubject } from '../rule.ts'
import { CII_USE } from './cii-facts.ts'
import { enRule, must, mustOfKind, type Condition } from './en-rule.ts'
import { has } from './needs.ts'
import { USE } from './ubl-facts.ts'
import type { VatFamily } from './vat-families.ts'
import {
  isCiiTaxableRight,
  isCiiTaxRight,
  isUblTaxableRight,
  isUblTaxRight,
} from './vat-family-amounts.ts'
import {
  CII_ANY_HEADER_CODE,
  CII_HEADER_TAX,
  ciiCategory,
  ciiCodeCategory,
  ciiVatCodeCategory,
  UBL_BREAKDOWN_CATEGORY,
  ublCategory,
} from './vat-family-contexts.ts'

/** -01: the breakdown has the category when something uses it. */
function isBrokenDown({ code, category, breakdowns }: VatFamily): {
  readonly ubl: Condition
  readonly cii: Condition
} {
  const isOne = breakdowns === 'one'
  const ubl: Condition = (_, { facts }) => {
    const { uses } = facts.ubl
    if (isOne) {
      return uses.of(USE.anywhereVat, category) === 0 || uses.of(USE.breakdownVat, category) === 1
    }
    // ARTEFACT: S is looked for in any tax scheme, L and M as written in the breakdown.
    const isStandard = code === 'S'
    const used = isStandard
      ? uses.of(USE.allowanceOrCharge, category) + uses.of(USE.item, category)
      : uses.of(USE.allowanceVat, category) +
        uses.of(USE.chargeVat, category) +
        uses.of(USE.itemVat, category)
    if (used === 0) return uses.of(isStandard ? USE.breakdown : USE.breakdownVat, category) === 0
    const found =
      code === 'S' ? USE.breakdown : code === 'L' ? USE.exactBreakdown : USE.exactBreakdownVat
    return uses.of(found, category) > 0
  }
  const cii: Condition = (_, { facts }) => {
    const { uses } = facts.cii
    const [header, line, other] = [
      uses.of(CII_USE.breakdown, category),
      uses.of(CII_USE.line, category),
      uses.of(CII_USE.allowanceOrCharge, category),
    ]
    // ARTEFACT: one breakdown and one line make two, and so do two lines.
    if (!isOne) return (line === 0 || line + header >= 2) && (other === 0 || other + header >= 2)
    if (code === 'O' && header === 0) return true
    if (header === 0) return line === 0 && other === 0
    return header === 1 && (line > 0 || other > 0)
  }
  return { ubl, cii }
}

/**
 * ARTEFACT: in CII, the rules on breakdowns of L, M and O are attached to the tax, the others to its
 * category code; those of S and Z look at any tax type.
 */
function ciiBreakdown(
  family: VatFamily,
  isFine: (tax: NodeId, subject: RuleSubject) => boolean,
): Check {
  const { category, code } = family
  if (code === 'L' || code === 'M' || code === 'O') {
    return mustOfKind(CII_HEADER_TAX, ciiCategory, category, isFine)
  }
  const isAnyType = code === 'S' || code === 'Z'
  const at = isAnyType ? CII_ANY_HEADER_CODE : `${CII_HEADER_TAX}/ram:CategoryCode`
  const isTaxFine = remembered(isFine)
  const kindOf = isAnyType ? ciiCodeCategory : ciiVatCodeCategory
  return mustOfKind(at, kindOf, category, (node, subject) =>
    isTaxFine(subject.document.parent(node), subject),
  )
}

const hasReason = has('cbc:TaxExemptionReason | cbc:TaxExemptionReasonCode', 'element')
const hasCiiReason = has('ram:ExemptionReason | ram:ExemptionReasonCode', 'element')

/** -01 and -08 to -10: the breakdown of the category. */
export function breakdownRules(family: VatFamily): readonly Rule[] {
  const { category, code, name } = family
  const brokenDown = isBrokenDown(family)
  const title = {
    en: `VAT category ${code} (${name.en})`,
    fr: `Catégorie de TVA ${code} (${name.fr})`,
  }
  const perRate = family.breakdowns === 'any'
  const isForbidden = family.reason === 'forbidden'
  return [
    enRule({
      id: `BR-${family.id}-01`,
      terms: ['BG-20', 'BG-21', 'BG-23', 'BG-25', 'BT-95', 'BT-102', 'BT-118', 'BT-151'],
      code: F_CODES.conditional,
      message: {
        en: `${title.en}: what lines, allowances and charges use and what the VAT breakdown (BG-23) holds do not go together; ${perRate ? 'at least one' : 'exactly one'} breakdown of that category is needed when it is used.`,
        fr: `${title.fr} : la ventilation de TVA (BG-23) ne correspond pas aux lignes, remises et frais ; il faut ${perRate ? 'au moins une' : 'exactement une'} ventilation de cette catégorie lorsqu’elle est utilisée.`,
      },
      remedy: {
        en: 'Add the breakdown that is missing, or remove the one that nothing uses.',
        fr: 'Ajoutez la ventilation manquante, ou retirez celle qui ne sert pas.',
      },
      platformText: `Ventilation de TVA incohérente pour la catégorie ${code} ({place}).`,
      ubl: must('/', brokenDown.ubl),
      cii: must('/', brokenDown.cii),
    }),
    enRule({
      id: `BR-${family.id}-08`,
      terms: [
        'BG-23',
        'BT-92',
        'BT-95',
        ...(perRate ? ['BT-96'] : []),
        'BT-99',
        'BT-102',
        ...(perRate ? ['BT-103'] : []),
        'BT-116',
        'BT-118',
        ...(perRate ? ['BT-119'] : []),
        'BT-131',
        'BT-151',
        ...(perRate ? ['BT-152'] : []),
      ],
      code: F_CODES.amounts,
      message: {
        en: `${title.en}: the taxable amount (BT-116) is not the sum of the lines plus charges less allowances of that category${perRate ? ' and rate' : ''}.`,
        fr: `${title.fr} : la base d’imposition (BT-116) n’est pas la somme des lignes, plus les frais, moins les remises de cette catégorie${perRate ? ' et de ce taux' : ''}.`,
      },
      remedy: {
        en: 'Correct the taxable amount, or the lines, charges and allowances of that category.',
        fr: 'Corrigez la base d’imposition, ou les lignes, frais et remises de cette catégorie.',
      },
      platformText: 'Incohérence de montants ({place}).',
      ubl: mustOfKind(UBL_BREAKDOWN_CATEGORY, ublCategory, category, isUblTaxableRight(family)),
      cii: ciiBreakdown(family, isCiiTaxableRight(family)),
    }),
    enRule({
      id: `BR-${family.id}-09`,
      terms: perRate
        ? ['BG-23', 'BT-116', 'BT-117', 'BT-118', 'BT-119']
        : ['BG-23', 'BT-117', 'BT-118'],
      code: F_CODES.amounts,
      message: perRate
        ? {
            en: `${title.en}: the VAT amount (BT-117) is not the taxable amount (BT-116) × the rate (BT-119) / 100.`,
            fr: `${title.fr} : le montant de TVA (BT-117) n’est pas la base (BT-116) × le taux (BT-119) / 100.`,
          }
        : {
            en: `${title.en}: the VAT amount (BT-117) must be 0.`,
            fr: `${title.fr} : le montant de TVA (BT-117) doit être 0.`,
          },
      remedy: {
        en: 'Correct the VAT amount, or use the category that applies.',
        fr: 'Corrigez le montant de TVA, ou utilisez la catégorie qui convient.',
      },
      platformText: 'Incohérence de montants ({place}).',
      ubl: mustOfKind(UBL_BREAKDOWN_CATEGORY, ublCategory, category, isUblTaxRight(family)),
      // ARTEFACT: for L and M it is listed in CII and never reported.
      cii: code === 'L' || code === 'M' ? [] : ciiBreakdown(family, isCiiTaxRight(family)),
    }),
    enRule({
      id: `BR-${family.id}-10`,
      terms: ['BG-23', 'BT-118', 'BT-120', 'BT-121'],
      code: F_CODES.conditional,
      message: isForbidden
        ? {
            en: `${title.en}: the breakdown must not give an exemption reason (BT-120, BT-121).`,
            fr: `${title.fr} : la ventilation ne doit pas indiquer de motif d’exonération (BT-120, BT-121).`,
          }
        : {
            en: `${title.en}: the breakdown must give an exemption reason, as text (BT-120) or code (BT-121).`,
            fr: `${title.fr} : la ventilation doit indiquer un motif d’exonération, en texte (BT-120) ou en code (BT-121).`,
          },
      remedy: isForbidden
        ? {
            en: 'Remove the reason, or use the category that applies.',
            fr: 'Retirez le motif, ou utilisez la catégorie qui convient.',
          }
        : {
            en: `Give the reason, such as the code ${family.reasonCode ?? 'VATEX-EU-132'}.`,
            fr: `Indiquez le motif, par exemple le code ${family.reasonCode ?? 'VATEX-EU-132'}.`,
          },
      platformText: `Motif d’exonération incohérent avec la catégorie ${code} ({place}).`,
      ubl: mustOfKind(UBL_BREAKDOWN_CATEGORY, ublCategory, category, (node, subject) =>
        isForbidden ? !hasReason(node, subject) : hasReason(node, subject),
      ),
      cii: ciiBreakdown(family, (tax, subject) =>
        isForbidden ? !hasCiiReason(tax, subject) : hasCiiReason(tax, subject),
      ),
    }),
  ]
}
