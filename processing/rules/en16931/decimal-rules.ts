import { NONE, path } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { doubleOf } from '../decimal.ts'
import { decimalOf, decimalsOf } from '../element-values.ts'
import { F_CODES, type Check, type Rule } from '../rule.ts'
import { isUblAllowance, isUblCharge, saysAllowance, saysCharge } from './allowance-context.ts'
import { onParent } from './allowance-rules.ts'
import { isGeneral } from './breakdown-rules.ts'
import { enRule, mustWhen, must, type Condition } from './en-rule.ts'
import { named } from './term-names.ts'
import {
  CII_BREAKDOWN,
  CII_DOCUMENT_INDICATOR,
  CII_LINE,
  CII_LINE_INDICATOR,
  CII_TOTALS,
  UBL_BREAKDOWN,
  UBL_LINE,
  UBL_LINE_ALLOWANCE,
  UBL_TOTALS,
} from './paths.ts'

/** Characters after the dot, as the artefacts count them: `1.000` has three. */
const MAX_DECIMALS = 2

/** The first amount at the end of these steps has at most two decimals. */
const isShort = (steps: string): Condition => {
  const amount = path(steps)
  return (node, { document }) => decimalsOf(document, document.first(node, amount)) <= MAX_DECIMALS
}

function atMostTwo(
  id: string,
  term: string,
  ubl: readonly Check[] | Check,
  cii: readonly Check[] | Check,
): Rule {
  const what = named(term)
  return enRule({
    id,
    terms: [term],
    code: F_CODES.value,
    message: {
      en: `More than two decimals: ${what.en}.`,
      fr: `Plus de deux décimales : ${what.fr}.`,
    },
    remedy: {
      en: 'Round the amount to two decimals.',
      fr: 'Arrondissez le montant à deux décimales.',
    },
    platformText: 'Le nombre de décimales est limité à 2 ({place}).',
    ubl,
    cii,
  })
}

const ofTotals = (id: string, term: string, ubl: string, cii: string): Rule =>
  atMostTwo(id, term, must(UBL_TOTALS, isShort(ubl)), must(CII_TOTALS, isShort(cii)))

/** Amounts of allowances and charges; in CII they are looked at from their indicator. */
const ofAllowance =
  (ublAt: string, isUbl: Condition, ciiAt: string, isCii: Condition) =>
  (id: string, term: string, ubl: string, cii: string): Rule =>
    atMostTwo(
      id,
      term,
      mustWhen(ublAt, isUbl, isShort(ubl)),
      mustWhen(ciiAt, isCii, onParent(isShort(cii))),
    )

const DOCUMENT = 'cac:AllowanceCharge'
const allowance = ofAllowance(DOCUMENT, isUblAllowance, CII_DOCUMENT_INDICATOR, saysAllowance)
const charge = ofAllowance(DOCUMENT, isUblCharge, CII_DOCUMENT_INDICATOR, saysCharge)
const lineAllowance = ofAllowance(
  UBL_LINE_ALLOWANCE,
  isUblAllowance,
  CII_LINE_INDICATOR,
  saysAllowance,
)
const lineCharge = ofAllowance(UBL_LINE_ALLOWANCE, isUblCharge, CII_LINE_INDICATOR, saysCharge)

const ofBreakdown = (id: string, term: string, ubl: string, cii: string): Rule =>
  atMostTwo(
    id,
    term,
    must(UBL_BREAKDOWN, isShort(ubl)),
    mustWhen(CII_BREAKDOWN, isGeneral, isShort(cii)),
  )

const TAX_TOTAL = path('ram:TaxTotalAmount')
const CURRENCY_ID = nameId('currencyID')

/**
 * BR-DEC-13, BR-DEC-15. ARTEFACT: UBL looks the currency up inside the amount, so that neither is
 * ever reported. CII compares numbers (`1.000` is fine), and one amount that is fine is enough: for
 * BR-DEC-13 also one in another currency, for BR-DEC-15 not.
 */
const isTaxTotalShort =
  (which: 'currencies' | 'taxCurrencies'): Condition =>
  (node, { document, facts }) => {
    const amounts = document.all(node, TAX_TOTAL)
    const wanted = facts.cii[which]
    if (amounts.length === 0 || (which === 'taxCurrencies' && wanted.size === 0)) return true
    return amounts.some((amount) => {
      if (!wanted.has(document.attribute(amount, CURRENCY_ID) ?? '')) return which === 'currencies'
      const value = decimalOf(document, amount)
      if (value === undefined) return true
      const double = doubleOf(value)
      return double === Math.round(double * 100) / 100
    })
  }

