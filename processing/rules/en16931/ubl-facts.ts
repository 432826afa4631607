import { NONE, path, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId, type NameId } from '../../formats/xml/xml-names.ts'
import { add, ZERO, type Decimal } from '../decimal.ts'
import {
  booleanOf,
  codeOf,
  decimalOf,
  exactCodeOf,
  packed,
  type PackedCode,
} from '../element-values.ts'
import { addTo, AmountShares, type ShareKind, type Shares } from './amount-shares.ts'
import { CategoryCounts } from './category-counts.ts'
import { CATEGORY, categoryOf, type VatCategory } from './vat-category.ts'

/** Whether texts differ from one another. */
export class Distinct {
  #first: string | undefined
  hasSeveral = false

  add(text: string): void {
    this.#first ??= text
    this.hasSeveral ||= text !== this.#first
  }
}

/** Ways in which a UBL document uses a VAT category; `Vat` = in a tax scheme VAT. */
export const USE = {
  /** Any `cac:TaxCategory` or `cac:ClassifiedTaxCategory`. */
  anywhereVat: 0,
  itemVat: 1,
  item: 2,
  /** Of an allowance or a charge, of the document or not. */
  allowanceVat: 3,
  chargeVat: 4,
  allowanceOrCharge: 5,
  documentAllowanceVat: 6,
  documentChargeVat: 7,
  breakdownVat: 8,
  breakdown: 9,
  /** Without white space around the code; the artefacts compare some as written. */
  exactBreakdown: 10,
  exactBreakdownVat: 11,
  exactChargeVat: 12,
  exactAnywhere: 13,
  exactItem: 14,
  exactDocumentAllowanceOrCharge: 15,
} as const
type Use = (typeof USE)[keyof typeof USE]

const N = {
  taxCategory: nameId('cac:TaxCategory'),
  classified: nameId('cac:ClassifiedTaxCategory'),
  invoiceLine: nameId('cac:InvoiceLine'),
  creditNoteLine: nameId('cac:CreditNoteLine'),
  allowanceCharge: nameId('cac:AllowanceCharge'),
  country: nameId('cbc:IdentificationCode'),
  taxScheme: nameId('cac:TaxScheme'),
  partyTaxScheme: nameId('cac:PartyTaxScheme'),
  legalEntity: nameId('cac:PartyLegalEntity'),
  companyId: nameId('cbc:CompanyID'),
  party: nameId('cac:Party'),
  supplier: nameId('cac:AccountingSupplierParty'),
  customer: nameId('cac:AccountingCustomerParty'),
  representative: nameId('cac:TaxRepresentativeParty'),
  taxSubtotal: nameId('cac:TaxSubtotal'),
  taxTotal: nameId('cac:TaxTotal'),
  id: nameId('cbc:ID'),
  indicator: nameId('cbc:ChargeIndicator'),
  amount: nameId('cbc:Amount'),
  lineAmount: nameId('cbc:LineExtensionAmount'),
  percent: nameId('cbc:Percent'),
  taxAmount: nameId('cbc:TaxAmount'),
  currencyId: nameId('currencyID'),
  paymentId: nameId('cbc:PaymentID'),
  meansCode: nameId('cbc:PaymentMeansCode'),
}
const ITEM_CATEGORY = path('cac:Item/cac:ClassifiedTaxCategory')
const VAT = packed('VAT')
const ITALY = packed('IT')

/** `upper-case` of a code of three letters is VAT. */
export function isVatCode(code: PackedCode): boolean {
  return code > 0 && code <= 0xffffff && (code & 0xdfdfdf) === VAT
}

/** The element has a tax scheme VAT. */
export function isVatScheme(document: XmlDocument, node: NodeId): boolean {
  let scheme = document.child(node, N.taxScheme)
  while (scheme !== NONE) {
    if (isVatCode(codeOf(document, document.child(scheme, N.id)))) return true
    scheme = document.next(scheme)
  }
  return false
}

/** True: a charge. False: an allowance. The artefacts look for an allowance first. */
export function isCharge(document: XmlDocument, node: NodeId): boolean | undefined {
  return booleanOf(document, document.child(node, N.indicator))
}

