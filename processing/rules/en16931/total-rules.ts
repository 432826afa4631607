import type { BilingualText } from '../../../gateway/flow.ts'
import { NONE, path, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId, type NameId } from '../../formats/xml/xml-names.ts'
import {
  add,
  decimalOfDouble,
  equals,
  formatDecimal,
  roundToCents,
  subtract,
  ZERO,
  type Decimal,
} from '../decimal.ts'
import { decimalOf, doubleAt } from '../element-values.ts'
import { F_CODES, type Check, type Rule, type RuleSubject } from '../rule.ts'
import { enRule } from './en-rule.ts'
import { CII_TOTALS, SETTLEMENT, UBL_TOTALS } from './paths.ts'

/**
 * BR-CO-10 to BR-CO-16: the totals agree (reference invoices §4.1). ARTEFACT: UBL computes exactly,
 * rounds the computed side to cents and wants it equal; CII adds up some of them in doubles. An
 * amount that is missing on either side breaks the rule, except where it says otherwise.
 */

/** What is stated, and what it should be; undefined = it is missing, or an operand is. */
interface Comparison {
  readonly stated: Decimal | undefined
  readonly computed: Decimal | undefined
  /** Default: equal, both there. */
  readonly isFine?: boolean
}
/** Undefined: nothing to compare. */
type Compare = (node: NodeId, subject: RuleSubject) => Comparison | undefined

function compared(at: string, compareAt: Compare): Check {
  return {
    at,
    check: (node, subject, report) => {
      const comparison = compareAt(node, subject)
      if (comparison === undefined) return
      const { stated, computed } = comparison
      const isEqual = stated !== undefined && computed !== undefined && equals(stated, computed)
      if (comparison.isFine ?? isEqual) return
      report(node, {
        detail: {
          en: `Stated ${shown(stated, 'nothing')}, computed ${shown(computed, 'nothing')}.`,
          fr: `Indiqué ${shown(stated, 'néant')}, calculé ${shown(computed, 'néant')}.`,
        },
      })
    },
  }
}

const shown = (amount: Decimal | undefined, missing: string): string =>
  amount === undefined ? missing : formatDecimal(amount)

const U = {
  lines: nameId('cbc:LineExtensionAmount'),
  allowances: nameId('cbc:AllowanceTotalAmount'),
  charges: nameId('cbc:ChargeTotalAmount'),
  withoutVat: nameId('cbc:TaxExclusiveAmount'),
  withVat: nameId('cbc:TaxInclusiveAmount'),
  prepaid: nameId('cbc:PrepaidAmount'),
  rounding: nameId('cbc:PayableRoundingAmount'),
  due: nameId('cbc:PayableAmount'),
  taxAmount: nameId('cbc:TaxAmount'),
  taxSubtotal: nameId('cac:TaxSubtotal'),
  taxTotal: nameId('cac:TaxTotal'),
  totals: nameId('cac:LegalMonetaryTotal'),
  currency: nameId('cbc:DocumentCurrencyCode'),
}
const C = {
  lines: nameId('ram:LineTotalAmount'),
  allowances: nameId('ram:AllowanceTotalAmount'),
  charges: nameId('ram:ChargeTotalAmount'),
  withoutVat: nameId('ram:TaxBasisTotalAmount'),
  withVat: nameId('ram:GrandTotalAmount'),
  prepaid: nameId('ram:TotalPrepaidAmount'),
  rounding: nameId('ram:RoundingAmount'),
  due: nameId('ram:DuePayableAmount'),
}
type Names = typeof C
const CURRENCY_ID = nameId('currencyID')

/** Amount of the first child of this name. */
const amount = (document: XmlDocument, node: NodeId, name: NameId): Decimal | undefined =>
  decimalOf(document, document.child(node, name))

/** The operand is left out when there is no element for it, and missing when it is no number. */
function combined(
  document: XmlDocument,
  node: NodeId,
  start: Decimal | undefined,
  name: NameId,
  combine: (left: Decimal, right: Decimal) => Decimal,
): Decimal | undefined {
  const operand = document.child(node, name)
  if (operand === NONE) return start
  const value = decimalOf(document, operand)
  return start === undefined || value === undefined ? undefined : combine(start, value)
}

const rounded = (value: Decimal | undefined): Decimal | undefined =>
  value === undefined ? undefined : roundToCents(value)

const sumOfLines: Compare = (node, { document, facts }) => ({
  stated: amount(document, node, U.lines),
  computed: roundToCents(facts.ubl.sumOfLines),
})
/** Doubles are rounded by their exact value. */
const ciiSumOfLines: Compare = (node, { document, facts }) => ({
  stated: amount(document, node, C.lines),
  computed: roundToCents(decimalOfDouble(facts.cii.sumOfLines)),
})

