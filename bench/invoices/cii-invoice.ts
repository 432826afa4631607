import { NAMESPACES } from '../../processing/formats/xml/xml-names.ts'

/** Fictional parties of the qualification platform's own samples (reference chorus-pro-edi §7.5). */
const SELLER = { siret: '00000000005719', vat: 'FR12000000000' }
const BUYER = { siret: '00000000005734' }

/** A UN/CEFACT CII D16B invoice in EUR at 20 % VAT, valid for EN 16931 and Chorus Pro. */
export function makeCiiInvoice(number: string, lines: number): string {
  const items = Array.from({ length: lines }, (_, index) => lineItem(index + 1))
  const net = Array.from({ length: lines }, (_, index) => netCents(index + 1)).reduce(
    (sum, cents) => sum + cents,
    0,
  )
  const vat = Math.round(net / 5)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<rsm:CrossIndustryInvoice xmlns:rsm="${NAMESPACES.rsm}" xmlns:ram="${NAMESPACES.ram}" xmlns:udt="${NAMESPACES.udt}">`,
    group(
      'rsm:ExchangedDocumentContext',
      group('ram:BusinessProcessSpecifiedDocumentContextParameter', element('ram:ID', 'A1')),
      group(
        'ram:GuidelineSpecifiedDocumentContextParameter',
        element('ram:ID', 'urn:cen.eu:en16931:2017'),
      ),
    ),
    group(
      'rsm:ExchangedDocument',
      element('ram:ID', number),
      element('ram:TypeCode', '380'),
      group('ram:IssueDateTime', date('20261122')),
    ),
    '<rsm:SupplyChainTradeTransaction>',
    ...items,
    group(
      'ram:ApplicableHeaderTradeAgreement',
      element('ram:BuyerReference', 'SERVICE-1'),
      group('ram:SellerTradeParty', party('Fournisseur Exemple SAS', SELLER)),
      group('ram:BuyerTradeParty', party('Commune Exemple', BUYER)),
      group('ram:BuyerOrderReferencedDocument', element('ram:IssuerAssignedID', 'ENG-1')),
    ),
    group(
      'ram:ApplicableHeaderTradeDelivery',
      group(
        'ram:ActualDeliverySupplyChainEvent',
        group('ram:OccurrenceDateTime', date('20261120')),
      ),
    ),
    group(
      'ram:ApplicableHeaderTradeSettlement',
      element('ram:PaymentReference', number),
      element('ram:InvoiceCurrencyCode', 'EUR'),
      group(
        'ram:SpecifiedTradeSettlementPaymentMeans',
        element('ram:TypeCode', '30'),
        group(
          'ram:PayeePartyCreditorFinancialAccount',
          // The example account of the IBAN registry for France.
          element('ram:IBANID', 'FR1420041010050500013M02606'),
        ),
      ),
      group(
        'ram:ApplicableTradeTax',
        amount('ram:CalculatedAmount', vat),
        element('ram:TypeCode', 'VAT'),
        amount('ram:BasisAmount', net),
        element('ram:CategoryCode', 'S'),
        element('ram:RateApplicablePercent', '20'),
      ),
      group(
        'ram:SpecifiedTradePaymentTerms',
        element('ram:Description', 'Paiement à 30 jours'),
        group('ram:DueDateDateTime', date('20261222')),
      ),
      group(
        'ram:SpecifiedTradeSettlementHeaderMonetarySummation',
        amount('ram:LineTotalAmount', net),
        amount('ram:TaxBasisTotalAmount', net),
        `<ram:TaxTotalAmount currencyID="EUR">${euros(vat)}</ram:TaxTotalAmount>`,
        amount('ram:GrandTotalAmount', net + vat),
        amount('ram:DuePayableAmount', net + vat),
      ),
    ),
    '</rsm:SupplyChainTradeTransaction>',
    '</rsm:CrossIndustryInvoice>',
    '',
  ].join('\n')
}

const quantityOf = (line: number): number => (line % 5) + 1
const priceCents = (line: number): number => 1_250 + ((line * 375) % 10_000)
const netCents = (line: number): number => quantityOf(line) * priceCents(line)

function lineItem(line: number): string {
  return group(
    'ram:IncludedSupplyChainTradeLineItem',
    group('ram:AssociatedDocumentLineDocument', element('ram:LineID', String(line))),
    group('ram:SpecifiedTradeProduct', element('ram:Name', `Fourniture d’essai n° ${line}`)),
    group(
      'ram:SpecifiedLineTradeAgreement',
      group('ram:NetPriceProductTradePrice', amount('ram:ChargeAmount', priceCents(line))),
    ),
    group(
      'ram:SpecifiedLineTradeDelivery',
      `<ram:BilledQuantity unitCode="C62">${quantityOf(line)}</ram:BilledQuantity>`,
    ),
    group(
      'ram:SpecifiedLineTradeSettlement',
      group(
        'ram:ApplicableTradeTax',
        element('ram:TypeCode', 'VAT'),
        element('ram:CategoryCode', 'S'),
        element('ram:RateApplicablePercent', '20'),
      ),
      group(
        'ram:SpecifiedTradeSettlementLineMonetarySummation',
        amount('ram:LineTotalAmount', netCents(line)),
      ),
    ),
  )
}

function party(name: string, ids: { readonly siret: string; readonly vat?: string }): string {
  const siren = ids.siret.slice(0, 9)
  return [
    `<ram:GlobalID schemeID="0009">${ids.siret}</ram:GlobalID>`,
    element('ram:Name', name),
    group('ram:SpecifiedLegalOrganization', `<ram:ID schemeID="0002">${siren}</ram:ID>`),
    group(
      'ram:PostalTradeAddress',
      element('ram:PostcodeCode', '44000'),
      element('ram:LineOne', '1 rue des Essais'),
      element('ram:CityName', 'Nantes'),
      element('ram:CountryID', 'FR'),
    ),
    group('ram:URIUniversalCommunication', `<ram:URIID schemeID="0002">${siren}</ram:URIID>`),
    ...(ids.vat === undefined
      ? []
      : [group('ram:SpecifiedTaxRegistration', `<ram:ID schemeID="VA">${ids.vat}</ram:ID>`)]),
  ].join('')
}

const euros = (cents: number): string => (cents / 100).toFixed(2)
const element = (name: string, text: string): string => `<${name}>${text}</${name}>`
const group = (name: string, ...children: readonly string[]): string =>
  `<${name}>${children.join('')}</${name}>`
const amount = (name: string, cents: number): string => element(name, euros(cents))
const date = (day: string): string => `<udt:DateTimeString format="102">${day}</udt:DateTimeString>`
