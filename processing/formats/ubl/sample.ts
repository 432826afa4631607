import { frenchVatNumber } from '../french-vat-number.ts'
import { samplePdf } from '../sample-pdf.ts'
import { NAMESPACES } from '../xml/xml-names.ts'

/** What can be made wrong in a sample, and the rule that finds it. */
export type SampleFault =
  /** BR-02 */
  | 'no-number'
  /** BR-03 */
  | 'no-date'
  /** BR-CO-13, BR-CO-15, BR-CO-16 */
  | 'wrong-total'
  /** BR-16 */
  | 'no-lines'
  /** BR-FR-CPRO-02 */
  | 'long-number'
  /** BR-FR-CPRO-03 */
  | 'no-supplier-siret'
  /** BR-FR-CPRO-10 */
  | 'no-recipient-siret'
  /** XSD-DECIMAL */
  | 'comma-in-amount'
  /** XML-MALFORMED */
  | 'cut'

export interface SampleInvoice {
  /** BT-1, at most 20 characters for Chorus Pro. */
  readonly number: string
  /** `YYYY-MM-DD`. */
  readonly issueDate: string
  /** 14 digits. */
  readonly supplierSiret: string
  readonly recipientSiret: string
  /** Default 2. */
  readonly lines?: number
  readonly fault?: SampleFault
  /** A credit note (381) on an invoice `<number>-0` instead of an invoice (380). */
  readonly credit?: boolean
  /**
   * Default true: everything EN 16931 asks for. False: what the minimal codes ask for (no BT-24,
   * no VAT breakdown, no payment means).
   */
  readonly complete?: boolean
  /** BT-10 and BT-13. */
  readonly serviceCode?: string
  readonly engagement?: string
  /** BT-23; default A1, a supplier's invoice. */
  readonly framework?: string
  /** Default true: a small readable PDF travels in it, as the mixed codes want. */
  readonly pdf?: boolean
}

