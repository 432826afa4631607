import { NONE, path, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId, type NameId } from '../../formats/xml/xml-names.ts'
import { trimXml } from '../../formats/simple-types.ts'
import { add, doubleOf, type Decimal } from '../decimal.ts'
import {
  booleanOf,
  decimalOf,
  doubleAt,
  exactAttributeCode,
  exactCodeOf,
  packed,
} from '../element-values.ts'
import { addTo, AmountShares, type ShareKind } from './amount-shares.ts'
import { CategoryCounts } from './category-counts.ts'
import { Distinct, isVatCode } from './ubl-facts.ts'
import { CATEGORY, categoryOf, type VatCategory } from './vat-category.ts'

/** Ways in which a CII document uses a VAT category; codes are compared as written. */
export const CII_USE = {
  breakdown: 0,
  line: 1,
  /** Of an allowance or a charge. */
  allowanceOrCharge: 2,
  /** Any `ram:ApplicableTradeTax` with a code. */
  tradeTax: 3,
  anywhere: 4,
} as const
type CiiUse = (typeof CII_USE)[keyof typeof CII_USE]

const N = {
  tradeTax: nameId('ram:ApplicableTradeTax'),
  categoryTax: nameId('ram:CategoryTradeTax'),
  categoryCode: nameId('ram:CategoryCode'),
  typeCode: nameId('ram:TypeCode'),
  rate: nameId('ram:RateApplicablePercent'),
  settlement: nameId('ram:ApplicableHeaderTradeSettlement'),
  lineSettlement: nameId('ram:SpecifiedLineTradeSettlement'),
  line: nameId('ram:IncludedSupplyChainTradeLineItem'),
  allowanceCharge: nameId('ram:SpecifiedTradeAllowanceCharge'),
  indicator: nameId('ram:ChargeIndicator'),
  indicatorValue: nameId('udt:Indicator'),
  actualAmount: nameId('ram:ActualAmount'),
  calculatedAmount: nameId('ram:CalculatedAmount'),
  country: nameId('ram:CountryID'),
  transaction: nameId('rsm:SupplyChainTradeTransaction'),
  registration: nameId('ram:SpecifiedTaxRegistration'),
  organization: nameId('ram:SpecifiedLegalOrganization'),
  id: nameId('ram:ID'),
  schemeId: nameId('schemeID'),
  seller: nameId('ram:SellerTradeParty'),
  buyer: nameId('ram:BuyerTradeParty'),
  representative: nameId('ram:SellerTaxRepresentativeTradeParty'),
  taxPointDate: nameId('ram:TaxPointDate'),
  dueDateCode: nameId('ram:DueDateTypeCode'),
  currency: nameId('ram:InvoiceCurrencyCode'),
  taxCurrency: nameId('ram:TaxCurrencyCode'),
  means: nameId('ram:SpecifiedTradeSettlementPaymentMeans'),
  reference: nameId('ram:PaymentReference'),
  billed: nameId('ram:BilledQuantity'),
  unitCode: nameId('unitCode'),
}
const LINE_TOTAL = path('ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount')
const LINE_SETTLEMENT = path('ram:SpecifiedLineTradeSettlement')
const TRADE_TAX = path('ram:ApplicableTradeTax')
const CATEGORY_TAX = path('ram:CategoryTradeTax')
const MEANS_CODE = path('ram:TypeCode')
const MEANS_TEXT = path('ram:Information')
const ITALY = packed('IT')
const VA = packed('VA')
const FC = packed('FC')

/** `upper-case(ram:TypeCode)` of a tax is VAT, as written. */
export function isVatTax(document: XmlDocument, tax: NodeId): boolean {
  return isVatCode(exactCodeOf(document, document.child(tax, N.typeCode)))
}

/** True: a charge. False: an allowance. */
export function isCiiCharge(document: XmlDocument, allowanceCharge: NodeId): boolean | undefined {
  const indicator = document.child(allowanceCharge, N.indicator)
  return booleanOf(document, document.child(indicator, N.indicatorValue))
}