/** A sum in doubles, rounded to cents. */
function comparedDouble(document: XmlDocument, stated: NodeId, sum: number): Comparison {
  const computed = Math.round(sum * 10 * 10) / 100
  return {
    stated: decimalOf(document, stated),
    computed: decimalOfDouble(computed),
    isFine: Object.is(doubleAt(document, stated), computed),
  }
}

/** BR-CO-11, BR-CO-12: neither the total nor anything to add up is fine. */
const sumOfKind =
  (kind: 'allowances' | 'charges'): Compare =>
  (node, { document, facts }) => {
    const { count, sum } = facts.ubl.chargeSums(document.parent(node))[kind]
    const total = document.child(node, U[kind])
    if (total === NONE && count === 0) return undefined
    return { stated: decimalOf(document, total), computed: roundToCents(sum) }
  }
const ciiSumOfKind =
  (kind: 'allowances' | 'charges'): Compare =>
  (node, { document, facts }) => {
    const { count, sum } = facts.cii[kind]
    const total = document.child(node, C[kind])
    if (total === NONE && count === 0) return undefined
    return comparedDouble(document, total, sum)
  }

/** BR-CO-13: without allowances and charges, UBL compares the amounts as they are. */
const withoutVat =
  (
    names: Pick<Names, 'lines' | 'allowances' | 'charges' | 'withoutVat'>,
    isUbl: boolean,
  ): Compare =>
  (node, { document }) => {
    const lines = amount(document, node, names.lines)
    const charged = combined(document, node, lines, names.charges, add)
    const computed = combined(document, node, charged, names.allowances, subtract)
    const isPlain =
      document.child(node, names.charges) === NONE &&
      document.child(node, names.allowances) === NONE
    return {
      stated: amount(document, node, names.withoutVat),
      computed: isUbl && isPlain ? computed : rounded(computed),
    }
  }

/** BR-CO-14 in UBL: each total that has subtotals. */
const sumOfTax: Compare = (node, { document }) => {
  let subtotal = document.child(node, U.taxSubtotal)
  if (subtotal === NONE) return undefined
  let sum: Decimal = ZERO
  while (subtotal !== NONE) {
    sum = add(sum, amount(document, subtotal, U.taxAmount) ?? ZERO)
    subtotal = document.next(subtotal)
  }
  return { stated: amount(document, node, U.taxAmount), computed: roundToCents(sum) }
}

/** BR-CO-14 in CII: the total in the invoice currency. */
const ciiSumOfTax: Compare = (node, { document, facts }) => {
  const currency = document.attribute(node, CURRENCY_ID)
  if (currency === undefined || !facts.cii.currencies.has(currency)) return undefined
  return comparedDouble(document, node, facts.cii.sumOfTax)
}

/** Elements whose `currencyID` is this code. */
const inCurrency = (document: XmlDocument, nodes: readonly NodeId[], code: string): NodeId[] =>
  nodes.filter((node) => document.attribute(node, CURRENCY_ID) === code)

/** BR-CO-15: only with a currency; exactly one VAT total in it. */
const TAX_AMOUNTS = path('cac:TaxTotal/cbc:TaxAmount')
const withVat: Compare = (node, { document }) => {
  const currency = document.child(node, U.currency)
  if (currency === NONE) return undefined
  const taxes = inCurrency(document, document.all(node, TAX_AMOUNTS), document.text(currency))
  const tax = taxes.length === 1 ? decimalOf(document, taxes[0]!) : undefined
  const totals = document.child(node, U.totals)
  const net = amount(document, totals, U.withoutVat)
  return {
    stated: amount(document, totals, U.withVat),
    computed: net === undefined || tax === undefined ? undefined : roundToCents(add(net, tax)),
  }
}

/** In CII, no VAT to add is fine too, be there such a total or not. */
const SUMMATION = `${SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation`
const CII_TAXES = path(`${SUMMATION}/ram:TaxTotalAmount`)
const CII_NET = path(`${SUMMATION}/ram:TaxBasisTotalAmount`)
const CII_GROSS = path(`${SUMMATION}/ram:GrandTotalAmount`)
const ciiWithVat: Compare = (node, { document, facts }) => {
  const [currency] = facts.cii.currencies
  if (currency === undefined) return undefined
  const taxes = inCurrency(document, document.all(node, CII_TAXES), currency)
  const tax = taxes.length === 1 ? decimalOf(document, taxes[0]!) : undefined
  const net = decimalOf(document, document.first(node, CII_NET))
  const stated = decimalOf(document, document.first(node, CII_GROSS))
  if (stated !== undefined && net !== undefined && equals(stated, net)) return undefined
  return {
    stated,
    computed: net === undefined || tax === undefined ? undefined : roundToCents(add(net, tax)),
  }
}

