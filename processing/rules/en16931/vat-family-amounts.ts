import { NONE, type NodeId } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import {
  absolute,
  add,
  compare,
  decimalOfDouble,
  doubleOf,
  equals,
  roundToCents,
  subtract,
  ZERO,
  type Decimal,
} from '../decimal.ts'
import { decimalOf, doubleAt } from '../element-values.ts'
import type { RuleSubject } from '../rule.ts'
import type { Shares } from './amount-shares.ts'
import { isWithinOne, taxOn } from './breakdown-rules.ts'
import type { Condition } from './en-rule.ts'
import type { VatFamily } from './vat-families.ts'

const N = {
  percent: nameId('cbc:Percent'),
  taxable: nameId('cbc:TaxableAmount'),
  tax: nameId('cbc:TaxAmount'),
  rate: nameId('ram:RateApplicablePercent'),
  basis: nameId('ram:BasisAmount'),
  calculated: nameId('ram:CalculatedAmount'),
}

/** A breakdown's amounts against what makes them up, on the element its rules are attached to. */
type OnTax = (tax: NodeId, subject: RuleSubject) => boolean

/** BT-116 in UBL: exact, or less than a unit of currency away for categories with rates. */
export function isUblTaxableRight(family: VatFamily): Condition {
  const { category, code, breakdowns } = family
  return (node, { document, facts }) => {
    const { shares, hasInvoiceLine, hasCreditNoteLine } = facts.ubl
    const taxable = decimalOf(document, document.child(document.parent(node), N.taxable))
    if (breakdowns === 'one') {
      if (taxable === undefined) return false
      const all = shares.of(category)
      return (
        (hasInvoiceLine && equals(taxable, ublSum(all, 'invoiceLines'))) ||
        (hasCreditNoteLine && equals(taxable, ublSum(all, 'creditNoteLines')))
      )
    }
    const percent = document.child(node, N.percent)
    if (percent === NONE) return true
    const rate = decimalOf(document, percent)
    if (taxable === undefined || rate === undefined) return false
    const some = shares.of(category, rate)
    // ARTEFACT: only S wants the rate to be used somewhere.
    const isStandard = code === 'S'
    const byInvoice = isStandard ? some.usedByInvoiceLine || some.usedByAllowance : hasInvoiceLine
    const byCreditNote = isStandard
      ? some.usedByCreditNoteLine || some.usedByAllowance
      : hasCreditNoteLine
    return (
      (byInvoice && isNear(taxable, ublSum(some, 'invoiceLines'))) ||
      (byCreditNote && isNear(taxable, ublSum(some, 'creditNoteLines')))
    )
  }
}

const ublSum = (shares: Shares, lines: 'invoiceLines' | 'creditNoteLines'): Decimal =>
  subtract(add(shares[lines], shares.charges), shares.allowances)

/** ARTEFACT: the unit is taken off and added in doubles, then compared exactly. */
function isNear(taxable: Decimal, sum: Decimal): boolean {
  const double = doubleOf(taxable)
  return compareDouble(double - 1, sum) < 0 && compareDouble(double + 1, sum) > 0
}

/** A double against an exact number. */
function compareDouble(double: number, exact: Decimal): number {
  const difference = double - doubleOf(exact)
  // Far apart, rounding cannot have changed the order.
  if (Math.abs(difference) > 1e-3 * Math.max(1, Math.abs(double) * 1e-9)) return difference
  return compare(decimalOfDouble(double), exact)
}

/** BT-117 in UBL. */
export function isUblTaxRight({ breakdowns }: VatFamily): Condition {
  return (node, { document }) => {
    const subtotal = document.parent(node)
    const tax = decimalOf(document, document.child(subtotal, N.tax))
    if (breakdowns === 'one') return tax !== undefined && equals(tax, ZERO)
    const base = decimalOf(document, document.child(subtotal, N.taxable))
    const rate = decimalOf(document, document.child(node, N.percent))
    if (tax === undefined || base === undefined || rate === undefined) return false
    return isWithinOne(tax, taxOn(base, rate), true)
  }
}

/** BT-116 in CII: each of the three sums is rounded; amounts are compared as doubles. */
export function isCiiTaxableRight({ category, code }: VatFamily): OnTax {
  // ARTEFACT: L and M look for their rate beside the tax, where there is none.
  if (code === 'L' || code === 'M') return () => true
  return (tax, { document, facts }) => {
    const stated = doubleAt(document, document.child(tax, N.basis))
    if (code === 'S') {
      let rate = document.child(tax, N.rate)
      while (rate !== NONE) {
        const value = decimalOf(document, rate)
        if (stated === undefined || value === undefined) return false
        const sum = ciiSum(facts.cii.shares.of(category, value))
        if (!Object.is(stated, doubleOf(sum))) return false
        rate = document.next(rate)
      }
      return true
    }
    if (stated === undefined) return false
    const sum = doubleOf(ciiSum(facts.cii.shares.of(category)))
    return code === 'O' ? Object.is(stated, sum) : stated - 1 < sum && stated + 1 > sum
  }
}

const ciiSum = (shares: Shares): Decimal =>
  subtract(
    add(roundToCents(shares.invoiceLines), roundToCents(shares.charges)),
    roundToCents(shares.allowances),
  )

/** BT-117 in CII; of S, in doubles. */
export function isCiiTaxRight({ breakdowns }: VatFamily): OnTax {
  return (tax, { document }) => {
    const calculated = document.child(tax, N.calculated)
    if (breakdowns === 'one') return Object.is(doubleAt(document, calculated), 0)
    const stated = decimalOf(document, calculated)
    const base = decimalOf(document, document.child(tax, N.basis))
    const rate = decimalOf(document, document.child(tax, N.rate))
    if (stated === undefined || base === undefined || rate === undefined) return false
    const product = Math.round(doubleOf(absolute(base)) * doubleOf(rate)) / 100
    const amount = absolute(stated)
    return doubleOf(subtract(amount, ONE)) < product && doubleOf(add(amount, ONE)) > product
  }
}

const ONE: Decimal = decimalOfDouble(1)
