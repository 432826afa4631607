import { path, type NodeId, type Path, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { remembered } from '../remembered.ts'
import type { RuleSubject } from '../rule.ts'
import { ofScheme, schemeOf, textAt, textsAt, trimmedAt } from './node-values.ts'
import { CII_BUYER, CII_LINE, CII_SELLER, SETTLEMENT, UBL_BUYER, UBL_SELLER } from './places.ts'

/** What a line says of its place in the groups of an invoice with frameworks 8 and 9. */
export interface Membership {
  /** Where it is said, which is where rules report. */
  readonly place: NodeId
  /** EXT-FR-FE-163: GROUP, DETAIL, INFORMATION. */
  readonly status: string | undefined
  /** EXT-FR-FE-162: the line it hangs below. */
  readonly parent: string | undefined
}

/** How a syntax writes lines that stand in groups; paths from the line unless said otherwise. */
export interface GroupedLineSyntax {
  /** From the root. */
  readonly lines: readonly Path[]
  /** From the root. */
  readonly invoiceNumber: Path
  readonly sellers: Path
  readonly buyers: Path
  readonly currency: Path
  readonly vatCurrency: Path
  readonly breakdown: Path
  readonly id: Path
  readonly sellerName: Path
  readonly sellerId: Path
  readonly sellerCountry: Path
  readonly vatTotals: Path
  readonly net: Path
  readonly withVat: Path
  readonly exemption: Path
  readonly memberships: (document: XmlDocument, line: NodeId, invoice: string) => Membership[]
  /** Numbers of the invoiced objects of type 130 with this scheme. */
  readonly objects: (document: XmlDocument, line: NodeId, scheme: string) => readonly NodeId[]
  /** Numbers, or dates, of the preceding invoices of the line (EXT-FR-FE-136, 138). */
  readonly preceding: (
    document: XmlDocument,
    line: NodeId,
    invoice: string,
    what: 'number' | 'date',
  ) => readonly NodeId[]
  /** VAT amount and exemption reason of one rate of the breakdown; undefined = no VAT. */
  readonly share: (
    document: XmlDocument,
    node: NodeId,
  ) => { readonly amount: string; readonly reason: string } | undefined
  /** The element numbers an invoice among those that must be unique. */
  readonly isNumber: (node: NodeId, subject: RuleSubject) => boolean
}

const OBJECT_TYPE = '130'

const REFERENCES = path('cac:BillingReference')
const NUMBER = path('cac:InvoiceDocumentReference/cbc:ID')
const DATE = path('cac:InvoiceDocumentReference/cbc:IssueDate')
const STATUS = path('cac:InvoiceDocumentReference/cbc:DocumentStatusCode')
const PARENT = path('cac:BillingReferenceLine/cbc:ID')
const DOCUMENTS = path('cac:DocumentReference')
const DOCUMENT = nameId('cac:DocumentReference')
const DOCUMENT_TYPE = path('cbc:DocumentTypeCode')
const ID = path('cbc:ID')
const ID_NAME = nameId('cbc:ID')
const MANUFACTURER = 'cac:Item/cac:ManufacturerParty'
const TAX_CATEGORY = 'cac:TaxCategory'
const UBL_SHARE = {
  scheme: path(`${TAX_CATEGORY}/cac:TaxScheme/cbc:ID`),
  reason: path(`${TAX_CATEGORY}/cbc:TaxExemptionReason`),
  amount: path('cbc:TaxAmount'),
}

/** Asked from each of its numbers. */
const isObject = remembered((reference, { document }) =>
  textsAt(document, reference, DOCUMENT_TYPE).includes(OBJECT_TYPE),
)

export const UBL_GROUPS: GroupedLineSyntax = {
  lines: [path('cac:InvoiceLine'), path('cac:CreditNoteLine')],
  invoiceNumber: ID,
  sellers: path(`${UBL_SELLER}/cac:PartyLegalEntity/cbc:CompanyID`),
  buyers: path(`${UBL_BUYER}/cac:PartyLegalEntity/cbc:CompanyID`),
  currency: path('cbc:DocumentCurrencyCode'),
  vatCurrency: path('cbc:TaxCurrencyCode'),
  breakdown: path('cac:TaxTotal/cac:TaxSubtotal'),
  id: ID,
  sellerName: path(`${MANUFACTURER}/cac:PartyLegalEntity/cbc:RegistrationName`),
  sellerId: path(`${MANUFACTURER}/cac:PartyLegalEntity/cbc:CompanyID`),
  sellerCountry: path(`${MANUFACTURER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`),
  vatTotals: path('cac:TaxTotal/cbc:TaxAmount'),
  net: path('cbc:LineExtensionAmount'),
  withVat: path('cbc:TaxInclusiveLineExtensionAmount'),
  exemption: path('cac:Item/cac:ClassifiedTaxCategory/cbc:TaxExemptionReason'),
  // A reference to the invoice itself says where the line stands.
  memberships: (document, line, invoice) =>
    document
      .all(line, REFERENCES)
      .filter((one) => textsAt(document, one, NUMBER).includes(invoice))
      .map((place) => ({
        place,
        status: textsAt(document, place, STATUS)[0],
        parent: textsAt(document, place, PARENT)[0],
      })),
  objects: (document, line, scheme) =>
    document
      .all(line, DOCUMENTS)
      .filter((one) => textsAt(document, one, DOCUMENT_TYPE).includes(OBJECT_TYPE))
      .flatMap((one) => ofScheme(document, one, ID, scheme)),
  preceding: (document, line, invoice, what) =>
    document
      .all(line, REFERENCES)
      .filter((one) => textsAt(document, one, NUMBER).some((number) => number !== invoice))
      .flatMap((one) => document.all(one, what === 'number' ? NUMBER : DATE)),
  share: (document, node) => {
    if (!textsAt(document, node, UBL_SHARE.scheme).includes('VAT')) return undefined
    const reason = textAt(document, node, UBL_SHARE.reason)
    return { reason, amount: trimmedAt(document, node, UBL_SHARE.amount) }
  },
  isNumber: (node, subject) => {
    const { document } = subject
    if (document.name(node) !== ID_NAME || schemeOf(document, node) !== 'AFL') return false
    const parent = document.parent(node)
    return document.name(parent) === DOCUMENT && isObject(parent, subject)
  },
}

const ASSOCIATED = 'ram:AssociatedDocumentLineDocument'
const CII_STATUS = path(`${ASSOCIATED}/ram:LineStatusReasonCode`)
const CII_PARENT = path(`${ASSOCIATED}/ram:ParentLineID`)
const LINE_SETTLEMENT = 'ram:SpecifiedLineTradeSettlement'
const LINE_TOTALS = `${LINE_SETTLEMENT}/ram:SpecifiedTradeSettlementLineMonetarySummation`
const LINE_SELLER = 'ram:SpecifiedLineTradeAgreement/ram:ItemSellerTradeParty'
const CII_DOCUMENTS = path(`${LINE_SETTLEMENT}/ram:AdditionalReferencedDocument`)
const CII_PRECEDING = `${LINE_SETTLEMENT}/ram:InvoiceReferencedDocument`
const CII_PRECEDING_NUMBER = path(`${CII_PRECEDING}/ram:IssuerAssignedID`)
const CII_PRECEDING_DATE = path(`${CII_PRECEDING}/ram:FormattedIssueDateTime/qdt:DateTimeString`)
const CII_REFERENCE = path('ram:ReferenceTypeCode')
const CII_TYPE = path('ram:TypeCode')
const CII_NUMBER = path('ram:IssuerAssignedID')
const CII_NUMBER_NAME = nameId('ram:IssuerAssignedID')
const CII_SHARE = { reason: path('ram:ExemptionReason'), amount: path('ram:CalculatedAmount') }

export const CII_GROUPS: GroupedLineSyntax = {
  lines: [path(CII_LINE)],
  invoiceNumber: path('rsm:ExchangedDocument/ram:ID'),
  sellers: path(`${CII_SELLER}/ram:SpecifiedLegalOrganization/ram:ID`),
  buyers: path(`${CII_BUYER}/ram:SpecifiedLegalOrganization/ram:ID`),
  currency: path(`${SETTLEMENT}/ram:InvoiceCurrencyCode`),
  vatCurrency: path(`${SETTLEMENT}/ram:TaxCurrencyCode`),
  breakdown: path(`${SETTLEMENT}/ram:ApplicableTradeTax`),
  id: path(`${ASSOCIATED}/ram:LineID`),
  sellerName: path(`${LINE_SELLER}/ram:Name`),
  sellerId: path(`${LINE_SELLER}/ram:SpecifiedLegalOrganization/ram:ID`),
  sellerCountry: path(`${LINE_SELLER}/ram:PostalTradeAddress/ram:CountryID`),
  vatTotals: path(`${LINE_TOTALS}/ram:TaxTotalAmount`),
  net: path(`${LINE_TOTALS}/ram:LineTotalAmount`),
  withVat: path(`${LINE_TOTALS}/ram:GrandTotalAmount`),
  exemption: path(`${LINE_SETTLEMENT}/ram:ApplicableTradeTax/ram:ExemptionReason`),
  memberships: (document, line) => [
    {
      place: line,
      status: textsAt(document, line, CII_STATUS)[0],
      parent: textsAt(document, line, CII_PARENT)[0],
    },
  ],
  objects: (document, line, scheme) =>
    document
      .all(line, CII_DOCUMENTS)
      .filter(
        (one) =>
          textsAt(document, one, CII_REFERENCE).includes(scheme) &&
          textsAt(document, one, CII_TYPE).includes(OBJECT_TYPE),
      )
      .flatMap((one) => document.all(one, CII_NUMBER)),
  preceding: (document, line, _invoice, what) =>
    document.all(line, what === 'number' ? CII_PRECEDING_NUMBER : CII_PRECEDING_DATE),
  share: (document, node) => {
    if (!textsAt(document, node, CII_TYPE).includes('VAT')) return undefined
    const reason = textAt(document, node, CII_SHARE.reason)
    return { reason, amount: trimmedAt(document, node, CII_SHARE.amount) }
  },
  // ARTEFACT: any number that an issuer gave, of whatever document.
  isNumber: (node, { document }) => document.name(node) === CII_NUMBER_NAME,
}