/** One pass over a UBL document, before its rules look at it. */
export class UblFacts {
  readonly uses = new CategoryCounts<Use>(Object.keys(USE).length)
  readonly shares = new AmountShares()
  hasInvoiceLine = false
  hasCreditNoteLine = false
  /** BT-131 of all lines. */
  sumOfLines: Decimal = ZERO
  /** Of the amounts of all `cac:TaxTotal`. */
  readonly taxCurrencies = new Set<string>()
  /** Different payment references (BT-83), different payment means codes (BT-81). */
  readonly paymentIds = new Distinct()
  readonly paymentMeansCodes = new Distinct()
  /** Some country code is not IT. */
  isAbroad = false
  /** BT-31 or BT-32. */
  hasSellerTaxId = false
  hasSellerVatId = false
  hasRepresentativeVatId = false
  hasBuyerVatId = false
  hasBuyerLegalId = false
  readonly #document: XmlDocument
  readonly #root: NodeId
  #lastParent: NodeId = NONE
  #lastSums: { readonly allowances: ChargeSum; readonly charges: ChargeSum } | undefined
  /** Of parties' tax schemes with a company identifier. */
  readonly #vatSchemes = new Map<NodeId, boolean>()

  constructor(document: XmlDocument, root: NodeId, end: NodeId) {
    this.#document = document
    this.#root = root
    for (let node = root; node < end; node += 1) this.#look(node, document.name(node))
  }

  /** Amounts of the allowances and charges below this element. */
  chargeSums(parent: NodeId): { readonly allowances: ChargeSum; readonly charges: ChargeSum } {
    if (this.#lastSums !== undefined && this.#lastParent === parent) return this.#lastSums
    const document = this.#document
    const [allowances, charges] = [
      { count: 0, sum: ZERO },
      { count: 0, sum: ZERO },
    ]
    let node = document.child(parent, N.allowanceCharge)
    while (node !== NONE) {
      const charge = isCharge(document, node)
      if (charge !== undefined) {
        const kind = charge ? charges : allowances
        kind.count += 1
        kind.sum = add(kind.sum, decimalOf(document, document.child(node, N.amount)) ?? ZERO)
      }
      node = document.next(node)
    }
    this.#lastParent = parent
    this.#lastSums = { allowances, charges }
    return this.#lastSums
  }

  #look(node: NodeId, name: NameId): void {
    const document = this.#document
    if (name === N.taxCategory) this.#taxCategory(node)
    else if (name === N.classified) this.#classified(node)
    else if (name === N.invoiceLine) this.#line(node, 'invoiceLines')
    else if (name === N.creditNoteLine) this.#line(node, 'creditNoteLines')
    else if (name === N.allowanceCharge) this.#allowanceCharge(node)
    else if (name === N.country) this.isAbroad ||= exactCodeOf(document, node) !== ITALY
    else if (name === N.companyId) this.#companyId(node)
    else if (name === N.taxAmount) this.#taxAmount(node)
    else if (name === N.paymentId) this.paymentIds.add(document.text(node))
    else if (name === N.meansCode) this.paymentMeansCodes.add(document.text(node))
  }

