import type { Invoice, Totals } from '../../formats/invoice.ts'
import type { Place, Term } from '../../formats/xml-node.ts'
import {
  add,
  equals,
  formatDecimal,
  parseDecimal,
  roundToCents,
  subtract,
  sum,
  ZERO,
  type Decimal,
} from '../decimal.ts'
import type { BilingualText } from '../../../gateway/flow.ts'
import { F_CODES, type Rule } from '../rule.ts'

/**
 * BR-CO-10 to BR-CO-16: the totals agree. ARTEFACT (reference invoices §4.1): the computed side is
 * rounded to cents, halves upwards, and must be equal; an amount that is missing on either side
 * breaks the rule, except where the rule says otherwise.
 */

/** A number, `missing`, or `unreadable`: then the rule keeps silent, the structure is reported. */
type Amount = Decimal | 'missing' | 'unreadable'

const isNumber = (amount: Amount): amount is Decimal => typeof amount === 'object'

function read(term: Term | undefined): Amount {
  if (term === undefined) return 'missing'
  return parseDecimal(term.text) ?? 'unreadable'
}

/** One comparison: what is stated against what is computed. */
interface Comparison {
  readonly place: Place
  readonly stated: Amount
  /** Missing when an operand is. */
  readonly computed: Amount
}

/** Computes with numbers only; an operand that is unreadable or missing is the outcome. */
function combine(
  left: Amount,
  right: Amount,
  compute: (l: Decimal, r: Decimal) => Decimal,
): Amount {
  if (isNumber(left) && isNumber(right)) return compute(left, right)
  return left === 'unreadable' || right === 'unreadable' ? 'unreadable' : 'missing'
}

/** The sum of the amounts that are there; a missing one counts as nothing. */
function total(terms: readonly (Term | undefined)[]): Amount {
  const amounts = terms.map(read).filter((amount) => amount !== 'missing')
  const numbers = amounts.filter(isNumber)
  return numbers.length < amounts.length ? 'unreadable' : sum(numbers)
}

const rounded = (amount: Amount): Amount => (isNumber(amount) ? roundToCents(amount) : amount)

/** One comparison on each group of totals; `compare` may leave one out. */
function perTotals(
  invoice: Invoice,
  compare: (totals: Totals) => Omit<Comparison, 'place'> | undefined,
): readonly Comparison[] {
  return invoice.totals.flatMap((totals) => {
    const comparison = compare(totals)
    return comparison === undefined ? [] : [{ place: totals.place, ...comparison }]
  })
}

/** BR-CO-10. What is common to all groups of totals is computed once, here and below. */
function sumOfLines(invoice: Invoice): readonly Comparison[] {
  const computed = rounded(total(invoice.lines.map(({ netAmount }) => netAmount)))
  return perTotals(invoice, ({ lines }) => ({ stated: read(lines), computed }))
}

/** BR-CO-11, BR-CO-12: neither the total nor anything to add up is fine. */
function sumOfKind(
  invoice: Invoice,
  isCharge: boolean,
  totalOf: (totals: Totals) => Term | undefined,
): readonly Comparison[] {
  const parts = invoice.allowancesAndCharges.filter((one) => one.isCharge === isCharge)
  const computed = rounded(total(parts.map(({ amount }) => amount)))
  return perTotals(invoice, (totals) => {
    const stated = totalOf(totals)
    return stated === undefined && parts.length === 0
      ? undefined
      : { stated: read(stated), computed }
  })
}

/** BR-CO-13: without allowances and charges the amounts are compared as they are. */
function totalWithoutVat({ lines, charges, allowances, withoutVat }: Totals) {
  const stated = read(withoutVat)
  if (charges === undefined && allowances === undefined) return { stated, computed: read(lines) }
  const charged = combine(read(lines), charges === undefined ? ZERO : read(charges), add)
  const computed = combine(charged, allowances === undefined ? ZERO : read(allowances), subtract)
  return { stated, computed: rounded(computed) }
}

/** BR-CO-15: only with a currency; exactly one VAT total in it. */
function totalWithVat(invoice: Invoice): readonly Comparison[] {
  const { currency, totals, vatTotals, root } = invoice
  if (currency === undefined) return []
  const inCurrency = vatTotals
    .map(({ amount }) => amount)
    .filter((amount) => amount?.attribute('currencyID') === currency.text)
  const first = totals[0]
  const vat: Amount = inCurrency.length === 1 ? read(inCurrency[0]) : 'missing'
  return [
    {
      place: root,
      stated: read(first?.withVat),
      computed: rounded(combine(read(first?.withoutVat), vat, add)),
    },
  ]
}