/** UBL-DT-01: every amount but prices and what is taken off them. */
const PRICE = nameId('cac:Price')
const ALLOWANCE_CHARGE = nameId('cac:AllowanceCharge')
const isPrice: Condition = (node, { document }) => {
  if (document.nameOf(node).local.endsWith('PriceAmount')) return true
  let above = document.parent(node)
  while (above !== NONE) {
    const parent = document.parent(above)
    if (document.name(above) === ALLOWANCE_CHARGE && document.name(parent) === PRICE) return true
    above = parent
  }
  return false
}

export const DECIMAL_RULES: readonly Rule[] = [
  allowance('BR-DEC-01', 'BT-92', 'cbc:Amount', 'ram:ActualAmount'),
  allowance('BR-DEC-02', 'BT-93', 'cbc:BaseAmount', 'ram:BasisAmount'),
  charge('BR-DEC-05', 'BT-99', 'cbc:Amount', 'ram:ActualAmount'),
  charge('BR-DEC-06', 'BT-100', 'cbc:BaseAmount', 'ram:BasisAmount'),
  ofTotals('BR-DEC-09', 'BT-106', 'cbc:LineExtensionAmount', 'ram:LineTotalAmount'),
  ofTotals('BR-DEC-10', 'BT-107', 'cbc:AllowanceTotalAmount', 'ram:AllowanceTotalAmount'),
  ofTotals('BR-DEC-11', 'BT-108', 'cbc:ChargeTotalAmount', 'ram:ChargeTotalAmount'),
  ofTotals('BR-DEC-12', 'BT-109', 'cbc:TaxExclusiveAmount', 'ram:TaxBasisTotalAmount'),
  atMostTwo('BR-DEC-13', 'BT-110', [], must(CII_TOTALS, isTaxTotalShort('currencies'))),
  ofTotals('BR-DEC-14', 'BT-112', 'cbc:TaxInclusiveAmount', 'ram:GrandTotalAmount'),
  atMostTwo('BR-DEC-15', 'BT-111', [], must(CII_TOTALS, isTaxTotalShort('taxCurrencies'))),
  ofTotals('BR-DEC-16', 'BT-113', 'cbc:PrepaidAmount', 'ram:TotalPrepaidAmount'),
  ofTotals('BR-DEC-17', 'BT-114', 'cbc:PayableRoundingAmount', 'ram:RoundingAmount'),
  ofTotals('BR-DEC-18', 'BT-115', 'cbc:PayableAmount', 'ram:DuePayableAmount'),
  ofBreakdown('BR-DEC-19', 'BT-116', 'cbc:TaxableAmount', 'ram:BasisAmount'),
  ofBreakdown('BR-DEC-20', 'BT-117', 'cbc:TaxAmount', 'ram:CalculatedAmount'),
  atMostTwo(
    'BR-DEC-23',
    'BT-131',
    must(UBL_LINE, isShort('cbc:LineExtensionAmount')),
    must(
      CII_LINE,
      isShort(
        'ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount',
      ),
    ),
  ),
  lineAllowance('BR-DEC-24', 'BT-136', 'cbc:Amount', 'ram:ActualAmount'),
  lineAllowance('BR-DEC-25', 'BT-137', 'cbc:BaseAmount', 'ram:BasisAmount'),
  lineCharge('BR-DEC-27', 'BT-141', 'cbc:Amount', 'ram:ActualAmount'),
  lineCharge('BR-DEC-28', 'BT-142', 'cbc:BaseAmount', 'ram:BasisAmount'),
  enRule({
    id: 'UBL-DT-01',
    terms: [],
    code: F_CODES.value,
    message: {
      en: 'An amount has more than two decimals.',
      fr: 'Un montant a plus de deux décimales.',
    },
    remedy: {
      en: 'Round the amount to two decimals; only prices may have more.',
      fr: 'Arrondissez le montant à deux décimales ; seuls les prix peuvent en avoir davantage.',
    },
    platformText: 'Le nombre de décimales est limité à 2 ({place}).',
    ubl: {
      at: '//*Amount',
      check: (node, subject, report) => {
        if (decimalsOf(subject.document, node) <= MAX_DECIMALS) return
        if (!isPrice(node, subject)) report(node)
      },
    },
  }),
]
