import { compare, formatDecimal, subtract, sum, ZERO, type Decimal } from '../../rules/decimal.ts'
import { dayOf } from '../../returns/told-status.ts'
import {
  BUSINESS_GROUPS,
  BUSINESS_TERMS,
  type BusinessGroupId,
  type BusinessTermId,
} from '../business-terms.ts'
import type { EmbeddedContent } from '../embedded-contents.ts'
import type { InvoiceTerms } from '../invoice-terms.ts'
import type { PivotInvoice } from '../pivot/pivot-document.ts'
import { NONE, type NodeId } from '../xml/xml-document.ts'
import { nameId } from '../xml/xml-names.ts'
import { UblElement, writeUbl, type Attributes } from './ubl-tree.ts'
import { amountOf, lineAmount, taxedAs, vatShares, type VatShare } from './vat-shares.ts'

/** BT-24 of what is written: the core model, whatever the invoice followed. */
const SPECIFICATION = 'urn:cen.eu:en16931:2017'
/** Types that UBL has in a CreditNote (code list of EN 16931). */
const CREDIT_TYPES: ReadonlySet<string> = new Set(
  '81 83 261 262 296 308 381 396 420 458 502 503 532'.split(' '),
)
/** Schemes of Chorus Pro's types of supplier (reference chorus-pro-edi §8.5). */
const SCHEME_OF_TYPE: Readonly<Record<string, string>> = {
  1: '0009',
  2: '0223',
  3: '0227',
  4: '0228',
  5: '0229',
  7: '0226',
}
const SIRET_SCHEME = '0009'
const SIREN_SCHEME = '0002'
const SIREN_CHARACTERS = 9
/** What stands where an invoice says nothing that the standard wants [simulated]. */
const UNSAID = {
  country: 'FR',
  unit: 'C62',
  terms: 'Non précisées',
  exemption: 'Exonération de TVA',
} as const
const ATTRIBUTES = ['schemeID', 'listID', 'listVersionID', 'unitCode'].map(
  (name) => [name, nameId(name)] as const,
)
/** BT-8: codes of UNTDID 2475, that CII has, in UNTDID 2005. */
const TAX_POINT_OF_CII: Readonly<Record<string, string>> = { 5: '3', 29: '35', 72: '432' }
const DATES: ReadonlySet<BusinessTermId> = new Set([
  'BT-2',
  'BT-7',
  'BT-9',
  'BT-26',
  'BT-72',
  'BT-73',
  'BT-74',
  'BT-134',
  'BT-135',
])
/** Terms that are written as they are; those left out are worked out below. */
const COPIED =
  `2 6 7 8 11 12 14 15 16 17 18 19 20 23 27 28 30 31 32 33 34 35 36 37 38 39 162 40 41 42
  43 45 48 49 50 51 52 53 54 163 55 56 57 58 59 60 61 62 63 64 65 66 67 68 164 69 70 71 72 73 74 75 76
  77 78 79 165 80 106 107 108 109 112 113 114 115`
    .split(/\s+/)
    .map((number) => `BT-${number}` as BusinessTermId)
const CONDITION_OF_OTHER_TAX = 'cac:PartyTaxScheme[cac:TaxScheme/cbc:ID!=VAT]'
const SELLER = 'cac:AccountingSupplierParty/cac:Party'
const BUYER = 'cac:AccountingCustomerParty/cac:Party'

/**
 * A UBL 2.1 invoice or credit note of EN 16931 out of the business terms of an invoice in any format.
 * Number, parties, service and engagement are those that the journal has: it may have been recycled.
 * What the standard wants and the invoice does not say is filled in: see `UNSAID`, vat-shares.ts.
 */
