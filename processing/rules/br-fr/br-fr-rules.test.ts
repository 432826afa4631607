import { describe, expect, test } from 'vitest'
import { checkInvoice } from '../../../test/support/check-invoice.ts'
import { EN16931_POLICY } from '../../../test/support/judge-file.ts'
import { NAMESPACES } from '../../formats/xml/xml-names.ts'

const UBL_PARTY = (siren: string): string => `<cac:Party>
  <cbc:EndpointID schemeID="0225">${siren}</cbc:EndpointID>
  <cac:PartyIdentification><cbc:ID schemeID="0009">${siren}00012</cbc:ID></cac:PartyIdentification>
  <cac:PartyLegalEntity><cbc:CompanyID schemeID="0002">${siren}</cbc:CompanyID></cac:PartyLegalEntity>
  <cac:AgentParty><cbc:EndpointID schemeID="0225">agent</cbc:EndpointID></cac:AgentParty>
</cac:Party>`

/** Breaks no rule; not a complete invoice, which is for other sets. */
const ubl = (root: 'Invoice' | 'CreditNote', typeCode: string, lines: string, more = ''): string =>
  `<${root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:${root}-2" xmlns:cac="${NAMESPACES.cac}" xmlns:cbc="${NAMESPACES.cbc}">
<cbc:ProfileID>S1</cbc:ProfileID><cbc:ID>F-1</cbc:ID><cbc:IssueDate>2026-11-22</cbc:IssueDate>
<cbc:DueDate>2026-12-22</cbc:DueDate>
<cbc:${root}TypeCode>${typeCode}</cbc:${root}TypeCode>
<cbc:Note>#PMT#40 euros</cbc:Note><cbc:Note>#PMD#3 times the rate</cbc:Note><cbc:Note>#AAB#None</cbc:Note><cbc:Note>#BAR#B2B</cbc:Note>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-0</cbc:ID><cbc:IssueDate>2026-10-01</cbc:IssueDate><cbc:DocumentTypeCode>380</cbc:DocumentTypeCode></cac:InvoiceDocumentReference></cac:BillingReference>
<cac:AdditionalDocumentReference><cbc:ID schemeID="AFL">A1</cbc:ID><cbc:DocumentDescription>LISIBLE</cbc:DocumentDescription></cac:AdditionalDocumentReference>
<cac:AccountingSupplierParty>${UBL_PARTY('100000009')}</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>${UBL_PARTY('200000008')}</cac:AccountingCustomerParty>
<cac:PayeeParty><cac:PartyIdentification><cbc:ID schemeID="0009">30000000700011</cbc:ID></cac:PartyIdentification></cac:PayeeParty>
<cac:Delivery><cbc:ActualDeliveryDate>2026-11-20</cbc:ActualDeliveryDate><cac:DeliveryLocation><cbc:ID schemeID="0009">20000000800012</cbc:ID></cac:DeliveryLocation></cac:Delivery>
<cac:AllowanceCharge><cbc:Amount>1.00</cbc:Amount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>20</cbc:Percent></cac:TaxCategory></cac:AllowanceCharge>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">2.00</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount>12.00</cbc:TaxInclusiveAmount><cbc:PrepaidAmount>12</cbc:PrepaidAmount><cbc:PayableRoundingAmount>0</cbc:PayableRoundingAmount><cbc:PayableAmount>0.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
${more}${lines}
</${root}>`

const UBL_LINE = `<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity>1.5</cbc:InvoicedQuantity><cbc:LineExtensionAmount>10.00</cbc:LineExtensionAmount>
<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-00</cbc:ID><cbc:IssueDate>2026-09-01</cbc:IssueDate></cac:InvoiceDocumentReference></cac:BillingReference>
<cac:DocumentReference><cbc:ID schemeID="AVV">B1</cbc:ID></cac:DocumentReference>
<cac:Item><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>5.50</cbc:Percent></cac:ClassifiedTaxCategory>
<cac:AdditionalItemProperty><cbc:Name>Colour</cbc:Name><cbc:Value>Blue</cbc:Value></cac:AdditionalItemProperty></cac:Item>
<cac:Price><cbc:PriceAmount>6.666666</cbc:PriceAmount><cbc:BaseQuantity>1</cbc:BaseQuantity><cac:AllowanceCharge><cbc:Amount>0.1</cbc:Amount><cbc:BaseAmount>6.8</cbc:BaseAmount></cac:AllowanceCharge></cac:Price></cac:InvoiceLine>`

const UBL = ubl('Invoice', '380', UBL_LINE)
const UBL_CREDIT = ubl(
  'CreditNote',
  '381',
  UBL_LINE.replaceAll('InvoiceLine', 'CreditNoteLine').replaceAll('InvoicedQ', 'CreditedQ'),
)

