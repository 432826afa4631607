import { add, formatDecimal, ZERO, type Decimal } from '../decimal.ts'
import type { VatCategory } from './vat-category.ts'

/** What makes up the taxable amount of a VAT category, or of one of its rates. */
export interface Shares {
  /** Sums of line net amounts: invoice lines, credit note lines. */
  invoiceLines: Decimal
  creditNoteLines: Decimal
  charges: Decimal
  allowances: Decimal
  /** Something of that category and rate is there, whatever its amount. */
  usedByInvoiceLine: boolean
  usedByCreditNoteLine: boolean
  /** By an allowance or charge, of the document or of a line. */
  usedByAllowance: boolean
}

export type ShareKind = 'invoiceLines' | 'creditNoteLines' | 'charges' | 'allowances'

/** Sums of amounts by VAT category and rate, filled once a document. */
export class AmountShares {
  readonly #byCategory: (Shares | undefined)[] = []
  readonly #byRate = new Map<string | number, Shares>()

  /** @param rate undefined = the whole category */
  of(category: VatCategory, rate?: Decimal): Shares {
    if (rate === undefined) return (this.#byCategory[category] ??= newShares())
    const key = keyOf(category, rate)
    let shares = this.#byRate.get(key)
    if (shares === undefined) this.#byRate.set(key, (shares = newShares()))
    return shares
  }

  /** Something may have several categories and rates: it counts for each of their pairs. */
  each(
    categories: readonly VatCategory[],
    rates: readonly Decimal[],
    count: (shares: Shares) => void,
  ): void {
    for (const category of categories) {
      count(this.of(category))
      for (const rate of rates) count(this.of(category, rate))
    }
  }
}

export function addTo(shares: Shares, kind: ShareKind, amount: Decimal | undefined): void {
  if (amount !== undefined) shares[kind] = add(shares[kind], amount)
}

const newShares = (): Shares => ({
  invoiceLines: ZERO,
  creditNoteLines: ZERO,
  charges: ZERO,
  allowances: ZERO,
  usedByInvoiceLine: false,
  usedByCreditNoteLine: false,
  usedByAllowance: false,
})

/** 20 and 20.00 are one rate. */
function keyOf(category: VatCategory, rate: Decimal): string | number {
  return typeof rate === 'number' && rate < 2 ** 47 && rate >= 0
    ? rate * 16 + category
    : `${category} ${formatDecimal(rate)}`
}
