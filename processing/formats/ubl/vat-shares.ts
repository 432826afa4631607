import {
  add,
  compare,
  formatDecimal,
  parseDecimal,
  percentOf,
  roundToCents,
  subtract,
  sum,
  ZERO,
  type Decimal,
} from '../../rules/decimal.ts'
import type { BusinessTermId } from '../business-terms.ts'
import type { InvoiceTerms } from '../invoice-terms.ts'
import { NONE, type NodeId } from '../xml/xml-document.ts'

/** What is taxed alike: a row of the VAT breakdown (BG-23). */
export interface VatShare {
  /** BT-118. */
  readonly category: string
  /** BT-119, percent; undefined where the category has none. */
  readonly rate: string | undefined
  /** BT-116. */
  readonly base: Decimal
  /** BT-117. */
  readonly tax: Decimal
  /** Its element in the invoice; NONE = the invoice has no such row. */
  readonly node: NodeId
}

/** The VAT of a line, an allowance or a charge. */
export interface TaxedAs {
  readonly category: string
  readonly rate: string | undefined
}

/** Not subject to VAT: the only category that has no rate. */
const OUTSIDE = 'O'

/** Category of a rate when the invoice says none: standard, or exempt [simulated]. */
export function taxedAs(category: string, rate: string, otherwise?: TaxedAs): TaxedAs {
  if (category === '' && rate === '') return otherwise ?? { category: 'E', rate: '0' }
  if (category === OUTSIDE) return { category, rate: undefined }
  const percent = parseDecimal(rate)
  if (category !== '') return { category, rate: percent === undefined ? '0' : rate }
  return { category: percent !== undefined && compare(percent, ZERO) > 0 ? 'S' : 'E', rate }
}

/** In the breakdown, unlike elsewhere, what is outside of VAT may have a rate. */
function breakdownAs(category: string, rate: string): TaxedAs {
  return category === OUTSIDE && rate !== '' ? { category, rate } : taxedAs(category, rate)
}

/** The amount of a term; zero where it is none. */
export function amountOf(terms: InvoiceTerms, term: BusinessTermId, group?: NodeId): Decimal {
  const text = group === undefined ? terms.text(term) : terms.text(term, group)
  return parseDecimal(text) ?? ZERO
}

/**
 * The VAT breakdown of an invoice: its own; without one, what its lines say; without lines, what its
 * totals say, at the rate that follows from them.
 */
export function vatShares(terms: InvoiceTerms): readonly VatShare[] {
  const own = terms
    .groups('BG-23')
    .filter((node) => terms.first('BT-116', node) !== NONE)
    .map((node) => ({
      ...breakdownAs(terms.text('BT-118', node), terms.text('BT-119', node)),
      base: amountOf(terms, 'BT-116', node),
      tax: amountOf(terms, 'BT-117', node),
      node,
    }))
  if (own.length > 0) return own
  const [total, withTax] = [amountOf(terms, 'BT-109'), amountOf(terms, 'BT-112')]
  const tax = subtract(withTax, total)
  const lines = terms.groups('BG-25')
  const rates = new Map<string, { readonly as: TaxedAs; readonly bases: Decimal[] }>()
  const [guess] = [{ category: 'S', rate: rateOf(tax, total) }]
  const otherwise = compare(tax, ZERO) === 0 ? { category: 'E', rate: '0' } : guess
  const enter = (as: TaxedAs, amount: Decimal): void => {
    const key = `${as.category} ${as.rate ?? ''}`
    const known = rates.get(key) ?? { as, bases: [] }
    known.bases.push(amount)
    rates.set(key, known)
  }
  for (const line of lines) {
    const as = taxedAs(terms.text('BT-151', line), terms.text('BT-152', line), otherwise)
    enter(as, amountOf(terms, 'BT-131', line))
  }
  for (const node of terms.groups('BG-20')) {
    const amount = subtract(ZERO, amountOf(terms, 'BT-92', node))
    enter(taxedAs(terms.text('BT-95', node), terms.text('BT-96', node), otherwise), amount)
  }
  for (const node of terms.groups('BG-21')) {
    const as = taxedAs(terms.text('BT-102', node), terms.text('BT-103', node), otherwise)
    enter(as, amountOf(terms, 'BT-99', node))
  }
  if (lines.length === 0) rates.clear()
  const [first, ...more] = [...rates.values()]
  if (first === undefined) return [{ ...otherwise, base: total, tax, node: NONE }]
  if (more.length === 0) return [{ ...first.as, base: total, tax, node: NONE }]
  return [first, ...more].map(({ as, bases }) => {
    const base = sum(bases)
    const rate = parseDecimal(as.rate ?? '') ?? ZERO
    return { ...as, base, tax: roundToCents(percentOf(base, rate)), node: NONE }
  })
}

/** Net amount of the line that stands for a share, where the invoice has no lines of its own. */
export function lineAmount(terms: InvoiceTerms, { base, category, rate }: VatShare): Decimal {
  const isAlike = (as: TaxedAs): boolean =>
    as.category === category && (category === OUTSIDE || as.rate === rate)
  const allowances = terms
    .groups('BG-20')
    .filter((node) => isAlike(taxedAs(terms.text('BT-95', node), terms.text('BT-96', node))))
    .map((node) => amountOf(terms, 'BT-92', node))
  const charges = terms
    .groups('BG-21')
    .filter((node) => isAlike(taxedAs(terms.text('BT-102', node), terms.text('BT-103', node))))
    .map((node) => amountOf(terms, 'BT-99', node))
  return subtract(add(base, sum(allowances)), sum(charges))
}

function rateOf(tax: Decimal, base: Decimal): string {
  const [part, whole] = [tax, base].map((amount) => Number(formatDecimal(amount)))
  return whole === undefined || whole === 0 ? '0' : (((part ?? 0) / whole) * 100).toFixed(2)
}