const CII_PARTY = (name: string, siren: string): string => `<ram:${name}>
  <ram:GlobalID schemeID="0009">${siren}00012</ram:GlobalID>
  <ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">${siren}</ram:ID></ram:SpecifiedLegalOrganization>
  <ram:URIUniversalCommunication><ram:URIID schemeID="0225">${siren}</ram:URIID></ram:URIUniversalCommunication></ram:${name}>`
const ciiNote = (code: string, content: string): string =>
  `<ram:IncludedNote><ram:Content>${content}</ram:Content><ram:SubjectCode>${code}</ram:SubjectCode></ram:IncludedNote>`
const ciiDate = (name: string, day: string): string =>
  `<ram:${name}><udt:DateTimeString format="102">${day}</udt:DateTimeString></ram:${name}>`

const CII = `<rsm:CrossIndustryInvoice xmlns:rsm="${NAMESPACES.rsm}" xmlns:ram="${NAMESPACES.ram}" xmlns:udt="${NAMESPACES.udt}" xmlns:qdt="${NAMESPACES.qdt}">
<rsm:ExchangedDocumentContext><ram:BusinessProcessSpecifiedDocumentContextParameter><ram:ID>S1</ram:ID></ram:BusinessProcessSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>F-1</ram:ID><ram:TypeCode>380</ram:TypeCode>${ciiDate('IssueDateTime', '20261122')}
${ciiNote('PMT', '40 euros')}${ciiNote('PMD', '3 times')}${ciiNote('AAB', 'None')}${ciiNote('BAR', 'B2B')}</rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct><ram:ApplicableProductCharacteristic><ram:TypeCode>C</ram:TypeCode><ram:Description>Colour</ram:Description><ram:Value>Blue</ram:Value></ram:ApplicableProductCharacteristic></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity>1</ram:BilledQuantity>${CII_PARTY('ShipToTradeParty', '200000008')}</ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement>
<ram:BillingSpecifiedPeriod>${ciiDate('StartDateTime', '20261101')}${ciiDate('EndDateTime', '20261130')}</ram:BillingSpecifiedPeriod>
<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>F-00</ram:IssuerAssignedID><ram:TypeCode>381</ram:TypeCode></ram:InvoiceReferencedDocument></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>
<ram:ApplicableHeaderTradeAgreement>${CII_PARTY('SellerTradeParty', '100000009')}${CII_PARTY('BuyerTradeParty', '200000008')}
<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>A1</ram:IssuerAssignedID><ram:TypeCode>916</ram:TypeCode><ram:Name>LISIBLE</ram:Name><ram:ReferenceTypeCode>AFL</ram:ReferenceTypeCode></ram:AdditionalReferencedDocument>
</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery>${CII_PARTY('ShipToTradeParty', '200000008')}</ram:ApplicableHeaderTradeDelivery>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
${CII_PARTY('InvoicerTradeParty', '100000009')}${CII_PARTY('PayeeTradeParty', '300000007')}
<ram:SpecifiedTradePaymentTerms>${ciiDate('DueDateDateTime', '20261222')}</ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:GrandTotalAmount>12.00</ram:GrandTotalAmount><ram:TotalPrepaidAmount>12</ram:TotalPrepaidAmount><ram:DuePayableAmount>0</ram:DuePayableAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>F-0</ram:IssuerAssignedID><ram:FormattedIssueDateTime><qdt:DateTimeString>20261001</qdt:DateTimeString></ram:FormattedIssueDateTime></ram:InvoiceReferencedDocument>
</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>`