/** One pass over a CII document, before its rules look at it. */
export class CiiFacts {
  readonly uses = new CategoryCounts<CiiUse>(Object.keys(CII_USE).length)
  readonly shares = new AmountShares()
  /** Sums as the artefacts work them out: in doubles, in document order, so that -0 stays -0. */
  sumOfLines = 0
  sumOfTax = 0
  readonly allowances = { count: 0, sum: 0 }
  readonly charges = { count: 0, sum: 0 }
  #taxes = 0
  /** BT-5 and BT-6 as written: one each, in a document that follows its schema. */
  readonly currencies = new Set<string>()
  readonly taxCurrencies = new Set<string>()
  /** Payment means codes (BT-81) and texts (BT-82), white space aside; VAT point date codes. */
  readonly paymentMeansCodes = new Distinct()
  readonly paymentMeansTexts = new Distinct()
  readonly dueDateCodes = new Distinct()
  paymentReferences = 0
  /** A unit is given with some invoiced quantity (BT-130). */
  hasBilledUnit = false
  hasLine = false
  hasBreakdown = false
  isAbroad = false
  /** BT-31 or BT-32. */
  hasSellerTaxId = false
  hasSellerVatId = false
  hasRepresentativeVatId = false
  hasBuyerVatId = false
  hasBuyerLegalId = false
  hasTaxPointDate = false
  hasDueDateCode = false
  readonly #document: XmlDocument
  readonly #root: NodeId

  constructor(document: XmlDocument, root: NodeId, end: NodeId) {
    this.#document = document
    this.#root = root
    for (let node = root; node < end; node += 1) this.#look(node, document.name(node))
  }