/** A UBL 2.1 invoice in EUR at 20 % VAT, valid for every rule set unless a fault is asked for. */
export function makeUblInvoice(sample: SampleInvoice): string {
  const { fault, issueDate, credit = false, complete = true } = sample
  const root = credit ? 'CreditNote' : 'Invoice'
  const lines = sampleLines(fault === 'no-lines' ? 0 : (sample.lines ?? 2))
  const net = lines.reduce((total, line) => total + line.netCents, 0)
  const vat = Math.round(net / 5)
  const wrongCents = fault === 'wrong-total' ? 100 : 0
  const number = fault === 'long-number' ? sample.number.padEnd(21, '0') : sample.number
  const xml = [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<${root} xmlns="${credit ? NAMESPACES.cn : NAMESPACES.ubl}" xmlns:cac="${NAMESPACES.cac}" xmlns:cbc="${NAMESPACES.cbc}">`,
    ...(complete ? [element('cbc:CustomizationID', 'urn:cen.eu:en16931:2017')] : []),
    element('cbc:ProfileID', sample.framework ?? 'A1'),
    ...(fault === 'no-number' ? [] : [element('cbc:ID', number)]),
    ...(fault === 'no-date' ? [] : [element('cbc:IssueDate', issueDate)]),
    ...(complete && !credit ? [element('cbc:DueDate', daysAfter(issueDate, 30))] : []),
    credit ? element('cbc:CreditNoteTypeCode', '381') : element('cbc:InvoiceTypeCode', '380'),
    element('cbc:DocumentCurrencyCode', 'EUR'),
    element('cbc:BuyerReference', sample.serviceCode ?? 'SERVICE-1'),
    group('cac:OrderReference', element('cbc:ID', sample.engagement ?? 'ENG-1')),
    ...(credit
      ? [
          group(
            'cac:BillingReference',
            group(
              'cac:InvoiceDocumentReference',
              element('cbc:ID', `${sample.number.slice(0, 18)}-0`),
            ),
          ),
        ]
      : []),
    ...((sample.pdf ?? true) ? [attachment(sample.number)] : []),
    group(
      'cac:AccountingSupplierParty',
      party('Fournisseur Exemple SAS', sample.supplierSiret, {
        givesSiret: fault !== 'no-supplier-siret',
        givesVat: complete,
      }),
    ),
    group(
      'cac:AccountingCustomerParty',
      party('Commune Exemple', sample.recipientSiret, {
        givesSiret: fault !== 'no-recipient-siret',
        givesVat: false,
      }),
    ),
    ...(complete && !credit ? [paymentMeans(sample.number)] : []),
    group('cac:PaymentTerms', element('cbc:Note', 'Paiement à 30 jours')),
    group(
      'cac:TaxTotal',
      amount('cbc:TaxAmount', vat),
      ...(complete ? [vatBreakdown(net, vat)] : []),
    ),
    group(
      'cac:LegalMonetaryTotal',
      amount('cbc:LineExtensionAmount', net),
      amount('cbc:TaxExclusiveAmount', net + wrongCents),
      amount('cbc:TaxInclusiveAmount', net + vat),
      amount('cbc:PayableAmount', net + vat + wrongCents),
    ),
    ...lines.map((line) => invoiceLine(line, root)),
    `</${root}>`,
    '',
  ].join('\n')
  if (fault === 'cut') return xml.slice(0, Math.floor(xml.length / 2))
  return fault === 'comma-in-amount' ? xml.replace(/(PayableAmount[^>]*>\d+)\./, '$1,') : xml
}

interface SampleLine {
  readonly id: number
  readonly quantity: number
  readonly priceCents: number
  readonly netCents: number
}

function sampleLines(count: number): SampleLine[] {
  return Array.from({ length: count }, (_, index) => {
    const quantity = (index % 5) + 1
    const priceCents = 1_250 + ((index * 375) % 10_000)
    return { id: index + 1, quantity, priceCents, netCents: quantity * priceCents }
  })
}

function party(
  name: string,
  siret: string,
  options: { readonly givesSiret: boolean; readonly givesVat: boolean },
): string {
  const siren = siret.slice(0, 9)
  return group(
    'cac:Party',
    `<cbc:EndpointID schemeID="0002">${siren}</cbc:EndpointID>`,
    ...(options.givesSiret
      ? [group('cac:PartyIdentification', `<cbc:ID schemeID="0009">${escape(siret)}</cbc:ID>`)]
      : []),
    group(
      'cac:PostalAddress',
      element('cbc:StreetName', '1 rue des Essais'),
      element('cbc:CityName', 'Nantes'),
      element('cbc:PostalZone', '44000'),
      group('cac:Country', element('cbc:IdentificationCode', 'FR')),
    ),
    ...(options.givesVat
      ? [
          group(
            'cac:PartyTaxScheme',
            element('cbc:CompanyID', frenchVatNumber(siren)),
            group('cac:TaxScheme', element('cbc:ID', 'VAT')),
          ),
        ]
      : []),
    group(
      'cac:PartyLegalEntity',
      element('cbc:RegistrationName', name),
      `<cbc:CompanyID schemeID="0002">${escape(siren)}</cbc:CompanyID>`,
    ),
  )
}

function paymentMeans(number: string): string {
  return group(
    'cac:PaymentMeans',
    element('cbc:PaymentMeansCode', '30'),
    element('cbc:PaymentID', number),
    // The example account of the IBAN registry for France.
    group('cac:PayeeFinancialAccount', element('cbc:ID', 'FR1420041010050500013M02606')),
  )
}

function vatBreakdown(net: number, vat: number): string {
  return group(
    'cac:TaxSubtotal',
    amount('cbc:TaxableAmount', net),
    amount('cbc:TaxAmount', vat),
    taxCategory('cac:TaxCategory'),
  )
}

function taxCategory(name: string): string {
  return group(
    name,
    element('cbc:ID', 'S'),
    element('cbc:Percent', '20'),
    group('cac:TaxScheme', element('cbc:ID', 'VAT')),
  )
}

function invoiceLine(line: SampleLine, root: 'Invoice' | 'CreditNote'): string {
  const quantity = root === 'Invoice' ? 'cbc:InvoicedQuantity' : 'cbc:CreditedQuantity'
  return group(
    `cac:${root}Line`,
    element('cbc:ID', String(line.id)),
    `<${quantity} unitCode="C62">${line.quantity}</${quantity}>`,
    amount('cbc:LineExtensionAmount', line.netCents),
    group(
      'cac:Item',
      element('cbc:Name', `Fourniture d’essai n° ${line.id}`),
      taxCategory('cac:ClassifiedTaxCategory'),
    ),
    group('cac:Price', amount('cbc:PriceAmount', line.priceCents)),
  )
}

function attachment(number: string): string {
  const content = samplePdf(`Facture ${number}`).toString('base64')
  return group(
    'cac:AdditionalDocumentReference',
    element('cbc:ID', number),
    element('cbc:DocumentDescription', 'LISIBLE'),
    group(
      'cac:Attachment',
      `<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="facture.pdf">${content}</cbc:EmbeddedDocumentBinaryObject>`,
    ),
  )
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

const element = (name: string, text: string): string => `<${name}>${escape(text)}</${name}>`

const group = (name: string, ...children: readonly string[]): string =>
  `<${name}>${children.join('')}</${name}>`

const amount = (name: string, cents: number): string =>
  `<${name} currencyID="EUR">${(cents / 100).toFixed(2)}</${name}>`

function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