export function ublInvoice(
  terms: InvoiceTerms,
  invoice: PivotInvoice,
  attachments: readonly EmbeddedContent[],
): string {
  const type = terms.text('BT-3') || '380'
  const isCredit = CREDIT_TYPES.has(type)
  const root = isCredit ? 'CreditNote' : 'Invoice'
  const document = new UblElement(root)
  const currency = /^[A-Z]{3}$/.test(terms.text('BT-5')) ? terms.text('BT-5') : 'EUR'
  const shares = vatShares(terms)
  document.put('cbc:CustomizationID', SPECIFICATION)
  document.put('cbc:ID', invoice.number)
  document.put(isCredit ? 'cbc:CreditNoteTypeCode' : 'cbc:InvoiceTypeCode', type)
  document.put('cbc:DocumentCurrencyCode', currency)
  document.put('cbc:BuyerReference', invoice.serviceCode)
  document.put('cac:OrderReference/cbc:ID', invoice.engagement)
  const writer = new TermWriter(terms, document, isCredit)
  for (const term of COPIED) writer.copy(term)
  document.put('cbc:IssueDate', invoice.receivedOn)
  writer.notes()
  writer.precedingInvoices()
  writeParties(document, terms, invoice, shares)
  for (const node of terms.groups('BG-16'))
    writer.group('BG-16', node, ['BT-81', 'BT-84', 'BT-85', 'BT-86'])
  if (document.has('cac:PaymentMeans')) writer.copy('BT-83')
  // A credit note has its due date there too.
  if (!isCredit || document.has('cac:PaymentMeans')) writer.copy('BT-9')
  const isDue = compare(amountOf(terms, 'BT-115'), ZERO) > 0
  if (isDue && !isCredit && terms.text('BT-9') === '' && terms.text('BT-20') === '') {
    document.put('cac:PaymentTerms/cbc:Note', UNSAID.terms)
  }
  writer.allowances(shares[0])
  writeTaxes(document, terms, shares, currency)
  const net = writer.lines(shares)
  document.put('cac:LegalMonetaryTotal/cbc:LineExtensionAmount', formatDecimal(net))
  for (const attachment of attachments) writeAttachment(document, attachment)
  for (const category of ['cac:TaxCategory', 'cac:ClassifiedTaxCategory']) {
    for (const element of document.named(category)) element.put('cac:TaxScheme/cbc:ID', 'VAT')
  }
  return writeUbl(root, document, currency)
}

/** Writes terms of one invoice to where UBL has them. */
class TermWriter {
  readonly #terms: InvoiceTerms
  readonly #document: UblElement
  readonly #isCredit: boolean

  constructor(terms: InvoiceTerms, document: UblElement, isCredit: boolean) {
    this.#terms = terms
    this.#document = document
    this.#isCredit = isCredit
  }