  #look(node: NodeId, name: NameId): void {
    const document = this.#document
    if (name === N.tradeTax) this.#tradeTax(node)
    else if (name === N.categoryTax) this.#count(node, CII_USE.allowanceOrCharge)
    else if (name === N.categoryCode) {
      this.uses.add(CII_USE.anywhere, categoryOf(exactCodeOf(document, node)))
    } else if (name === N.line) this.#line(node)
    else if (name === N.allowanceCharge) this.#allowanceCharge(node)
    else if (name === N.country) this.isAbroad ||= exactCodeOf(document, node) !== ITALY
    else if (name === N.id) this.#id(node)
    else if (name === N.taxPointDate) this.hasTaxPointDate = true
    else if (name === N.dueDateCode) this.#dueDateCode(node)
    else if (name === N.means) this.#means(node)
    else if (name === N.reference) this.#reference(node)
    else if (name === N.billed) this.#billed(node)
    else if (name === N.currency) this.#currency(node, this.currencies)
    else if (name === N.taxCurrency) this.#currency(node, this.taxCurrencies)
  }

  #dueDateCode(node: NodeId): void {
    const document = this.#document
    this.hasDueDateCode = true
    if (document.name(document.parent(node)) === N.tradeTax) {
      this.dueDateCodes.add(document.text(node))
    }
  }

  #means(node: NodeId): void {
    const document = this.#document
    for (const code of document.all(node, MEANS_CODE)) {
      this.paymentMeansCodes.add(normalized(document.text(code)))
    }
    for (const text of document.all(node, MEANS_TEXT)) {
      this.paymentMeansTexts.add(normalized(document.text(text)))
    }
  }

  #reference(node: NodeId): void {
    const document = this.#document
    if (document.name(document.parent(node)) === N.settlement) this.paymentReferences += 1
  }

  #billed(node: NodeId): void {
    if (this.#document.findAttribute(node, N.unitCode) !== NONE) this.hasBilledUnit = true
  }

  #currency(node: NodeId, currencies: Set<string>): void {
    const document = this.#document
    if (this.#isHeader(document.parent(node))) currencies.add(document.text(node))
  }

  #tradeTax(node: NodeId): void {
    const document = this.#document
    const parent = document.parent(node)
    const parentName = document.name(parent)
    this.#count(node, CII_USE.tradeTax)
    if (parentName === N.lineSettlement) this.#count(node, CII_USE.line)
    if (parentName !== N.settlement) return
    this.#count(node, CII_USE.breakdown)
    this.hasBreakdown ||= document.name(document.parent(parent)) === N.transaction
    if (!this.#isHeader(parent)) return
    let amount = document.child(node, N.calculatedAmount)
    while (amount !== NONE) {
      const value = doubleAt(document, amount) ?? 0
      this.sumOfTax = this.#taxes === 0 ? value : this.sumOfTax + value
      this.#taxes += 1
      amount = document.next(amount)
    }
  }

  /** The settlement of the document itself. */
  #isHeader(settlement: NodeId): boolean {
    const transaction = this.#document.parent(settlement)
    return (
      this.#document.name(settlement) === N.settlement &&
      this.#document.parent(transaction) === this.#root
    )
  }

  /** A tax without a code is not counted. */
  #count(tax: NodeId, use: CiiUse): void {
    const code = this.#document.child(tax, N.categoryCode)
    if (code !== NONE) this.uses.add(use, categoryOf(exactCodeOf(this.#document, code)))
  }

  #line(node: NodeId): void {
    const document = this.#document
    this.hasLine = true
    if (document.parent(document.parent(node)) !== this.#root) return
    for (const settlement of document.all(node, LINE_SETTLEMENT)) {
      let total: Decimal | undefined
      for (const amount of document.all(settlement, LINE_TOTAL)) {
        const value = decimalOf(document, amount)
        this.sumOfLines += double(value)
        if (value !== undefined) total = total === undefined ? value : add(total, value)
      }
      if (total !== undefined) {
        this.#share(document.all(settlement, TRADE_TAX), 'invoiceLines', total)
      }
    }
  }

  #allowanceCharge(node: NodeId): void {
    const document = this.#document
    const charge = isCiiCharge(document, node)
    if (charge === undefined || !this.#isHeader(document.parent(node))) return
    const actual = document.child(node, N.actualAmount)
    const amount = decimalOf(document, actual)
    const value = doubleAt(document, actual) ?? 0
    const kind = charge ? this.charges : this.allowances
    kind.sum = kind.count === 0 ? value : kind.sum + value
    kind.count += 1
    this.#share(document.all(node, CATEGORY_TAX), charge ? 'charges' : 'allowances', amount)
  }

  #share(taxes: readonly NodeId[], kind: ShareKind, amount: Decimal | undefined): void {
    const document = this.#document
    const [only] = taxes
    if (taxes.length === 1 && only !== undefined) {
      // Nearly always: one category, one rate.
      const category = categoryOf(exactCodeOf(document, document.child(only, N.categoryCode)))
      if (category === CATEGORY.other) return
      addTo(this.shares.of(category), kind, amount)
      const rate = decimalOf(document, document.child(only, N.rate))
      if (rate !== undefined) addTo(this.shares.of(category, rate), kind, amount)
      return
    }
    const categories = new Set<VatCategory>()
    const rates = new Map<string | number, Decimal>()
    for (const tax of taxes) {
      const category = categoryOf(exactCodeOf(document, document.child(tax, N.categoryCode)))
      if (category !== CATEGORY.other) categories.add(category)
      const rate = decimalOf(document, document.child(tax, N.rate))
      if (rate !== undefined) rates.set(typeof rate === 'number' ? rate : `${rate.units}`, rate)
    }
    this.shares.each([...categories], [...rates.values()], (shares) => addTo(shares, kind, amount))
  }

  #id(node: NodeId): void {
    const document = this.#document
    const holder = document.parent(node)
    const party = document.name(document.parent(holder))
    if (document.name(holder) === N.organization) {
      if (party === N.buyer) this.hasBuyerLegalId = true
      return
    }
    if (document.name(holder) !== N.registration) return
    const scheme = exactAttributeCode(document, node, N.schemeId)
    if (party === N.seller && (scheme === VA || scheme === FC)) this.hasSellerTaxId = true
    if (scheme !== VA) return
    if (party === N.seller) this.hasSellerVatId = true
    else if (party === N.buyer) this.hasBuyerVatId = true
    else if (party === N.representative) this.hasRepresentativeVatId = true
  }
}

const double = (amount: Decimal | undefined): number =>
  amount === undefined ? 0 : doubleOf(amount)

/** XPath's normalize-space. */
const normalized = (text: string): string => trimXml(text).replaceAll(/[ \t\r\n]+/g, ' ')
