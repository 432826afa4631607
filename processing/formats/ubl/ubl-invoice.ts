import type { AllowanceCharge, Attachment, Invoice, Party, Totals, VatTotal } from '../invoice.ts'
import { trimXml } from '../simple-types.ts'
import type { XmlNode } from '../xml-node.ts'

/** Where the business terms are in UBL: reference invoices §3. */
export function toInvoice(root: XmlNode): Invoice {
  return {
    format: 'ubl',
    documentType: root.shape.local === 'Invoice' ? 'invoice' : 'credit-note',
    root,
    number: root.child('cbc:ID'),
    issueDate: root.child('cbc:IssueDate'),
    typeCode: firstWithText(root.all('cbc:InvoiceTypeCode'), root.all('cbc:CreditNoteTypeCode')),
    currency: root.child('cbc:DocumentCurrencyCode'),
    buyerReference: root.child('cbc:BuyerReference'),
    purchaseOrder: root.first('cac:OrderReference', 'cbc:ID'),
    specification: root.child('cbc:CustomizationID'),
    precedingNumbers: root.every('cac:BillingReference', 'cac:InvoiceDocumentReference', 'cbc:ID'),
    seller: toParty(root.every('cac:AccountingSupplierParty', 'cac:Party')),
    buyer: toParty(root.every('cac:AccountingCustomerParty', 'cac:Party')),
    allowancesAndCharges: root.all('cac:AllowanceCharge').map(toAllowanceCharge),
    totals: root.all('cac:LegalMonetaryTotal').map(toTotals),
    vatTotals: root.all('cac:TaxTotal').map(toVatTotal),
    attachments: root.all('cac:AdditionalDocumentReference').flatMap(toAttachment),
    lines: [...root.all('cac:InvoiceLine'), ...root.all('cac:CreditNoteLine')].map((line) => ({
      place: line,
      netAmount: line.child('cbc:LineExtensionAmount'),
    })),
  }
}

function firstWithText(...candidates: readonly (readonly XmlNode[])[]): XmlNode | undefined {
  const nodes = candidates.flat()
  return nodes.find(({ text }) => trimXml(text) !== '') ?? nodes[0]
}

function toParty(parties: readonly XmlNode[]): Party {
  const every = (...names: readonly string[]): XmlNode[] =>
    parties.flatMap((party) => party.every(...names))
  return {
    names: every('cac:PartyLegalEntity', 'cbc:RegistrationName'),
    identifiers: every('cac:PartyIdentification', 'cbc:ID'),
    legalIdentifiers: every('cac:PartyLegalEntity', 'cbc:CompanyID'),
    vatIdentifiers: every('cac:PartyTaxScheme')
      .filter((scheme) => trimXml(scheme.first('cac:TaxScheme', 'cbc:ID')?.text ?? '') === 'VAT')
      .flatMap((scheme) => scheme.all('cbc:CompanyID')),
    addresses: every('cac:PostalAddress').map((address) => ({
      place: address,
      country: address.first('cac:Country', 'cbc:IdentificationCode'),
    })),
  }
}

function toAllowanceCharge(node: XmlNode): AllowanceCharge {
  const indicator = trimXml(node.child('cbc:ChargeIndicator')?.text ?? '')
  const isCharge = indicator === 'true' || indicator === '1'
  const isAllowance = indicator === 'false' || indicator === '0'
  return {
    place: node,
    isCharge: isCharge || isAllowance ? isCharge : undefined,
    amount: node.child('cbc:Amount'),
  }
}

function toTotals(node: XmlNode): Totals {
  return {
    place: node,
    lines: node.child('cbc:LineExtensionAmount'),
    allowances: node.child('cbc:AllowanceTotalAmount'),
    charges: node.child('cbc:ChargeTotalAmount'),
    withoutVat: node.child('cbc:TaxExclusiveAmount'),
    withVat: node.child('cbc:TaxInclusiveAmount'),
    prepaid: node.child('cbc:PrepaidAmount'),
    rounding: node.child('cbc:PayableRoundingAmount'),
    due: node.child('cbc:PayableAmount'),
  }
}

function toVatTotal(node: XmlNode): VatTotal {
  return {
    place: node,
    amount: node.child('cbc:TaxAmount'),
    breakdown: node
      .all('cac:TaxSubtotal')
      .map((subtotal) => ({ place: subtotal, tax: subtotal.child('cbc:TaxAmount') })),
  }
}

/** References to other documents without content or link are no attachments. */
function toAttachment(node: XmlNode): Attachment[] {
  const content = node.first('cac:Attachment', 'cbc:EmbeddedDocumentBinaryObject')
  if (content === undefined) return []
  return [
    {
      place: content,
      isEmbedded: true,
      fileName: content.attribute('filename'),
      mimeCode: content.attribute('mimeCode'),
      bytes: content.text === '' ? undefined : Number(content.text),
    },
  ]
}