  /** The first value of a term, in its group's element or the document. */
  copy(term: BusinessTermId, into: UblElement = this.#document, group?: NodeId): void {
    const node = this.#firstOf(term, group)
    if (node === NONE) return
    into.put(this.#place(term), this.#text(term, node), this.#attributes(node))
  }

  /** A group of its own. @returns its element */
  group(id: BusinessGroupId, node: NodeId, terms: readonly BusinessTermId[]): UblElement {
    const path = BUSINESS_GROUPS[id].ubl[0] ?? ''
    const element = this.#document.add(path)
    for (const term of terms) this.copy(term, element, node)
    return element
  }

  notes(): void {
    for (const node of this.#terms.groups('BG-1')) {
      const text = this.#terms.text('BT-22', node)
      const subject = this.#terms.text('BT-21', node)
      if (text !== '')
        this.#document.add('cbc:Note').text = subject === '' ? text : `#${subject}#${text}`
    }
  }

  precedingInvoices(): void {
    for (const node of this.#terms.groups('BG-3')) {
      const reference = this.#document
        .add('cac:BillingReference')
        .at('cac:InvoiceDocumentReference')
      for (const term of ['BT-25', 'BT-26'] as const) this.copy(term, reference, node)
    }
  }

  allowances(share: VatShare | undefined): void {
    for (const [id, first] of [
      ['BG-20', 92],
      ['BG-21', 99],
    ] as const) {
      const [amount, base, percent, category, rate, reason, code] = termsFrom(first, 7)
      for (const node of this.#terms.groups(id)) {
        const element = this.group(id, node, [amount, base, percent, reason, code])
        const as = taxedAs(this.#terms.text(category, node), this.#terms.text(rate, node), share)
        element.put('cac:TaxCategory/cbc:ID', as.category)
        element.put('cac:TaxCategory/cbc:Percent', as.rate)
      }
    }
  }

  /** @returns the sum of their net amounts */
  lines(shares: readonly VatShare[]): Decimal {
    const nodes = this.#terms.groups('BG-25')
    if (nodes.length === 0) return this.#linesOfShares(shares)
    for (const [index, node] of nodes.entries()) this.#line(node, index, shares)
    return sum(nodes.map((node) => amountOf(this.#terms, 'BT-131', node)))
  }

  #line(node: NodeId, index: number, shares: readonly VatShare[]): void {
    const terms = this.#terms
    const line = this.#document.add(this.#isCredit ? 'cac:CreditNoteLine' : 'cac:InvoiceLine')
    for (const number of [
      126, 127, 129, 131, 132, 134, 135, 146, 149, 153, 154, 155, 156, 157, 159,
    ]) {
      this.copy(`BT-${number}` as BusinessTermId, line, node)
    }
    this.#grossPrice(line, node)
    line.put('cbc:ID', String(index + 1))
    const name = terms.text('BT-154', node) || `Ligne ${index + 1}`
    line.put('cac:Item/cbc:Name', name)
    const as = taxedAs(terms.text('BT-151', node), terms.text('BT-152', node), shares[0])
    const known = shares.find(({ rate }) => rate === as.rate)
    const { category, rate } = terms.text('BT-151', node) === '' && known ? known : as
    line.put('cac:Item/cac:ClassifiedTaxCategory/cbc:ID', category)
    line.put('cac:Item/cac:ClassifiedTaxCategory/cbc:Percent', rate)
    const quantity = line.at(this.#place('BT-129'))
    quantity.attributes = { unitCode: UNSAID.unit, ...quantity.attributes }
    for (const value of terms.all('BT-158', node)) {
      const path = 'cac:Item/cac:CommodityClassification'
      line
        .add(path)
        .put('cbc:ItemClassificationCode', this.#text('BT-158', value), this.#attributes(value))
    }
    const values = terms.all('BT-161', node)
    for (const [at, named] of terms.all('BT-160', node).entries()) {
      const property = line.add('cac:Item/cac:AdditionalItemProperty')
      property.put('cbc:Name', this.#text('BT-160', named))
      property.put('cbc:Value', this.#text('BT-161', values[at] ?? NONE))
    }
    this.#lineAllowances(line, node)
  }

  #grossPrice(line: UblElement, node: NodeId): void {
    const terms = this.#terms
    if (terms.text('BT-148', node) === '') return
    const path = 'cac:Price/cac:AllowanceCharge'
    line.put(`${path}/cbc:ChargeIndicator`, 'false')
    for (const term of ['BT-147', 'BT-148'] as const) this.copy(term, line, node)
    const discount = subtract(amountOf(terms, 'BT-148', node), amountOf(terms, 'BT-146', node))
    line.put(`${path}/cbc:Amount`, formatDecimal(discount))
  }

  #lineAllowances(line: UblElement, node: NodeId): void {
    const { document } = this.#terms
    for (const [id, first, isCharge] of [
      ['BG-27', 136, false],
      ['BG-28', 141, true],
    ] as const) {
      for (const group of this.#terms.groups(id)) {
        // Of this line: an element or two above it.
        const parent = document.parent(group)
        if (parent !== node && document.parent(parent) !== node) continue
        const element = line.add('cac:AllowanceCharge')
        element.put('cbc:ChargeIndicator', String(isCharge))
        for (const term of termsFrom(first, 5)) this.copy(term, element, group)
      }
    }
  }

  /** An invoice without lines has one for each share of its VAT. */
  #linesOfShares(shares: readonly VatShare[]): Decimal {
    const amounts = shares.map((share, index) => {
      const amount = lineAmount(this.#terms, share)
      const line = this.#document.add(this.#isCredit ? 'cac:CreditNoteLine' : 'cac:InvoiceLine')
      line.put('cbc:ID', String(index + 1))
      line.put(this.#place('BT-129'), '1', { unitCode: UNSAID.unit })
      line.put('cbc:LineExtensionAmount', formatDecimal(amount))
      line.put('cac:Item/cbc:Name', `Ligne ${index + 1}`)
      const { category, rate } = taxedAs(share.category, share.rate ?? '')
      line.put('cac:Item/cac:ClassifiedTaxCategory/cbc:ID', category)
      line.put('cac:Item/cac:ClassifiedTaxCategory/cbc:Percent', rate)
      line.put('cac:Price/cbc:PriceAmount', formatDecimal(amount))
      return amount
    })
    return sum(amounts)
  }

  #firstOf(term: BusinessTermId, group?: NodeId): NodeId {
    const nodes = group === undefined ? this.#terms.all(term) : this.#terms.all(term, group)
    return nodes.find((node) => this.#terms.document.trimmed(node) !== '') ?? NONE
  }

  /** Where UBL has a term: a credit note has some elsewhere. */
  #place(term: BusinessTermId): string {
    const [first = '', second] = BUSINESS_TERMS[term].ubl
    return this.#isCredit && OTHER_IN_CREDIT_NOTES.has(term) ? (second ?? first) : first
  }

  #text(term: BusinessTermId, node: NodeId): string {
    const text = this.#terms.document.trimmed(node)
    if (term === 'BT-8') return TAX_POINT_OF_CII[text] ?? text
    return DATES.has(term) ? (dayOf(text) ?? '') : text
  }

  #attributes(node: NodeId): Attributes {
    const { document } = this.#terms
    const found = ATTRIBUTES.flatMap(([name, id]) => {
      const value = document.attribute(node, id)
      return value === undefined ? [] : [[name, value] as const]
    })
    return Object.fromEntries(found)
  }
}

const OTHER_IN_CREDIT_NOTES: ReadonlySet<BusinessTermId> = new Set(['BT-9', 'BT-11', 'BT-129'])

/** Terms whose numbers follow one another. */
function termsFrom<Count extends 5 | 7>(first: number, count: Count): TermsOf[Count] {
  const terms = Array.from({ length: count }, (_, index) => `BT-${first + index}` as BusinessTermId)
  return terms as unknown as TermsOf[Count]
}
interface TermsOf {
  5: readonly [BusinessTermId, BusinessTermId, BusinessTermId, BusinessTermId, BusinessTermId]
  7: readonly [...TermsOf[5], BusinessTermId, BusinessTermId]
}

function writeParties(
  document: UblElement,
  terms: InvoiceTerms,
  invoice: PivotInvoice,
  shares: readonly VatShare[],
): void {
  const { supplierType, supplierId, recipientId } = invoice
  const scheme = SCHEME_OF_TYPE[supplierType]
  document.put(
    `${SELLER}/cac:PartyIdentification/cbc:ID`,
    supplierId,
    scheme === undefined ? {} : { schemeID: scheme },
  )
  document.put(
    `${SELLER}/cac:PartyLegalEntity/cbc:RegistrationName`,
    invoice.supplierName || supplierId,
  )
  document.put(`${SELLER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`, UNSAID.country)
  document.put(`${BUYER}/cac:PartyIdentification/cbc:ID`, recipientId, { schemeID: SIRET_SCHEME })
  document.put(
    `${BUYER}/cac:PartyLegalEntity/cbc:RegistrationName`,
    invoice.recipientName ?? (terms.text('BT-44') || recipientId),
  )
  document.put(
    `${BUYER}/cac:PartyLegalEntity/cbc:CompanyID`,
    recipientId.slice(0, SIREN_CHARACTERS),
    { schemeID: SIREN_SCHEME },
  )
  document.put(`${BUYER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`, UNSAID.country)
  const isTaxed = shares.some(({ category }) => category !== 'O')
  const hasTaxNumber = ['BT-31', 'BT-32', 'BT-63'].some(
    (term) => terms.text(term as BusinessTermId) !== '',
  )
  if (isTaxed && !hasTaxNumber) {
    const vat = vatNumber(supplierType, supplierId)
    const place =
      vat === undefined ? CONDITION_OF_OTHER_TAX : 'cac:PartyTaxScheme[cac:TaxScheme/cbc:ID=VAT]'
    document.put(`${SELLER}/${place}/cbc:CompanyID`, vat ?? supplierId)
  }
  if (document.has(`${SELLER}/${CONDITION_OF_OTHER_TAX}`)) {
    document.put(`${SELLER}/${CONDITION_OF_OTHER_TAX}/cac:TaxScheme/cbc:ID`, 'FC')
  }
}

/** That follows from how Chorus Pro knows the supplier: key + SIREN, or the VAT number itself. */
function vatNumber(supplierType: string, supplierId: string): string | undefined {
  if (supplierType === '2') return supplierId
  if (supplierType !== '1') return undefined
  const siren = supplierId.slice(0, SIREN_CHARACTERS)
  return `FR${String((12 + 3 * (Number(siren) % 97)) % 97).padStart(2, '0')}${siren}`
}

function writeTaxes(
  document: UblElement,
  terms: InvoiceTerms,
  shares: readonly VatShare[],
  currency: string,
): void {
  const total = document.add('cac:TaxTotal')
  total.put('cbc:TaxAmount', formatDecimal(sum(shares.map(({ tax }) => tax))))
  for (const share of shares) {
    const row = total.add('cac:TaxSubtotal')
    row.put('cbc:TaxableAmount', formatDecimal(share.base))
    row.put('cbc:TaxAmount', formatDecimal(share.tax))
    row.put('cac:TaxCategory/cbc:ID', share.category)
    row.put('cac:TaxCategory/cbc:Percent', share.rate)
    const reasons = share.node === NONE ? [] : (['BT-120', 'BT-121'] as const)
    const [reason, code] = reasons.map((term) => terms.text(term, share.node))
    row.put('cac:TaxCategory/cbc:TaxExemptionReason', reason)
    row.put('cac:TaxCategory/cbc:TaxExemptionReasonCode', code)
    if (share.category === 'E' && !reason && !code) {
      row.put('cac:TaxCategory/cbc:TaxExemptionReason', UNSAID.exemption)
    }
  }
  // BT-111: the tax once more, in the currency that it is accounted in.
  const accounting = terms.text('BT-6')
  const inIt = terms
    .all('BT-110')
    .find((node) => terms.document.attribute(node, CURRENCY) === accounting)
  if (accounting !== '' && accounting !== currency && inIt !== undefined) {
    const amount = terms.document.trimmed(inIt)
    document.add('cac:TaxTotal').put('cbc:TaxAmount', amount, { currencyID: accounting })
  }
}

const CURRENCY = nameId('currencyID')

function writeAttachment(document: UblElement, attachment: EmbeddedContent): void {
  const { reference, description, fileName, mimeCode, base64 } = attachment
  const element = document.add('cac:AdditionalDocumentReference')
  element.put('cbc:ID', reference)
  element.put('cbc:DocumentDescription', description)
  const path = 'cac:Attachment/cbc:EmbeddedDocumentBinaryObject'
  element.put(path, base64, { mimeCode, filename: fileName })
}