/** A group of the seller, and its detail, in a multi-vendor invoice. */
const ublMember = (id: string, status: string, parent: string, more: string): string =>
  `<cac:InvoiceLine><cbc:ID>${id}</cbc:ID><cbc:LineExtensionAmount>10.00</cbc:LineExtensionAmount>${more}
<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-1</cbc:ID><cbc:DocumentStatusCode>${status}</cbc:DocumentStatusCode></cac:InvoiceDocumentReference>${parent}</cac:BillingReference>
<cac:DocumentReference><cbc:ID schemeID="AFL">F-1</cbc:ID><cbc:DocumentTypeCode>130</cbc:DocumentTypeCode></cac:DocumentReference>
<cac:DocumentReference><cbc:ID schemeID="AVV">S1</cbc:ID><cbc:DocumentTypeCode>130</cbc:DocumentTypeCode></cac:DocumentReference>
<cac:Item><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:TaxExemptionReason>#F-1#</cbc:TaxExemptionReason></cac:ClassifiedTaxCategory>
<cac:ManufacturerParty><cac:PostalAddress><cac:Country><cbc:IdentificationCode>FR</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>One</cbc:RegistrationName><cbc:CompanyID>100000009</cbc:CompanyID></cac:PartyLegalEntity></cac:ManufacturerParty></cac:Item></cac:InvoiceLine>`
const BREAKDOWN = `<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">2.00</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxAmount>2.00</cbc:TaxAmount><cac:TaxCategory><cbc:TaxExemptionReason>#F-1#</cbc:TaxExemptionReason><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>`
const GROUP = ublMember(
  '1',
  'GROUP',
  '',
  '<cbc:TaxInclusiveLineExtensionAmount>12.00</cbc:TaxInclusiveLineExtensionAmount><cac:TaxTotal><cbc:TaxAmount currencyID="EUR">2.00</cbc:TaxAmount></cac:TaxTotal>',
)
const DETAIL = ublMember(
  '2',
  'DETAIL',
  '<cac:BillingReferenceLine><cbc:ID>1</cbc:ID></cac:BillingReferenceLine>',
  '',
)
const MULTI = ubl('Invoice', '380', GROUP + DETAIL, BREAKDOWN).replace('>S1<', '>S8<')
const BIDIRECTIONAL = MULTI.replace('>S8<', '>S9<')
  .replace('TypeCode>380', 'TypeCode>389')
  .replace(
    '<cac:InvoiceLine>',
    `${GROUP.replace('<cbc:ID>1<', '<cbc:ID>3<').replaceAll('F-1<', 'F-2<').replace('>F-2</cbc:ID><cbc:DocumentStatusCode', '>F-1</cbc:ID><cbc:DocumentStatusCode').replace('#F-1#', '#F-2#').replaceAll('10.00', '0').replaceAll('>2.00<', '>0<').replaceAll('>12.00<', '>0<').replace('100000009', '200000008')}<cac:InvoiceLine>`,
  )

const ciiMember = (id: string, status: string, parent: string, more: string): string =>
  `<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>${id}</ram:LineID>${parent}<ram:LineStatusReasonCode>${status}</ram:LineStatusReasonCode></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedLineTradeAgreement><ram:ItemSellerTradeParty><ram:Name>One</ram:Name><ram:SpecifiedLegalOrganization><ram:ID>100000009</ram:ID></ram:SpecifiedLegalOrganization><ram:PostalTradeAddress><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress></ram:ItemSellerTradeParty></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:CategoryCode>S</ram:CategoryCode><ram:ExemptionReason>#F-1#</ram:ExemptionReason></ram:ApplicableTradeTax>
<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>10.00</ram:LineTotalAmount>${more}</ram:SpecifiedTradeSettlementLineMonetarySummation>
<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>F-1</ram:IssuerAssignedID><ram:TypeCode>130</ram:TypeCode><ram:ReferenceTypeCode>AFL</ram:ReferenceTypeCode></ram:AdditionalReferencedDocument>
<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>S1</ram:IssuerAssignedID><ram:TypeCode>130</ram:TypeCode><ram:ReferenceTypeCode>AVV</ram:ReferenceTypeCode></ram:AdditionalReferencedDocument></ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>`
const CII_GROUP = ciiMember(
  '1',
  'GROUP',
  '',
  '<ram:TaxTotalAmount currencyID="EUR">2.00</ram:TaxTotalAmount><ram:GrandTotalAmount>12.00</ram:GrandTotalAmount>',
)
const CII_DETAIL = ciiMember('2', 'DETAIL', '<ram:ParentLineID>1</ram:ParentLineID>', '')
const CII_MULTI = CII.replace(
  /<ram:IncludedSupplyChainTradeLineItem>[^]*<\/ram:IncludedSupplyChainTradeLineItem>/,
  CII_GROUP + CII_DETAIL,
)
  .replace('<ram:ID>S1<', '<ram:ID>S8<')
  .replace(
    '<ram:SpecifiedTradePaymentTerms>',
    '<ram:ApplicableTradeTax><ram:CalculatedAmount>2.00</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode><ram:ExemptionReason>#F-1#</ram:ExemptionReason><ram:CategoryCode>S</ram:CategoryCode></ram:ApplicableTradeTax><ram:SpecifiedTradePaymentTerms>',
  )

/** The rules that break, what is done to the invoice, and what it is done to. */
type Case = readonly [rules: string, from: string | RegExp, to: string, xml: string]

