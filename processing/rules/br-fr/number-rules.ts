import { path, type Path } from '../../formats/xml/xml-document.ts'
import { F_CODES, type Check, type Rule } from '../rule.ts'
import { frRule, must, type Condition, type Label } from './br-fr-rule.ts'
import { isBidirectional } from './framework.ts'
import { trimmedAt } from './node-values.ts'
import { CII_LINE, CII_LINE_SETTLEMENT, CII_TOTALS, SETTLEMENT, ublLines } from './places.ts'

const MAX_DIGITS = 19
const MAX_RATE_DIGITS = 4

const AMOUNT = /^-?\d{1,19}(?:\.\d{1,2})?$/
const QUANTITY = /^-?\d{1,19}(?:\.\d{1,4})?$/
const PRICE = /^\d{1,19}(?:\.\d{1,6})?$/
const SIGNED_PRICE = /^-?\d{1,19}(?:\.\d{1,6})?$/
const RATE = /^\d{1,4}(?:\.\d{1,2})?$/

/** A sign counts as a digit, the point does not. */
const fits = (text: string, form: RegExp, digits = MAX_DIGITS): boolean =>
  form.test(text) && text.length - (text.includes('.') ? 1 : 0) <= digits

const isAmount: Condition = (node, { document }) => fits(document.trimmed(node), AMOUNT)
const isQuantity: Condition = (node, { document }) => fits(document.trimmed(node), QUANTITY)
const isRate: Condition = (node, { document }) =>
  fits(document.trimmed(node), RATE, MAX_RATE_DIGITS)
/** Prices are negative only in bidirectional invoices. */
const isPrice: Condition = (node, subject) =>
  fits(subject.document.trimmed(node), isBidirectional(subject) ? SIGNED_PRICE : PRICE)

/** ARTEFACT: in UBL these are looked at from above, and an empty one is none. */
const quantityBelow =
  (steps: Path): Condition =>
  (node, { document }) => {
    const text = trimmedAt(document, node, steps)
    return text === '' || fits(text, QUANTITY)
  }
const priceBelow =
  (steps: Path): Condition =>
  (node, subject) => {
    const text = trimmedAt(subject.document, node, steps)
    return text === '' || fits(text, isBidirectional(subject) ? SIGNED_PRICE : PRICE)
  }

interface Kind {
  /** Of the rule: BR-FR-DEC-01. */
  readonly rule: string
  readonly form: Label
}

const AMOUNTS: Kind = {
  rule: 'BR-FR-DEC-01',
  form: {
    en: 'a number of at most 19 digits, 2 of them decimals',
    fr: 'un nombre d’au plus 19 chiffres dont 2 décimales',
  },
}
const QUANTITIES: Kind = {
  rule: 'BR-FR-DEC-02',
  form: {
    en: 'a number of at most 19 digits, 4 of them decimals',
    fr: 'un nombre d’au plus 19 chiffres dont 4 décimales',
  },
}
const PRICES: Kind = {
  rule: 'BR-FR-DEC-03',
  form: {
    en: 'a number without sign of at most 19 digits, 6 of them decimals',
    fr: 'un nombre sans signe d’au plus 19 chiffres dont 6 décimales',
  },
}
const RATES: Kind = {
  rule: 'BR-FR-DEC-04',
  form: {
    en: 'a rate without sign of at most 4 digits, 2 of them decimals',
    fr: 'un taux sans signe d’au plus 4 chiffres dont 2 décimales',
  },
}

interface Checks {
  readonly ubl?: readonly Check[]
  readonly cii?: readonly Check[]
}

const numberRule = ({ rule, form }: Kind, terms: string, what: Label, checks: Checks): Rule =>
  frRule({
    id: `${rule}_${terms}`,
    code: F_CODES.amounts,
    message: {
      en: `The ${what.en} (${terms.replace('_', ', ')}) is not ${form.en}.`,
      fr: `${what.fr} (${terms.replace('_', ', ')}) : ce n’est pas ${form.fr}.`,
    },
    remedy: {
      en: `Write ${form.en}, with a decimal point and no spaces.`,
      fr: `Écrivez ${form.fr}, avec un point décimal et sans espace.`,
    },
    ...checks,
  })