/** BR-CO-16: with a rounding amount, UBL takes it off the amount due before comparing. */
const amountDue: Compare = (node, { document }) => {
  const total = amount(document, node, U.withVat)
  const hasPrepaid = document.child(node, U.prepaid) !== NONE
  const toPay = combined(document, node, total, U.prepaid, subtract)
  const due = amount(document, node, U.due)
  const hasRounding = document.child(node, U.rounding) !== NONE
  const stated = combined(document, node, due, U.rounding, subtract)
  return {
    stated: hasRounding ? rounded(stated) : stated,
    computed: hasPrepaid ? rounded(toPay) : toPay,
  }
}
const ciiAmountDue: Compare = (node, { document }) => {
  const total = amount(document, node, C.withVat)
  const toPay = combined(document, node, total, C.prepaid, subtract)
  const computed = combined(document, node, toPay, C.rounding, add)
  return { stated: amount(document, node, C.due), computed }
}

function total(row: {
  readonly id: string
  readonly terms: readonly string[]
  readonly equation: BilingualText
  readonly ubl: readonly [at: string, compareAt: Compare]
  readonly cii: readonly [at: string, compareAt: Compare]
}): Rule {
  return enRule({
    id: row.id,
    terms: row.terms,
    code: F_CODES.amounts,
    message: {
      en: `The amounts do not agree: ${row.equation.en}.`,
      fr: `Les montants ne concordent pas : ${row.equation.fr}.`,
    },
    remedy: {
      en: 'Correct the total, or the amounts it is made of.',
      fr: 'Corrigez le total, ou les montants qui le composent.',
    },
    platformText: 'Incohérence de montants ({place}).',
    ubl: compared(...row.ubl),
    cii: compared(...row.cii),
  })
}

export const TOTAL_RULES: readonly Rule[] = [
  total({
    id: 'BR-CO-10',
    terms: ['BT-106', 'BT-131'],
    equation: {
      en: 'the sum of line net amounts (BT-106) is the sum of the lines (BT-131)',
      fr: 'la somme des montants nets (BT-106) est la somme des lignes (BT-131)',
    },
    ubl: [UBL_TOTALS, sumOfLines],
    cii: [CII_TOTALS, ciiSumOfLines],
  }),
  total({
    id: 'BR-CO-11',
    terms: ['BT-92', 'BT-107'],
    equation: {
      en: 'the sum of allowances (BT-107) is the sum of the document allowances (BT-92)',
      fr: 'la somme des remises (BT-107) est la somme des remises du document (BT-92)',
    },
    ubl: [UBL_TOTALS, sumOfKind('allowances')],
    cii: [CII_TOTALS, ciiSumOfKind('allowances')],
  }),
  total({
    id: 'BR-CO-12',
    terms: ['BT-99', 'BT-108'],
    equation: {
      en: 'the sum of charges (BT-108) is the sum of the document charges (BT-99)',
      fr: 'la somme des frais (BT-108) est la somme des frais du document (BT-99)',
    },
    ubl: [UBL_TOTALS, sumOfKind('charges')],
    cii: [CII_TOTALS, ciiSumOfKind('charges')],
  }),
  total({
    id: 'BR-CO-13',
    terms: ['BT-107', 'BT-108', 'BT-109', 'BT-131'],
    equation: {
      en: 'the total without VAT (BT-109) is BT-106 - BT-107 + BT-108',
      fr: 'le total hors TVA (BT-109) est BT-106 - BT-107 + BT-108',
    },
    ubl: [UBL_TOTALS, withoutVat(U, true)],
    cii: [CII_TOTALS, withoutVat(C, false)],
  }),
  total({
    id: 'BR-CO-14',
    terms: ['BT-110', 'BT-117'],
    equation: {
      en: 'the total VAT (BT-110) is the sum of the VAT breakdown (BT-117)',
      fr: 'le total de TVA (BT-110) est la somme de la ventilation (BT-117)',
    },
    ubl: ['cac:TaxTotal', sumOfTax],
    cii: [`${CII_TOTALS}/ram:TaxTotalAmount`, ciiSumOfTax],
  }),
  total({
    id: 'BR-CO-15',
    terms: ['BT-109', 'BT-110', 'BT-112'],
    equation: {
      en: 'the total with VAT (BT-112) is BT-109 + BT-110, with one VAT total in the invoice currency',
      fr: 'le total TVA comprise (BT-112) est BT-109 + BT-110, avec un seul total de TVA dans la devise de la facture',
    },
    ubl: ['/', withVat],
    cii: ['/', ciiWithVat],
  }),
  total({
    id: 'BR-CO-16',
    terms: ['BT-112', 'BT-113', 'BT-114', 'BT-115'],
    equation: {
      en: 'the amount due (BT-115) is BT-112 - BT-113 + BT-114',
      fr: 'le montant à payer (BT-115) est BT-112 - BT-113 + BT-114',
    },
    ubl: [UBL_TOTALS, amountDue],
    cii: [CII_TOTALS, ciiAmountDue],
  }),
]