const LONG = 'A'.repeat(36)
const LONG_ADDRESS = `200000008${'x'.repeat(120)}`
const CASES: readonly Case[] = [
  ['BR-FR-01_BT-1-1', '<cbc:ID>F-1<', `<cbc:ID>${LONG}<`, UBL],
  ['BR-FR-01_BT-1', '<ram:ID>F-1<', `<ram:ID>${LONG}<`, CII],
  ['BR-FR-01_BT-1-2 BR-FR-02_BT-1', '<cbc:ID>F-1<', '<cbc:ID>F 1<', UBL],
  ['BR-FR-02_BT-1', '<ram:ID>F-1<', '<ram:ID> F-1<', CII],
  ['BR-FR-01_BT-25-1', '>F-0<', `>${LONG}<`, UBL],
  ['BR-FR-01_BT-25', '>F-0<', `>${LONG}<`, CII],
  ['BR-FR-01_BT-25-2 BR-FR-02_BT-25', '>F-0<', '>F.0<', UBL_CREDIT],
  ['BR-FR-01_EXT-FR-FE-136-1', '>F-00<', `>${LONG}<`, UBL],
  ['BR-FR-01_EXT-FR-FE-136-2 BR-FR-02_EXT-FR-FE-136', '>F-00<', '>é<', UBL_CREDIT],
  ['BR-FR-01_EXT-FR-FE-136', '>F-00<', `>${LONG}<`, CII],
  ['BR-FR-02_EXT-FR-FE-136', '>F-00<', '>F*<', CII],
  ['BR-FR-03_BT-2', '2026-11-22', '2026-02-30', UBL],
  ['BR-FR-03_BT-26', '2026-10-01', '1999-10-01', UBL],
  ['BR-FR-03_BT-72', '2026-11-20', '20261120', UBL],
  ['BR-FR-03_EXT-FR-FE-138', '2026-09-01', '2026-13-01', UBL_CREDIT],
  ['BR-FR-03_EXT-FR-FE-134', '20261101', '20261100', CII],
  ['BR-FR-03_EXT-FR-FE-135', '20261130', '20261131', CII],
  [
    'BR-FR-03_BT-7',
    '<cbc:DueDate>',
    '<cbc:TaxPointDate>1999-01-01</cbc:TaxPointDate><cbc:DueDate>',
    UBL,
  ],
  [
    'BR-FR-03_BT-134 BR-FR-03_BT-135',
    '<cac:Price>',
    '<cac:InvoicePeriod><cbc:StartDate>2100-01-01</cbc:StartDate><cbc:EndDate>2100-02-01</cbc:EndDate></cac:InvoicePeriod><cac:Price>',
    UBL_CREDIT,
  ],
  [
    'BR-FR-03_EXT-FR-FE-158',
    '<cac:Price>',
    '<cac:Delivery><cbc:ActualDeliveryDate>x</cbc:ActualDeliveryDate></cac:Delivery><cac:Price>',
    UBL,
  ],
  ['BR-FR-04_EXT-FR-FE-02', 'TypeCode>380</cbc:Doc', 'TypeCode>999</cbc:Doc', UBL],
  ['BR-FR-04_EXT-FR-FE-137', 'TypeCode>381<', 'TypeCode>751<', CII],
  ['BR-FR-05_BT-22-2', '#PMD#', '#ABC#', UBL],
  ['BR-FR-06_BT-21-1', '#BAR#B2B', '#PMT#1', UBL],
  ['BR-FR-06_BT-21-3', '#BAR#B2B', '#AAB#1', UBL_CREDIT],
  ['BR-FR-06_BT-21_PMD', '>BAR<', '>PMD<', CII],
  [
    'BR-FR-06_BT-21_TXD',
    /<ram:IncludedNote>/,
    ciiNote('TXD', '1') + ciiNote('TXD', '2') + '<ram:IncludedNote>',
    CII,
  ],
  ['BR-FR-08_BT-23', '>S1<', '>S<', UBL],
  ['BR-FR-09_BT-29', '10000000900012', '1000000090001', UBL],
  ['BR-FR-09_BT-60', '30000000700011', '3000000070001', UBL],
  [
    'BR-FR-09_BT-71',
    '<cbc:ID schemeID="0009">20000000800012</cbc:ID></cac:DeliveryLocation>',
    '<cbc:ID schemeID="0009">2</cbc:ID></cac:DeliveryLocation>',
    UBL,
  ],
  [
    'BR-FR-09_EXT-FR-FE-115',
    /(<ram:InvoicerTradeParty>\s*<ram:GlobalID schemeID="0009">)1/,
    '$19',
    CII,
  ],
  ['BR-FR-09_EXT-FR-FE-146', /20000000800012/, '99000000800012', CII],
  ['BR-FR-10_BT-30 BR-FR-09_BT-29', /schemeID="0002">100000009/, 'schemeID="0001">100000009', UBL],
  [
    'BR-FR-11_BT-47 BR-FR-09_BT-46',
    /schemeID="0002">200000008(?=<\/cbc)/,
    'schemeID="0001">200000008',
    UBL,
  ],
  [
    'BR-FR-18_BT-123',
    '<cac:AdditionalDocumentReference>',
    '<cac:AdditionalDocumentReference><cbc:DocumentDescription>LISIBLE</cbc:DocumentDescription></cac:AdditionalDocumentReference><cac:AdditionalDocumentReference>',
    UBL,
  ],
  [
    'BR-FR-18_BT-123',
    '<ram:AdditionalReferencedDocument>',
    '<ram:AdditionalReferencedDocument><ram:Name>LISIBLE</ram:Name></ram:AdditionalReferencedDocument><ram:AdditionalReferencedDocument>',
    CII,
  ],
  ['BR-FR-20_BT-21', '#BAR#B2B', '#BAR#B2G', UBL],
  ['BR-FR-20_BT-21', '<ram:Content>B2B<', '<ram:Content>B2G<', CII],
  ['BR-FR-21_BT-49', 'schemeID="0225">200000008', 'schemeID="0088">200000008', UBL],
  ['BR-FR-21_BT-49', /(<ram:BuyerTradeParty>[^]*?"0225">)2/, '$19', CII],
  ['BR-FR-22_BT-34', /TypeCode>380<\/cbc:I([^]*?)"0225">/, 'TypeCode>389</cbc:I$1"0088">', UBL],
  [
    'BR-FR-22_BT-34',
    /TypeCode>380<([^]*<ram:SellerTradeParty>[^]*?"0225">)1/,
    'TypeCode>389<$19',
    CII,
  ],
  ['BR-FR-23_BT-49', 'schemeID="0225">200000008', 'schemeID="0225">200000008/1', UBL],
  ['BR-FR-23_EXT-FR-FE-75', '>agent<', '>ag nt<', UBL],
  ['BR-FR-25_BT-49', 'schemeID="0225">200000008', `schemeID="0225">${LONG_ADDRESS}`, UBL],
  [
    'BR-FR-25_EXT-FR-FE-29',
    /(<ram:PayeeTradeParty>[^]*?"0225">)300000007/,
    `$1${'9'.repeat(126)}`,
    CII,
  ],
  ['BR-FR-24_BT-29', '"0009">10000000900012', '"0224">a/b', UBL],
  [
    'BR-FR-26_BT-46',
    '"0009">20000000800012</cbc:ID></cac:PartyI',
    `"0224">${'a'.repeat(101)}</cbc:ID></cac:PartyI`,
    UBL,
  ],
  ['BR-FR-27_BT-160', '>Colour<', '> <', CII],
  ['BR-FR-27_EXT-FR-FE-159', '>C<', '><', CII],
  [
    'BR-FR-28-Value',
    '<cbc:Value>',
    '<cbc:ValueQuantity unitCode="C62">1</cbc:ValueQuantity><cbc:Value>',
    UBL,
  ],
  [
    'BR-FR-28-Value',
    /<cbc:Value>.*?<\/cbc:Value>/,
    '<cbc:ValueQuantity>1</cbc:ValueQuantity>',
    UBL_CREDIT,
  ],
  ['BR-FR-29_AFL', '>A1<', '><', UBL],
  [
    'BR-FR-29_BT-18',
    '</ram:AdditionalReferencedDocument>',
    '</ram:AdditionalReferencedDocument><ram:AdditionalReferencedDocument><ram:ReferenceTypeCode>AFL</ram:ReferenceTypeCode></ram:AdditionalReferencedDocument>',
    CII,
  ],
  ['BR-FR-29_AVV', '"AFL">A1<', '"AVV"><', UBL_CREDIT],
  [
    'BR-FR-30_BT-128',
    '<cbc:ID schemeID="AVV">',
    '<cbc:ID schemeID="AVV">B2</cbc:ID><cbc:ID schemeID="AVV">',
    UBL,
  ],
  ['BR-FR-30_AVV', '>B1<', '> <', UBL],
  ['BR-FR-30_BT-21', '<cbc:Note>#BAR#B2B', '<cbc:Note>#BAR#B2B</cbc:Note><cbc:Note>#BAR#B2C', UBL],
  ['BR-FR-31_BT-21', /<ram:IncludedNote>/, `${ciiNote('BAR', 'B2C')}<ram:IncludedNote>`, CII],
  ['BR-FR-32-ID', '"0009">30000000700011', '"0231">30000000700011', UBL],
  ['BR-FR-32-LEGALID BR-FR-09_BT-29 BR-FR-10_BT-30', '"0002">100000009', '"0002">10000000', UBL],
  ['BR-FR-32-GLOBALID', '"0009">30000000700012', '"0002">30000000700012', CII],
  ['BR-FR-CO-03_BT-3', 'TypeCode>381</cbc:Credit', 'TypeCode>262</cbc:Credit', UBL_CREDIT],
  [
    'BR-FR-CO-04_BT-3',
    /TypeCode>380<([^]*?)<cac:BillingReference>/,
    'TypeCode>384<$1<cac:BillingReference/><cac:BillingReference>',
    UBL,
  ],
  ['BR-FR-CO-05_BT-3', /<cbc:IssueDate>2026-(10|09)-01<\/cbc:IssueDate>/g, '', UBL_CREDIT],
  ['BR-FR-CO-07_BT-9', '2026-12-22', '2026-11-21', UBL],
  ['BR-FR-CO-08_BT-23', />S1<([^]*)TypeCode>380<\/cbc:I/, '>S4<$1TypeCode>386</cbc:I', UBL],
  ['BR-FR-CO-09_BT-23-1', />S1<([^]*)>12</, '>S2<$1>11<', UBL],
  [
    'BR-FR-CO-09_BT-23-2',
    />S1<([^]*)<cbc:PayableAmount>0.00</,
    '>S2<$1<cbc:PayableAmount>0.01<',
    UBL,
  ],
  ['BR-FR-CO-09_BT-23-3', />S1<([^]*)<cbc:DueDate>.*?<\/cbc:DueDate>/, '>S2<$1', UBL],
  [
    'BR-FR-CO-10_BT-29-1',
    '<ram:SellerTradeParty>',
    '<ram:SellerTradeParty><ram:GlobalID>1</ram:GlobalID>',
    CII,
  ],
  [
    'BR-FR-CO-10_BT-60-2',
    '<cac:PayeeParty>',
    '<cac:PayeeParty><cac:PartyIdentification><cbc:ID schemeID="0009">30000000700011</cbc:ID></cac:PartyIdentification>',
    UBL,
  ],
  [
    'BR-FR-CO-10_BT-71-1',
    '<cac:DeliveryLocation><cbc:ID schemeID="0009">',
    '<cac:DeliveryLocation><cbc:ID>',
    UBL,
  ],
  ['BR-FR-CO-12_BT-5', '>EUR</cbc:Doc', '>CHF</cbc:Doc', UBL],
  ['BR-FR-CO-14_BT-29-1 BR-FR-CO-15_BT-29-1', '"0009">10000000900012', '"0231">100000009', UBL],
  ['BR-FR-CO-14_BT-29-1 BR-FR-CO-15_BT-29-1', '"0009">10000000900012', '"0231">100000009', CII],
  [
    'BR-FR-DEC-01_BT-114',
    '<cbc:PayableRoundingAmount>0<',
    '<cbc:PayableRoundingAmount>0.001<',
    UBL,
  ],
  ['BR-FR-DEC-01_BT-112', '>12.00<', `>${'1'.repeat(18)}.00<`, CII],
  ['BR-FR-DEC-02_BT-129', '>1.5<', '>1.50001<', UBL],
  ['BR-FR-DEC-02_BT-149', '<cbc:BaseQuantity>1<', '<cbc:BaseQuantity>1,0<', UBL_CREDIT],
  ['BR-FR-DEC-03_BT-146', '>6.666666<', '>-6.66<', UBL],
  ['BR-FR-DEC-03_BT-147', '>0.1<', '>-0.1<', UBL],
  ['BR-FR-DEC-03_BT-148', '>6.8<', '>6.1234567<', UBL],
  ['BR-FR-DEC-04_BT-96_BT-103 BR-FR-16_BT-96', '>20<', '>20.000<', UBL],
  ['BR-FR-DEC-04_BT-152', '>5.50<', '>55.055<', UBL_CREDIT],
  ['BR-FR-MV-01_EXT-FR-FE-163', '>DETAIL<', '> <', MULTI],
  ['BR-FR-MV-02_EXT-FR-FE-163', '>GROUP<', '>INFORMATION<', MULTI],
  ['BR-FR-MV-03_EXT-FR-FE-164', '>One<', '><', MULTI],
  ['BR-FR-MV-03_EXT-FR-FE-164', '>One<', '> <', CII_MULTI],
  [
    'BR-FR-MV-03_EXT-FR-FE-167 BR-FR-MV-06_EXT-FR-FE-167',
    /<cbc:CompanyID>100000009</,
    '<cbc:CompanyID><',
    MULTI,
  ],
  ['BR-FR-MV-03_EXT-FR-FE-177', '>FR<', '><', MULTI],
  [
    'BR-FR-MV-03_EXT-FR-FE-181 BR-FR-MV-09_EXT-FR-FE-181 BR-FR-MV-10_EXT-FR-FE-184',
    /(<\/cbc:TaxInclusiveLineExtensionAmount><cac:TaxTotal><cbc:TaxAmount currencyID=")EUR/,
    '$1USD',
    MULTI,
  ],
  [
    'BR-FR-MV-03_EXT-FR-FE-182',
    '<ram:InvoiceCurrencyCode>',
    '<ram:TaxCurrencyCode>CHF</ram:TaxCurrencyCode><ram:InvoiceCurrencyCode>',
    CII_MULTI,
  ],
  ['BR-FR-MV-03_BT-128_AVV', 'AVV">S1<', 'AVV">S8<', MULTI],
  ['BR-FR-MV-03_BT-128_AVV', /<ram:IssuerAssignedID>S1</, '<ram:IssuerAssignedID>S8<', CII_MULTI],
  [
    'BR-FR-MV-03_BT-128_AFL BR-FR-MV-07_BT-128 BR-FR-MV-09_EXT-FR-FE-181 BR-FR-MV-11_BT-128 BR-FR-30_AFL',
    /AFL">F-1</,
    'AFL"><',
    MULTI,
  ],
  [
    'BR-FR-MV-03_BT-128_AFL BR-FR-MV-07_BT-128 BR-FR-MV-09_EXT-FR-FE-181 BR-FR-MV-11_BT-128',
    /<ram:IssuerAssignedID>F-1<\/ram:IssuerAssignedID>/,
    '',
    CII_MULTI,
  ],
  ['BR-FR-MV-05_EXT-FR-FE-BG-12', /(?<=>2<[^]*)>10.00</, '>9.98<', MULTI],
  ['BR-FR-MV-05_EXT-FR-FE-BG-12', /(?<=ParentLineID[^]*)>10.00</, '>9.98<', CII_MULTI],
  ['BR-FR-MV-07_BT-128 BR-FR-MV-08_BT-128', /(?<=DETAIL[^]*)AFL">F-1</, 'AFL">F-3<', MULTI],
  ['BR-FR-MV-08_BT-128', /(?<=DETAIL[^]*)#F-1#/, '#F-10#', MULTI],
  ['BR-FR-MV-09_EXT-FR-FE-181', /#F-1#/, '#F-10#', MULTI],
  ['BR-FR-MV-10_EXT-FR-FE-184', />12.00<(?=\/cbc:TaxInclusiveL)/, '>12.02<', MULTI],
  [
    'BR-FR-MV-12_BT-128 BR-FR-MV-11_BT-128',
    '<cac:InvoiceLine>',
    `${GROUP.replace('<cbc:ID>1<', '<cbc:ID>3<').replaceAll('10.00', '0').replaceAll('>12.00<', '>2<')}<cac:InvoiceLine>`,
    MULTI,
  ],
  ['BR-FR-MV-13_BT-3', 'TypeCode>380</cbc:I', 'TypeCode>389</cbc:I', MULTI],
  [
    'BR-FR-MV-14-EXT-FR-FE-136 BR-FR-MV-14-EXT-FR-FE-138',
    'TypeCode>380</cbc:I',
    'TypeCode>384</cbc:I',
    MULTI,
  ],
  [
    'BR-FR-MV-14-EXT-FR-FE-136 BR-FR-MV-14-EXT-FR-FE-138',
    'TypeCode>380<',
    'TypeCode>381<',
    CII_MULTI,
  ],
  ['BR-FR-BD-02_BT-47', /<cbc:CompanyID>200000008</, '<cbc:CompanyID>9<', BIDIRECTIONAL],
  ['BR-FR-MV-BD_BT-3', 'TypeCode>389', 'TypeCode>380', BIDIRECTIONAL],
  [
    'BR-FR-BD-14-EXT-FR-FE-136 BR-FR-BD-14-EXT-FR-FE-138',
    'TypeCode>389',
    'TypeCode>471',
    BIDIRECTIONAL,
  ],
  [
    'BR-FR-BD-02_BT-30 BR-FR-09_BT-29 BR-FR-22_BT-34',
    '"0002">100000009',
    '"0002">100000008',
    BIDIRECTIONAL,
  ],
  [
    'BR-FR-BD-02_EXT-FR-FE-163 BR-FR-BD-02_BT-47',
    /<cac:InvoiceLine>[^]*?<\/cac:InvoiceLine>/,
    '',
    BIDIRECTIONAL,
  ],
  ['BR-FR-BD-02_EXT-FR-FE-163 BR-FR-BD-02_BT-47 BR-FR-BD-13_BT-3', '>S8<', '>S9<', CII_MULTI],
  [
    'BR-FR-BD-02_EXT-FR-FE-163 BR-FR-BD-02_BT-47 BR-FR-BD-02_BT-31 BR-FR-BD-13_BT-3',
    '>S8<',
    '>S9<',
    CII_MULTI.replaceAll('<ram:ID>100000009<', '<ram:ID>1<'),
  ],
]

/** Identifier, address, and where such a party stands in UBL and in a CII transaction. */
const EXTENSION_PARTIES = [
  [
    'EXT-FR-FE-06',
    'EXT-FR-FE-12',
    'cac:AccountingCustomerParty/cac:Party/cac:AgentParty',
    'ram:ApplicableHeaderTradeAgreement/ram:BuyerAgentTradeParty',
  ],
  [
    'EXT-FR-FE-46',
    'EXT-FR-FE-52',
    'cac:PaymentMeans/cac:PaymentMandate/cac:PayerParty',
    'ram:ApplicableHeaderTradeSettlement/ram:PayerTradeParty',
  ],
  [
    'EXT-FR-FE-69',
    'EXT-FR-FE-75',
    'cac:AccountingSupplierParty/cac:Party/cac:AgentParty',
    'ram:ApplicableHeaderTradeAgreement/ram:SalesAgentTradeParty',
  ],
  [
    'EXT-FR-FE-92',
    'EXT-FR-FE-98',
    'cac:AccountingCustomerParty/cac:Party/cac:ServiceProviderParty/cac:Party',
    'ram:ApplicableHeaderTradeSettlement/ram:InvoiceeTradeParty',
  ],
  [
    'EXT-FR-FE-115',
    'EXT-FR-FE-121',
    'cac:AccountingSupplierParty/cac:Party/cac:ServiceProviderParty/cac:Party',
    'ram:ApplicableHeaderTradeSettlement/ram:InvoicerTradeParty',
  ],
] as const

const wrapped = (steps: string, inside: string): string =>
  steps.split('/').reduceRight((content, step) => `<${step}>${content}</${step}>`, inside)
const ids = (element: string, wrapper: string): string =>
  ['schemeID="0009"', 'schemeID="0009"', '']
    .map((scheme) => `<${element} ${scheme}>1</${element}>`)
    .map((id) => (wrapper === '' ? id : wrapped(wrapper, id)))
    .join('')
const BAD_ADDRESS = '/'.repeat(126)

function judge(xml: string): readonly string[] {
  const format = xml.startsWith('<rsm') ? 'cii' : 'ubl'
  const { findings } = checkInvoice(
    { part: 1, file: 'F1.xml', bytes: Buffer.from(xml) },
    { ...EN16931_POLICY, ruleSets: ['br-fr'], format },
  )
  return [...new Set(findings.map(({ rule }) => rule))].toSorted()
}

describe('the French CTC rules', () => {
  test.each([
    ['UBL invoice', UBL],
    ['UBL credit note', UBL_CREDIT],
    ['CII', CII],
    ['multi-vendor UBL', MULTI],
    ['multi-vendor CII', CII_MULTI],
    ['bidirectional UBL', BIDIRECTIONAL],
  ])('the %s that the cases start from breaks none', (_name, xml) => {
    expect(judge(xml)).toEqual([])
  })

  test.each(CASES)('%s breaks when %s is made %s', (rules, from, to, xml) => {
    const changed = xml.replace(from, to)
    expect(changed).not.toBe(xml)
    expect(judge(changed)).toEqual(rules.split(' ').toSorted())
  })

  test.each(EXTENSION_PARTIES)(
    'the party %s of the French extension is judged as others',
    (id, address, ublSteps, ciiSteps) => {
      const broken = [
        `BR-FR-09_${id}`,
        `BR-FR-CO-10_${id}-1`,
        `BR-FR-CO-10_${id}-2`,
        `BR-FR-23_${address}`,
        `BR-FR-25_${address}`,
      ]
      const ublParty = `<cbc:EndpointID schemeID="0225">${BAD_ADDRESS}</cbc:EndpointID>${ids('cbc:ID', 'cac:PartyIdentification')}`
      const ciiParty = `${ids('ram:GlobalID', '')}${wrapped('ram:URIUniversalCommunication', `<ram:URIID schemeID="0225">${BAD_ADDRESS}</ram:URIID>`)}`
      const inUbl = UBL.replace('</Invoice>', `${wrapped(ublSteps, ublParty)}</Invoice>`)
      const end = '</rsm:SupplyChainTradeTransaction>'
      const inCii = CII.replace(end, `${wrapped(ciiSteps, ciiParty)}${end}`)
      expect(judge(inUbl)).toEqual(expect.arrayContaining(broken))
      expect(judge(inCii)).toEqual(expect.arrayContaining(broken))
    },
  )
})
