import { NONE, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import {
  absolute,
  add,
  compare,
  percentOf,
  roundToCents,
  roundToWhole,
  subtract,
  ZERO,
  parseDecimal,
  type Decimal,
} from '../decimal.ts'
import { codeOf, decimalOf, exactCodeOf } from '../element-values.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { isVatTax } from './cii-facts.ts'
import { enRule, must, mustWhen, type Condition } from './en-rule.ts'
import { named } from './term-names.ts'
import { needs } from './needs.ts'
import { CII_BREAKDOWN, CII_LINE, UBL_BREAKDOWN } from './paths.ts'
import { hasOnePointOfTax } from './period-rules.ts'
import { isVatCode, isVatScheme } from './ubl-facts.ts'
import { CATEGORY, categoryOf } from './vat-category.ts'

const N = {
  taxCategory: nameId('cac:TaxCategory'),
  id: nameId('cbc:ID'),
  percent: nameId('cbc:Percent'),
  taxAmount: nameId('cbc:TaxAmount'),
  taxableAmount: nameId('cbc:TaxableAmount'),
  categoryCode: nameId('ram:CategoryCode'),
  rate: nameId('ram:RateApplicablePercent'),
  calculated: nameId('ram:CalculatedAmount'),
  basis: nameId('ram:BasisAmount'),
  typeCode: nameId('ram:TypeCode'),
  transaction: nameId('rsm:SupplyChainTradeTransaction'),
}

/**
 * ARTEFACT: the breakdowns of L, M and O have rules of their own at this place, and one rule per
 * element is enough: the general ones do not look at them.
 */
export const isGeneral: Condition = (node, { document }) => {
  const settlement = document.parent(node)
  if (document.name(document.parent(settlement)) !== N.transaction) return true
  if (!isVatTax(document, node)) return true
  let code = document.child(node, N.categoryCode)
  while (code !== NONE) {
    const category = categoryOf(exactCodeOf(document, code))
    if (category === CATEGORY.L || category === CATEGORY.M || category === CATEGORY.O) return false
    code = document.next(code)
  }
  return true
}

/** The subtotal's category in the tax scheme VAT; NONE = it has none. */
function vatCategory(document: XmlDocument, subtotal: NodeId): NodeId {
  let category = document.child(subtotal, N.taxCategory)
  while (category !== NONE && !isVatScheme(document, category)) category = document.next(category)
  return category
}

const ONE = parseDecimal('1')!

/** Whether the tax is a unit of currency or less from the product, as BR-CO-17 puts it. */
export function isWithinOne(tax: Decimal, product: Decimal, isStrict: boolean): boolean {
  const amount = absolute(tax)
  const below = compare(subtract(amount, ONE), product)
  const above = compare(add(amount, ONE), product)
  return isStrict ? below < 0 && above > 0 : below <= 0 && above >= 0
}

/** |base| × rate / 100, in cents. */
export const taxOn = (base: Decimal, rate: Decimal): Decimal =>
  roundToCents(percentOf(absolute(base), rate))

/** BR-CO-17; what is missing makes it fail, except that no rate means no tax. */
function isTaxRight(
  tax: Decimal | undefined,
  base: Decimal | undefined,
  rate: Decimal | undefined,
  isStrict: boolean,
): boolean {
  if (tax === undefined) return false
  const isNone = compare(roundToWhole(tax), ZERO) === 0
  if (rate === undefined || compare(roundToWhole(rate), ZERO) === 0) return isNone
  return base !== undefined && isWithinOne(tax, taxOn(base, rate), isStrict)
}

const isUblTaxRight: Condition = (node, { document }) => {
  const category = vatCategory(document, node)
  return isTaxRight(
    decimalOf(document, document.child(node, N.taxAmount)),
    decimalOf(document, document.child(node, N.taxableAmount)),
    decimalOf(document, document.child(category, N.percent)),
    true,
  )
}

const isCiiTaxRight: Condition = (node, { document }) => {
  const isVat = isVatCode(codeOf(document, document.child(node, N.typeCode)))
  return isTaxRight(
    decimalOf(document, document.child(node, N.calculated)),
    decimalOf(document, document.child(node, N.basis)),
    isVat ? decimalOf(document, document.child(node, N.rate)) : undefined,
    false,
  )
}

const hasUblCode: Condition = (node, { document }) =>
  document.child(vatCategory(document, node), N.id) !== NONE
const hasCiiCode: Condition = (node, { document }) =>
  isVatTax(document, node) && document.child(node, N.categoryCode) !== NONE

const hasUblRate: Condition = (node, { document }) => {
  const category = vatCategory(document, node)
  if (document.child(category, N.percent) !== NONE) return true
  return categoryOf(codeOf(document, document.child(category, N.id))) === CATEGORY.O
}
const hasCiiRate: Condition = (node, { document }) =>
  isVatTax(document, node) && document.child(node, N.rate) !== NONE

const inScheme = (id: string, term: string, ubl: Condition, cii: Condition): Rule =>
  enRule({
    id,
    terms: ['BG-23', term],
    message: {
      en: `Missing: ${named(term).en}, in the tax scheme VAT.`,
      fr: `Élément manquant : ${named(term).fr}, dans le régime de taxe VAT.`,
    },
    remedy: {
      en: `Give the ${named(term).en}, and VAT as the tax scheme of this breakdown.`,
      fr: `Indiquez : ${named(term).fr}, et VAT comme régime de taxe de cette ventilation.`,
    },
    platformText: 'Élément obligatoire absent ({place}) : ventilation de TVA.',
    ubl: must(UBL_BREAKDOWN, ubl),
    cii: mustWhen(CII_BREAKDOWN, isGeneral, cii),
  })

/** BR-45 to BR-48, BR-CO-03, BR-CO-17, BR-CO-18: the VAT breakdown. */
export const BREAKDOWN_RULES: readonly Rule[] = [
  needs({
    id: 'BR-45',
    terms: ['BG-23', 'BT-116'],
    kind: 'element',
    ubl: { at: UBL_BREAKDOWN, needs: 'cbc:TaxableAmount' },
    cii: { at: CII_BREAKDOWN, needs: 'ram:BasisAmount', when: isGeneral },
  }),
  needs({
    id: 'BR-46',
    terms: ['BG-23', 'BT-117'],
    kind: 'element',
    ubl: { at: UBL_BREAKDOWN, needs: 'cbc:TaxAmount' },
    cii: { at: CII_BREAKDOWN, needs: 'ram:CalculatedAmount', when: isGeneral },
  }),
  inScheme('BR-47', 'BT-118', hasUblCode, hasCiiCode),
  inScheme('BR-48', 'BT-119', hasUblRate, hasCiiRate),
  enRule({
    id: 'BR-CO-03',
    terms: ['BT-7', 'BT-8'],
    code: F_CODES.conditional,
    message: {
      en: 'Both a VAT point date (BT-7) and a VAT point date code (BT-8) are given.',
      fr: 'Une date d’exigibilité de la TVA (BT-7) et un code de date d’exigibilité (BT-8) sont tous deux indiqués.',
    },
    remedy: { en: 'Keep one of the two.', fr: 'Conservez l’un des deux.' },
    platformText: 'Date et code d’exigibilité de la TVA incompatibles ({place}).',
    ubl: must('/', hasOnePointOfTax),
    cii: mustWhen(
      CII_BREAKDOWN,
      isGeneral,
      (_, { facts }) => !(facts.cii.hasTaxPointDate && facts.cii.hasDueDateCode),
    ),
  }),
  enRule({
    id: 'BR-CO-17',
    terms: ['BT-116', 'BT-117', 'BT-119'],
    code: F_CODES.amounts,
    message: {
      en: 'The VAT amount of a breakdown (BT-117) is not its taxable amount (BT-116) × its rate (BT-119) / 100.',
      fr: 'Le montant de TVA d’une ventilation (BT-117) n’est pas sa base (BT-116) × son taux (BT-119) / 100.',
    },
    remedy: {
      en: 'Correct the amount, the base or the rate; a unit of currency is tolerated.',
      fr: 'Corrigez le montant, la base ou le taux ; un écart d’une unité monétaire est toléré.',
    },
    platformText: 'Incohérence de montants ({place}).',
    ubl: must(UBL_BREAKDOWN, isUblTaxRight),
    cii: mustWhen(CII_BREAKDOWN, isGeneral, isCiiTaxRight),
  }),
  {
    ...needs({
      id: 'BR-CO-18',
      terms: ['BG-23'],
      what: { en: 'VAT breakdown (BG-23)', fr: 'ventilation de la TVA (BG-23)' },
      kind: 'element',
      ubl: { at: '/', needs: 'cac:TaxTotal/cac:TaxSubtotal' },
    }),
    // ARTEFACT: reported on each line.
    cii: [must(CII_LINE, (_, { facts }) => facts.cii.hasBreakdown)],
  },
]