  #taxAmount(node: NodeId): void {
    const document = this.#document
    if (document.name(document.parent(node)) !== N.taxTotal) return
    const currency = document.attribute(node, N.currencyId)
    if (currency !== undefined) this.taxCurrencies.add(currency)
  }

  #taxCategory(node: NodeId): void {
    const document = this.#document
    const id = document.child(node, N.id)
    const category = categoryOf(codeOf(document, id))
    const exact = categoryOf(exactCodeOf(document, id))
    const isVat = isVatScheme(document, node)
    const parent = document.parent(node)
    const parentName = document.name(parent)
    if (isVat && id !== NONE) this.uses.add(USE.anywhereVat, category)
    this.uses.add(USE.exactAnywhere, exact)
    if (parentName === N.allowanceCharge) {
      const charge = isCharge(document, parent)
      const isOfDocument = document.parent(parent) === this.#root
      this.uses.add(USE.allowanceOrCharge, category)
      if (isOfDocument) this.uses.add(USE.exactDocumentAllowanceOrCharge, exact)
      if (!isVat || charge === undefined) return
      this.uses.add(charge ? USE.chargeVat : USE.allowanceVat, category)
      if (charge) this.uses.add(USE.exactChargeVat, exact)
      if (isOfDocument) {
        this.uses.add(charge ? USE.documentChargeVat : USE.documentAllowanceVat, category)
      }
    } else if (parentName === N.taxSubtotal && this.#isBreakdown(parent)) {
      this.uses.add(USE.breakdown, category)
      this.uses.add(USE.exactBreakdown, exact)
      if (!isVat) return
      this.uses.add(USE.breakdownVat, category)
      this.uses.add(USE.exactBreakdownVat, exact)
    }
  }

  #isBreakdown(subtotal: NodeId): boolean {
    const total = this.#document.parent(subtotal)
    return this.#document.name(total) === N.taxTotal && this.#document.parent(total) === this.#root
  }

  #classified(node: NodeId): void {
    const document = this.#document
    const id = document.child(node, N.id)
    const category = categoryOf(codeOf(document, id))
    this.uses.add(USE.item, category)
    this.uses.add(USE.exactItem, categoryOf(exactCodeOf(document, id)))
    if (!isVatScheme(document, node)) return
    this.uses.add(USE.itemVat, category)
    if (id !== NONE) this.uses.add(USE.anywhereVat, category)
  }

  #line(node: NodeId, kind: 'invoiceLines' | 'creditNoteLines'): void {
    const document = this.#document
    const amount = decimalOf(document, document.child(node, N.lineAmount))
    if (kind === 'invoiceLines') this.hasInvoiceLine = true
    else this.hasCreditNoteLine = true
    this.sumOfLines = add(this.sumOfLines, amount ?? ZERO)
    const isOfDocument = document.parent(node) === this.#root
    this.#share(document.all(node, ITEM_CATEGORY), kind, isOfDocument ? amount : undefined)
  }

  #allowanceCharge(node: NodeId): void {
    const document = this.#document
    const categories = document.all(node, TAX_CATEGORY)
    if (categories.length === 0) return
    const charge = isCharge(document, node)
    const counts = charge !== undefined && document.parent(node) === this.#root
    const amount = counts ? decimalOf(document, document.child(node, N.amount)) : undefined
    this.#share(categories, charge === true ? 'charges' : 'allowances', amount)
  }

  #share(nodes: readonly NodeId[], kind: ShareKind, amount: Decimal | undefined): void {
    const document = this.#document
    const use = (shares: Shares): void => {
      addTo(shares, kind, amount)
      if (kind === 'invoiceLines') shares.usedByInvoiceLine = true
      else if (kind === 'creditNoteLines') shares.usedByCreditNoteLine = true
      else shares.usedByAllowance = true
    }
    const [only] = nodes
    if (nodes.length === 1 && only !== undefined) {
      // Nearly always: one category, one rate.
      const category = categoryOf(codeOf(document, document.child(only, N.id)))
      if (category === CATEGORY.other) return
      use(this.shares.of(category))
      const rate = decimalOf(document, document.child(only, N.percent))
      if (rate !== undefined) use(this.shares.of(category, rate))
      return
    }
    const categories = new Set<VatCategory>()
    const rates = new Map<string | number, Decimal>()
    for (const node of nodes) {
      const category = categoryOf(codeOf(document, document.child(node, N.id)))
      if (category !== CATEGORY.other) categories.add(category)
      const rate = decimalOf(document, document.child(node, N.percent))
      if (rate !== undefined) rates.set(typeof rate === 'number' ? rate : `${rate.units}`, rate)
    }
    this.shares.each([...categories], [...rates.values()], use)
  }

  #companyId(node: NodeId): void {
    const document = this.#document
    const scheme = document.parent(node)
    const party = document.parent(scheme)
    const holder = document.name(party) === N.party ? document.parent(party) : party
    const holderName = document.name(holder)
    const isParty = holder !== party
    if (document.name(scheme) === N.legalEntity) {
      if (isParty && holderName === N.customer) this.hasBuyerLegalId = true
      return
    }
    if (document.name(scheme) !== N.partyTaxScheme) return
    let isVat = this.#vatSchemes.get(scheme)
    if (isVat === undefined) this.#vatSchemes.set(scheme, (isVat = isVatScheme(document, scheme)))
    if (isParty && holderName === N.supplier) {
      this.hasSellerTaxId = true
      this.hasSellerVatId ||= isVat
    } else if (isParty && holderName === N.customer) this.hasBuyerVatId ||= isVat
    else if (!isParty && holderName === N.representative) this.hasRepresentativeVatId ||= isVat
  }
}

export interface ChargeSum {
  count: number
  sum: Decimal
}

const TAX_CATEGORY = path('cac:TaxCategory')