/** BR-CO-16: with a rounding amount, it is taken off the amount due before comparing. */
function amountDue({ due, withVat, prepaid, rounding }: Totals) {
  const toPay =
    prepaid === undefined ? read(withVat) : rounded(combine(read(withVat), read(prepaid), subtract))
  return rounding === undefined
    ? { stated: read(due), computed: toPay }
    : { stated: rounded(combine(read(due), read(rounding), subtract)), computed: toPay }
}

interface Row {
  readonly id: string
  readonly terms: readonly string[]
  readonly equation: BilingualText
  readonly compare: (invoice: Invoice) => readonly Comparison[]
}

const ROWS: readonly Row[] = [
  {
    id: 'BR-CO-10',
    terms: ['BT-106', 'BT-131'],
    equation: {
      en: 'the sum of line net amounts (BT-106) is the sum of the lines (BT-131)',
      fr: 'la somme des montants nets (BT-106) est la somme des lignes (BT-131)',
    },
    compare: sumOfLines,
  },
  {
    id: 'BR-CO-11',
    terms: ['BT-92', 'BT-107'],
    equation: {
      en: 'the sum of allowances (BT-107) is the sum of the document allowances (BT-92)',
      fr: 'la somme des remises (BT-107) est la somme des remises du document (BT-92)',
    },
    compare: (invoice) => sumOfKind(invoice, false, ({ allowances }) => allowances),
  },
  {
    id: 'BR-CO-12',
    terms: ['BT-99', 'BT-108'],
    equation: {
      en: 'the sum of charges (BT-108) is the sum of the document charges (BT-99)',
      fr: 'la somme des frais (BT-108) est la somme des frais du document (BT-99)',
    },
    compare: (invoice) => sumOfKind(invoice, true, ({ charges }) => charges),
  },
  {
    id: 'BR-CO-13',
    terms: ['BT-107', 'BT-108', 'BT-109', 'BT-131'],
    equation: {
      en: 'the total without VAT (BT-109) is BT-106 - BT-107 + BT-108',
      fr: 'le total hors TVA (BT-109) est BT-106 - BT-107 + BT-108',
    },
    compare: (invoice) => perTotals(invoice, totalWithoutVat),
  },
  {
    id: 'BR-CO-14',
    terms: ['BT-110', 'BT-117'],
    equation: {
      en: 'the total VAT (BT-110) is the sum of the VAT breakdown (BT-117)',
      fr: 'le total de TVA (BT-110) est la somme de la ventilation (BT-117)',
    },
    compare: ({ vatTotals }) =>
      vatTotals
        .filter(({ breakdown }) => breakdown.length > 0)
        .map(({ place, amount, breakdown }) => ({
          place,
          stated: read(amount),
          computed: rounded(total(breakdown.map(({ tax }) => tax))),
        })),
  },
  {
    id: 'BR-CO-15',
    terms: ['BT-109', 'BT-110', 'BT-112'],
    equation: {
      en: 'the total with VAT (BT-112) is BT-109 + BT-110, with one VAT total in the invoice currency',
      fr: 'le total TVA comprise (BT-112) est BT-109 + BT-110, avec un seul total de TVA dans la devise de la facture',
    },
    compare: totalWithVat,
  },
  {
    id: 'BR-CO-16',
    terms: ['BT-112', 'BT-113', 'BT-114', 'BT-115'],
    equation: {
      en: 'the amount due (BT-115) is BT-112 - BT-113 + BT-114',
      fr: 'le montant à payer (BT-115) est BT-112 - BT-113 + BT-114',
    },
    compare: (invoice) => perTotals(invoice, amountDue),
  },
]

const shown = (amount: Amount, missing: string): string =>
  isNumber(amount) ? formatDecimal(amount) : missing

export const AMOUNT_RULES: readonly Rule[] = ROWS.map((row) => ({
  id: row.id,
  sets: ['en16931', 'chorus-minimal'],
  severity: 'fatal',
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
  check: ({ invoice }, report) => {
    for (const { place, stated, computed } of row.compare(invoice)) {
      if (stated === 'unreadable' || computed === 'unreadable') continue
      if (isNumber(stated) && isNumber(computed) && equals(stated, computed)) continue
      report(place, {
        detail: {
          en: `Stated ${shown(stated, 'nothing')}, computed ${shown(computed, 'nothing')}.`,
          fr: `Indiqué ${shown(stated, 'néant')}, calculé ${shown(computed, 'néant')}.`,
        },
      })
    }
  },
}))
