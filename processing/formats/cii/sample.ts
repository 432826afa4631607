import { frenchVatNumber } from '../french-vat-number.ts'
import { samplePdf } from '../sample-pdf.ts'
import { NAMESPACES } from '../xml/xml-names.ts'

export interface CiiSampleInvoice {
  /** BT-1, at most 20 characters for Chorus Pro. */
  readonly number: string
  /** `YYYY-MM-DD`. */
  readonly issueDate: string
  /** 14 digits. */
  readonly supplierSiret: string
  readonly recipientSiret: string
  /** BT-23; default A1, a supplier's invoice. */
  readonly framework?: string
  /** Default true: a small readable PDF travels in it, as the mixed codes want. */
  readonly pdf?: boolean
}

/** A CII D16B invoice of one line in EUR at 20 % VAT, valid for every rule set. */
export function makeCiiInvoice(sample: CiiSampleInvoice): string {
  const { number, issueDate, supplierSiret, recipientSiret, framework = 'A1', pdf = true } = sample
  const { rsm, ram, udt } = NAMESPACES
  return `<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="${rsm}" xmlns:ram="${ram}" xmlns:udt="${udt}">
 <rsm:ExchangedDocumentContext>
  <ram:BusinessProcessSpecifiedDocumentContextParameter>
   <ram:ID>${framework}</ram:ID>
  </ram:BusinessProcessSpecifiedDocumentContextParameter>
  <ram:GuidelineSpecifiedDocumentContextParameter>
   <ram:ID>urn:cen.eu:en16931:2017</ram:ID>
  </ram:GuidelineSpecifiedDocumentContextParameter>
 </rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument>
  <ram:ID>${number}</ram:ID>
  <ram:TypeCode>380</ram:TypeCode>
  <ram:IssueDateTime>${day(issueDate)}</ram:IssueDateTime>
 </rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>
  <ram:IncludedSupplyChainTradeLineItem>
   <ram:AssociatedDocumentLineDocument>
    <ram:LineID>1</ram:LineID>
   </ram:AssociatedDocumentLineDocument>
   <ram:SpecifiedTradeProduct>
    <ram:Name>Fourniture d’essai</ram:Name>
   </ram:SpecifiedTradeProduct>
   <ram:SpecifiedLineTradeAgreement>
    <ram:NetPriceProductTradePrice>
     <ram:ChargeAmount>12.50</ram:ChargeAmount>
    </ram:NetPriceProductTradePrice>
   </ram:SpecifiedLineTradeAgreement>
   <ram:SpecifiedLineTradeDelivery>
    <ram:BilledQuantity unitCode="C62">8</ram:BilledQuantity>
   </ram:SpecifiedLineTradeDelivery>
   <ram:SpecifiedLineTradeSettlement>
    <ram:ApplicableTradeTax>
     <ram:TypeCode>VAT</ram:TypeCode>
     <ram:CategoryCode>S</ram:CategoryCode>
     <ram:RateApplicablePercent>20</ram:RateApplicablePercent>
    </ram:ApplicableTradeTax>
    <ram:SpecifiedTradeSettlementLineMonetarySummation>
     <ram:LineTotalAmount>100.00</ram:LineTotalAmount>
    </ram:SpecifiedTradeSettlementLineMonetarySummation>
   </ram:SpecifiedLineTradeSettlement>
  </ram:IncludedSupplyChainTradeLineItem>
  <ram:ApplicableHeaderTradeAgreement>
   <ram:BuyerReference>SERVICE-1</ram:BuyerReference>
   <ram:SellerTradeParty>${party('Fournisseur Exemple SAS', supplierSiret, true)}
   </ram:SellerTradeParty>
   <ram:BuyerTradeParty>${party('Commune Exemple', recipientSiret, false)}
   </ram:BuyerTradeParty>
   <ram:BuyerOrderReferencedDocument>
    <ram:IssuerAssignedID>ENG-1</ram:IssuerAssignedID>
   </ram:BuyerOrderReferencedDocument>${pdf ? attachment(number) : ''}
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeDelivery/>
  <ram:ApplicableHeaderTradeSettlement>
   <ram:PaymentReference>${number}</ram:PaymentReference>
   <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementPaymentMeans>
    <ram:TypeCode>30</ram:TypeCode>
    <ram:PayeePartyCreditorFinancialAccount>
     <ram:IBANID>FR1420041010050500013M02606</ram:IBANID>
    </ram:PayeePartyCreditorFinancialAccount>
   </ram:SpecifiedTradeSettlementPaymentMeans>
   <ram:ApplicableTradeTax>
    <ram:CalculatedAmount>20.00</ram:CalculatedAmount>
    <ram:TypeCode>VAT</ram:TypeCode>
    <ram:BasisAmount>100.00</ram:BasisAmount>
    <ram:CategoryCode>S</ram:CategoryCode>
    <ram:RateApplicablePercent>20</ram:RateApplicablePercent>
   </ram:ApplicableTradeTax>
   <ram:SpecifiedTradePaymentTerms>
    <ram:Description>Paiement à 30 jours</ram:Description>
   </ram:SpecifiedTradePaymentTerms>
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:LineTotalAmount>100.00</ram:LineTotalAmount>
    <ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">20.00</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>120.00</ram:GrandTotalAmount>
    <ram:DuePayableAmount>120.00</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
`
}

function party(name: string, siret: string, givesVat: boolean): string {
  const siren = siret.slice(0, 9)
  const vat = givesVat
    ? `
    <ram:SpecifiedTaxRegistration>
     <ram:ID schemeID="VA">${frenchVatNumber(siren)}</ram:ID>
    </ram:SpecifiedTaxRegistration>`
    : ''
  return `
    <ram:GlobalID schemeID="0009">${siret}</ram:GlobalID>
    <ram:Name>${name}</ram:Name>
    <ram:SpecifiedLegalOrganization>
     <ram:ID schemeID="0002">${siren}</ram:ID>
    </ram:SpecifiedLegalOrganization>
    <ram:PostalTradeAddress>
     <ram:PostcodeCode>44000</ram:PostcodeCode>
     <ram:LineOne>1 rue des Essais</ram:LineOne>
     <ram:CityName>Nantes</ram:CityName>
     <ram:CountryID>FR</ram:CountryID>
    </ram:PostalTradeAddress>
    <ram:URIUniversalCommunication>
     <ram:URIID schemeID="0002">${siren}</ram:URIID>
    </ram:URIUniversalCommunication>${vat}`
}

function attachment(number: string): string {
  const content = samplePdf(`Facture ${number}`).toString('base64')
  return `
   <ram:AdditionalReferencedDocument>
    <ram:IssuerAssignedID>${number}</ram:IssuerAssignedID>
    <ram:TypeCode>916</ram:TypeCode>
    <ram:Name>LISIBLE</ram:Name>
    <ram:AttachmentBinaryObject mimeCode="application/pdf" filename="facture.pdf">${content}</ram:AttachmentBinaryObject>
   </ram:AdditionalReferencedDocument>`
}

const day = (date: string): string =>
  `<udt:DateTimeString format="102">${date.replaceAll('-', '')}</udt:DateTimeString>`