const both = (ubl: string, cii: string, isFine: Condition): Checks => ({
  ubl: [must(ubl, isFine)],
  cii: [must(cii, isFine)],
})

const amount = (terms: string, what: Label, ubl: string, cii: string): Rule =>
  numberRule(AMOUNTS, terms, what, both(ubl, cii, isAmount))
const total = (term: string, what: Label, ubl: string, cii: string): Rule =>
  amount(term, what, `//cac:LegalMonetaryTotal/cbc:${ubl}`, `${CII_TOTALS}/ram:${cii}`)

const HEADER_ALLOWANCE = `${SETTLEMENT}/ram:SpecifiedTradeAllowanceCharge`
const LINE_ALLOWANCE = `${CII_LINE_SETTLEMENT}/ram:SpecifiedTradeAllowanceCharge`
const CII_AGREEMENT = `${CII_LINE}/ram:SpecifiedLineTradeAgreement`
const VAT_TOTAL: Label = { en: 'total VAT amount', fr: 'Montant total de TVA' }

/** BR-FR-DEC-01 to BR-FR-DEC-04. */
export const NUMBER_RULES: readonly Rule[] = [
  amount(
    'BT-92_BT-99',
    { en: 'allowance or charge amount', fr: 'Montant de la remise ou des frais' },
    'cac:AllowanceCharge/cbc:Amount',
    `${HEADER_ALLOWANCE}/ram:ActualAmount`,
  ),
  amount(
    'BT-93_BT-100',
    { en: 'allowance or charge base amount', fr: 'Assiette de la remise ou des frais' },
    'cac:AllowanceCharge/cbc:BaseAmount',
    `${HEADER_ALLOWANCE}/ram:BasisAmount`,
  ),
  total(
    'BT-106',
    { en: 'sum of the lines', fr: 'Total des lignes' },
    'LineExtensionAmount',
    'LineTotalAmount',
  ),
  total(
    'BT-107',
    { en: 'sum of allowances', fr: 'Total des remises' },
    'AllowanceTotalAmount',
    'AllowanceTotalAmount',
  ),
  total(
    'BT-108',
    { en: 'sum of charges', fr: 'Total des frais' },
    'ChargeTotalAmount',
    'ChargeTotalAmount',
  ),
  total(
    'BT-109',
    { en: 'total without VAT', fr: 'Total hors TVA' },
    'TaxExclusiveAmount',
    'TaxBasisTotalAmount',
  ),
  amount('BT-110', VAT_TOTAL, '//cac:TaxTotal/cbc:TaxAmount', `${CII_TOTALS}/ram:TaxTotalAmount`),
  // ARTEFACT: the same context as BT-110, so it is never reached.
  numberRule(AMOUNTS, 'BT-111', VAT_TOTAL, {}),
  total(
    'BT-112',
    { en: 'total with VAT', fr: 'Total avec TVA' },
    'TaxInclusiveAmount',
    'GrandTotalAmount',
  ),
  total(
    'BT-113',
    { en: 'paid amount', fr: 'Montant déjà payé' },
    'PrepaidAmount',
    'TotalPrepaidAmount',
  ),
  total(
    'BT-114',
    { en: 'rounding amount', fr: 'Arrondi' },
    'PayableRoundingAmount',
    'RoundingAmount',
  ),
  total('BT-115', { en: 'amount due', fr: 'Net à payer' }, 'PayableAmount', 'DuePayableAmount'),
  amount(
    'BT-116',
    { en: 'taxable amount of a VAT rate', fr: 'Base d’un taux de TVA' },
    '//cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount',
    `${SETTLEMENT}/ram:ApplicableTradeTax/ram:BasisAmount`,
  ),
  amount(
    'BT-117',
    { en: 'VAT amount of a VAT rate', fr: 'Montant d’un taux de TVA' },
    '//cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount',
    `${SETTLEMENT}/ram:ApplicableTradeTax/ram:CalculatedAmount`,
  ),
  amount(
    'BT-131',
    { en: 'net amount of a line', fr: 'Montant net d’une ligne' },
    ublLines('cbc:LineExtensionAmount'),
    `${CII_LINE_SETTLEMENT}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount`,
  ),
  amount(
    'BT-136_BT-141',
    { en: 'allowance or charge of a line', fr: 'Remise ou frais d’une ligne' },
    ublLines('cac:AllowanceCharge/cbc:Amount'),
    `${LINE_ALLOWANCE}/ram:ActualAmount`,
  ),
  amount(
    'BT-137_BT-142',
    {
      en: 'base of an allowance or charge of a line',
      fr: 'Assiette d’une remise ou de frais d’une ligne',
    },
    ublLines('cac:AllowanceCharge/cbc:BaseAmount'),
    `${LINE_ALLOWANCE}/ram:BasisAmount`,
  ),
  numberRule(
    QUANTITIES,
    'BT-129',
    { en: 'quantity of a line', fr: 'Quantité d’une ligne' },
    both(
      'cac:InvoiceLine/cbc:InvoicedQuantity | cac:CreditNoteLine/cbc:CreditedQuantity',
      `${CII_LINE}/ram:SpecifiedLineTradeDelivery/ram:BilledQuantity`,
      isQuantity,
    ),
  ),
  numberRule(
    QUANTITIES,
    'BT-149',
    { en: 'base quantity of a price', fr: 'Quantité de base d’un prix' },
    {
      ubl: [
        must(
          'cac:InvoiceLine | cac:CreditNoteLine',
          quantityBelow(path('cac:Price/cbc:BaseQuantity')),
        ),
      ],
      cii: [must(`${CII_AGREEMENT}/ram:NetPriceProductTradePrice/ram:BasisQuantity`, isQuantity)],
    },
  ),
  numberRule(
    PRICES,
    'BT-146',
    { en: 'net price of an item', fr: 'Prix net d’un article' },
    {
      ubl: [
        must('cac:InvoiceLine | cac:CreditNoteLine', priceBelow(path('cac:Price/cbc:PriceAmount'))),
      ],
      cii: [must(`${CII_AGREEMENT}/ram:NetPriceProductTradePrice/ram:ChargeAmount`, isPrice)],
    },
  ),
  numberRule(
    PRICES,
    'BT-147',
    { en: 'discount on the price of an item', fr: 'Rabais sur le prix d’un article' },
    {
      ubl: [must(ublLines('cac:Price/cac:AllowanceCharge'), priceBelow(path('cbc:Amount')))],
      cii: [
        must(
          `${CII_AGREEMENT}/ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge/ram:ActualAmount`,
          isPrice,
        ),
      ],
    },
  ),
  numberRule(
    PRICES,
    'BT-148',
    { en: 'gross price of an item', fr: 'Prix brut d’un article' },
    {
      ubl: [must(ublLines('cac:Price/cac:AllowanceCharge/cbc:BaseAmount'), priceBelow([]))],
      cii: [must(`${CII_AGREEMENT}/ram:GrossPriceProductTradePrice/ram:ChargeAmount`, isPrice)],
    },
  ),
  numberRule(
    RATES,
    'BT-96_BT-103',
    { en: 'VAT rate of an allowance or charge', fr: 'Taux de TVA d’une remise ou de frais' },
    both(
      '//cac:AllowanceCharge/cac:TaxCategory/cbc:Percent',
      `${HEADER_ALLOWANCE}/ram:CategoryTradeTax/ram:RateApplicablePercent`,
      isRate,
    ),
  ),
  numberRule(
    RATES,
    'BT-119',
    { en: 'VAT rate of the breakdown', fr: 'Taux de la ventilation de TVA' },
    both(
      '//cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent',
      `${SETTLEMENT}/ram:ApplicableTradeTax/ram:RateApplicablePercent`,
      isRate,
    ),
  ),
  numberRule(
    RATES,
    'BT-152',
    { en: 'VAT rate of a line', fr: 'Taux de TVA d’une ligne' },
    both(
      '//cac:Item/cac:ClassifiedTaxCategory/cbc:Percent',
      `${CII_LINE_SETTLEMENT}/ram:ApplicableTradeTax/ram:RateApplicablePercent`,
      isRate,
    ),
  ),
]
