/**
 * Where the business terms (BT) and groups (BG) of EN 16931 are in each syntax: reference invoices
 * §3. Paths start at the root element of the invoice, those of a term of a line, an allowance … at
 * the element of its group (`within`). `[x=v]` keeps elements whose x holds that text (`!=`: does
 * not hold it, or has no x), `@name` at the end is an attribute.
 */
export interface BusinessTerm {
  readonly en: string
  readonly fr: string
  /** The group that repeats, which the paths start from. */
  readonly within?: BusinessGroupId
  /** Several places: all of them are read, in this order. */
  readonly ubl: readonly string[]
  readonly cii: readonly string[]
}

export interface BusinessGroup {
  readonly en: string
  readonly fr: string
  readonly ubl: readonly string[]
  readonly cii: readonly string[]
}

// UBL
const SP = 'cac:AccountingSupplierParty/cac:Party'
const CP = 'cac:AccountingCustomerParty/cac:Party'
const LMT = 'cac:LegalMonetaryTotal'
const VAT_SCHEME = 'cac:PartyTaxScheme[cac:TaxScheme/cbc:ID=VAT]/cbc:CompanyID'
// CII
const T = 'rsm:SupplyChainTradeTransaction'
const A = `${T}/ram:ApplicableHeaderTradeAgreement`
const D = `${T}/ram:ApplicableHeaderTradeDelivery`
const S = `${T}/ram:ApplicableHeaderTradeSettlement`
const M = `${S}/ram:SpecifiedTradeSettlementHeaderMonetarySummation`
const SELLER = `${A}/ram:SellerTradeParty`
const BUYER = `${A}/ram:BuyerTradeParty`
const PAYEE = `${S}/ram:PayeeTradeParty`
const SHIP_TO = `${D}/ram:ShipToTradeParty`
const MEANS = `${S}/ram:SpecifiedTradeSettlementPaymentMeans`
const LS = 'ram:SpecifiedLineTradeSettlement'
const LA = 'ram:SpecifiedLineTradeAgreement'
const PRODUCT = 'ram:SpecifiedTradeProduct'

type Places = string | readonly string[]
const list = (places: Places): readonly string[] => (typeof places === 'string' ? [places] : places)
const group = (en: string, fr: string, ubl: Places, cii: Places): BusinessGroup => ({
  en,
  fr,
  ubl: list(ubl),
  cii: list(cii),
})
const term = (
  en: string,
  fr: string,
  ubl: Places,
  cii: Places,
  within?: BusinessGroupId,
): BusinessTerm => ({
  ...group(en, fr, ubl, cii),
  ...(within === undefined ? {} : { within }),
})
const inGroup =
  (within: BusinessGroupId) =>
  (en: string, fr: string, ubl: Places, cii: Places): BusinessTerm =>
    term(en, fr, ubl, cii, within)

const UBL_LINES = ['cac:InvoiceLine', 'cac:CreditNoteLine']
const CII_LINES = [`${T}/ram:IncludedSupplyChainTradeLineItem`]
const CII_LINE_ALLOWANCE = `${LS}/ram:SpecifiedTradeAllowanceCharge`
const CII_INDICATOR = 'ram:ChargeIndicator/udt:Indicator'
const lineAllowances = (
  lines: readonly string[],
  place: string,
  indicator: string,
  values: readonly string[],
): string[] =>
  lines.flatMap((line) => values.map((value) => `${line}/${place}[${indicator}=${value}]`))

/** Groups that may come several times, or that rules look at as a whole. */
export const BUSINESS_GROUPS = {
  'BG-1': group(
    'Invoice note',
    'Note de facture',
    'cbc:Note',
    'rsm:ExchangedDocument/ram:IncludedNote',
  ),
  'BG-3': group(
    'Preceding invoice reference',
    'Référence à une facture antérieure',
    'cac:BillingReference/cac:InvoiceDocumentReference',
    `${S}/ram:InvoiceReferencedDocument`,
  ),
  'BG-4': group('Seller', 'Vendeur', SP, SELLER),
  'BG-5': group(
    'Seller postal address',
    'Adresse postale du vendeur',
    `${SP}/cac:PostalAddress`,
    `${SELLER}/ram:PostalTradeAddress`,
  ),
  'BG-6': group(
    'Seller contact',
    'Contact du vendeur',
    `${SP}/cac:Contact`,
    `${SELLER}/ram:DefinedTradeContact`,
  ),
  'BG-7': group('Buyer', 'Acheteur', CP, BUYER),
  'BG-8': group(
    'Buyer postal address',
    'Adresse postale de l’acheteur',
    `${CP}/cac:PostalAddress`,
    `${BUYER}/ram:PostalTradeAddress`,
  ),
  'BG-9': group(
    'Buyer contact',
    'Contact de l’acheteur',
    `${CP}/cac:Contact`,
    `${BUYER}/ram:DefinedTradeContact`,
  ),
  'BG-10': group('Payee', 'Bénéficiaire', 'cac:PayeeParty', PAYEE),
  'BG-11': group(
    'Seller tax representative',
    'Représentant fiscal du vendeur',
    'cac:TaxRepresentativeParty',
    `${A}/ram:SellerTaxRepresentativeTradeParty`,
  ),
  'BG-13': group('Delivery information', 'Informations de livraison', 'cac:Delivery', D),
  'BG-14': group(
    'Invoicing period',
    'Période de facturation',
    'cac:InvoicePeriod',
    `${S}/ram:BillingSpecifiedPeriod`,
  ),
  'BG-16': group('Payment instructions', 'Instructions de paiement', 'cac:PaymentMeans', MEANS),
  'BG-17': group(
    'Credit transfer',
    'Virement',
    'cac:PaymentMeans/cac:PayeeFinancialAccount',
    `${MEANS}/ram:PayeePartyCreditorFinancialAccount`,
  ),
  'BG-20': group(
    'Document level allowance',
    'Remise au niveau du document',
    [
      'cac:AllowanceCharge[cbc:ChargeIndicator=false]',
      'cac:AllowanceCharge[cbc:ChargeIndicator=0]',
    ],
    [
      `${S}/ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator=false]`,
      `${S}/ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator=0]`,
    ],
  ),
  'BG-21': group(
    'Document level charge',
    'Charge au niveau du document',
    ['cac:AllowanceCharge[cbc:ChargeIndicator=true]', 'cac:AllowanceCharge[cbc:ChargeIndicator=1]'],
    [
      `${S}/ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator=true]`,
      `${S}/ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator=1]`,
    ],
  ),
  'BG-22': group('Document totals', 'Totaux du document', LMT, M),
  'BG-23': group(
    'VAT breakdown',
    'Ventilation de la TVA',
    'cac:TaxTotal/cac:TaxSubtotal',
    `${S}/ram:ApplicableTradeTax`,
  ),
  'BG-24': group(
    'Additional supporting document',
    'Document justificatif additionnel',
    'cac:AdditionalDocumentReference[cbc:DocumentTypeCode!=130]',
    `${A}/ram:AdditionalReferencedDocument[ram:TypeCode=916]`,
  ),
  'BG-25': group(
    'Invoice line',
    'Ligne de facture',
    ['cac:InvoiceLine', 'cac:CreditNoteLine'],
    `${T}/ram:IncludedSupplyChainTradeLineItem`,
  ),
  'BG-27': group(
    'Invoice line allowance',
    'Remise de ligne',
    lineAllowances(UBL_LINES, 'cac:AllowanceCharge', 'cbc:ChargeIndicator', ['false', '0']),
    lineAllowances(CII_LINES, CII_LINE_ALLOWANCE, CII_INDICATOR, ['false', '0']),
  ),
  'BG-28': group(
    'Invoice line charge',
    'Charge de ligne',
    lineAllowances(UBL_LINES, 'cac:AllowanceCharge', 'cbc:ChargeIndicator', ['true', '1']),
    lineAllowances(CII_LINES, CII_LINE_ALLOWANCE, CII_INDICATOR, ['true', '1']),
  ),
} as const satisfies Record<`BG-${number}`, BusinessGroup>

export type BusinessGroupId =
  | 'BG-1'
  | 'BG-3'
  | 'BG-4'
  | 'BG-5'
  | 'BG-6'
  | 'BG-7'
  | 'BG-8'
  | 'BG-9'
  | 'BG-10'
  | 'BG-11'
  | 'BG-13'
  | 'BG-14'
  | 'BG-16'
  | 'BG-17'
  | 'BG-20'
  | 'BG-21'
  | 'BG-22'
  | 'BG-23'
  | 'BG-24'
  | 'BG-25'
  | 'BG-27'
  | 'BG-28'

const inNote = inGroup('BG-1')
const inPreceding = inGroup('BG-3')
const inMeans = inGroup('BG-16')
const inBreakdown = inGroup('BG-23')
const inDocument = inGroup('BG-24')
const inLine = inGroup('BG-25')

const UBL_ALLOWANCE = {
  amount: 'cbc:Amount',
  base: 'cbc:BaseAmount',
  percent: 'cbc:MultiplierFactorNumeric',
  category: 'cac:TaxCategory/cbc:ID',
  rate: 'cac:TaxCategory/cbc:Percent',
  reason: 'cbc:AllowanceChargeReason',
  code: 'cbc:AllowanceChargeReasonCode',
} as const
const CII_ALLOWANCE = {
  amount: 'ram:ActualAmount',
  base: 'ram:BasisAmount',
  percent: 'ram:CalculationPercent',
  category: 'ram:CategoryTradeTax/ram:CategoryCode',
  rate: 'ram:CategoryTradeTax/ram:RateApplicablePercent',
  reason: 'ram:Reason',
  code: 'ram:ReasonCode',
} as const

const allowance = (
  part: keyof typeof UBL_ALLOWANCE,
  en: string,
  fr: string,
  within: 'BG-20' | 'BG-21' | 'BG-27' | 'BG-28',
): BusinessTerm => term(en, fr, UBL_ALLOWANCE[part], CII_ALLOWANCE[part], within)

export const BUSINESS_TERMS = {
  'BT-1': term('Invoice number', 'Numéro de facture', 'cbc:ID', 'rsm:ExchangedDocument/ram:ID'),
  'BT-2': term(
    'Issue date',
    'Date d’émission',
    'cbc:IssueDate',
    'rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString',
  ),
  'BT-3': term(
    'Invoice type code',
    'Code de type de facture',
    ['cbc:InvoiceTypeCode', 'cbc:CreditNoteTypeCode'],
    'rsm:ExchangedDocument/ram:TypeCode',
  ),
  'BT-5': term(
    'Currency code',
    'Code de devise',
    'cbc:DocumentCurrencyCode',
    `${S}/ram:InvoiceCurrencyCode`,
  ),
  'BT-6': term(
    'VAT accounting currency code',
    'Code de devise de comptabilisation de la TVA',
    'cbc:TaxCurrencyCode',
    `${S}/ram:TaxCurrencyCode`,
  ),
  'BT-7': term(
    'VAT point date',
    'Date d’exigibilité de la TVA',
    'cbc:TaxPointDate',
    `${S}/ram:ApplicableTradeTax/ram:TaxPointDate/udt:DateString`,
  ),
  'BT-8': term(
    'VAT point date code',
    'Code de date d’exigibilité de la TVA',
    'cac:InvoicePeriod/cbc:DescriptionCode',
    `${S}/ram:ApplicableTradeTax/ram:DueDateTypeCode`,
  ),
  'BT-9': term(
    'Payment due date',
    'Date d’échéance',
    ['cbc:DueDate', 'cac:PaymentMeans/cbc:PaymentDueDate'],
    `${S}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString`,
  ),
  'BT-10': term(
    'Buyer reference (service code)',
    'Référence de l’acheteur (code service)',
    'cbc:BuyerReference',
    `${A}/ram:BuyerReference`,
  ),
  'BT-11': term(
    'Project reference',
    'Référence de projet',
    [
      'cac:ProjectReference/cbc:ID',
      'cac:AdditionalDocumentReference[cbc:DocumentTypeCode=50]/cbc:ID',
    ],
    `${A}/ram:SpecifiedProcuringProject/ram:ID`,
  ),
  'BT-12': term(
    'Contract reference (market number)',
    'Référence de contrat (numéro de marché)',
    'cac:ContractDocumentReference/cbc:ID',
    `${A}/ram:ContractReferencedDocument/ram:IssuerAssignedID`,
  ),
  'BT-13': term(
    'Purchase order reference (engagement number)',
    'Référence de commande (numéro d’engagement)',
    'cac:OrderReference/cbc:ID',
    `${A}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID`,
  ),
  'BT-14': term(
    'Sales order reference',
    'Référence de l’ordre de vente',
    'cac:OrderReference/cbc:SalesOrderID',
    `${A}/ram:SellerOrderReferencedDocument/ram:IssuerAssignedID`,
  ),
  'BT-15': term(
    'Receiving advice reference',
    'Référence de l’avis de réception',
    'cac:ReceiptDocumentReference/cbc:ID',
    `${D}/ram:ReceivingAdviceReferencedDocument/ram:IssuerAssignedID`,
  ),
  'BT-16': term(
    'Despatch advice reference',
    'Référence de l’avis d’expédition',
    'cac:DespatchDocumentReference/cbc:ID',
    `${D}/ram:DespatchAdviceReferencedDocument/ram:IssuerAssignedID`,
  ),
  'BT-17': term(
    'Tender or lot reference',
    'Référence d’appel d’offres ou de lot',
    'cac:OriginatorDocumentReference/cbc:ID',
    `${A}/ram:AdditionalReferencedDocument[ram:TypeCode=50]/ram:IssuerAssignedID`,
  ),
  'BT-18': term(
    'Invoiced object identifier',
    'Identifiant de l’objet facturé',
    'cac:AdditionalDocumentReference[cbc:DocumentTypeCode=130]/cbc:ID',
    `${A}/ram:AdditionalReferencedDocument[ram:TypeCode=130]/ram:IssuerAssignedID`,
  ),
  'BT-19': term(
    'Buyer accounting reference',
    'Référence comptable de l’acheteur',
    'cbc:AccountingCost',
    `${S}/ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID`,
  ),
  'BT-20': term(
    'Payment terms',
    'Conditions de paiement',
    'cac:PaymentTerms/cbc:Note',
    `${S}/ram:SpecifiedTradePaymentTerms/ram:Description`,
  ),
  // In UBL the subject is written `#CODE#` before the text: Invoice notes take it apart.
  'BT-21': inNote('Note subject code', 'Code de sujet de la note', [], 'ram:SubjectCode'),
  'BT-22': inNote('Note', 'Note', '.', 'ram:Content'),
  'BT-23': term(
    'Business process (billing framework)',
    'Processus métier (cadre de facturation)',
    'cbc:ProfileID',
    'rsm:ExchangedDocumentContext/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID',
  ),
  'BT-24': term(
    'Specification identifier',
    'Identifiant de spécification',
    'cbc:CustomizationID',
    'rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID',
  ),
  'BT-25': inPreceding(
    'Preceding invoice number',
    'Numéro de facture antérieure',
    'cbc:ID',
    'ram:IssuerAssignedID',
  ),
  'BT-26': inPreceding(
    'Preceding invoice date',
    'Date de facture antérieure',
    'cbc:IssueDate',
    'ram:FormattedIssueDateTime/qdt:DateTimeString',
  ),
  'BT-27': term(
    'Seller name',
    'Raison sociale du vendeur',
    `${SP}/cac:PartyLegalEntity/cbc:RegistrationName`,
    `${SELLER}/ram:Name`,
  ),
  'BT-28': term(
    'Seller trading name',
    'Nom commercial du vendeur',
    `${SP}/cac:PartyName/cbc:Name`,
    `${SELLER}/ram:SpecifiedLegalOrganization/ram:TradingBusinessName`,
  ),
  'BT-29': term(
    'Seller identifier',
    'Identifiant du vendeur',
    `${SP}/cac:PartyIdentification/cbc:ID`,
    [`${SELLER}/ram:GlobalID`, `${SELLER}/ram:ID`],
  ),
  'BT-30': term(
    'Seller legal registration identifier',
    'Identifiant d’enregistrement légal du vendeur',
    `${SP}/cac:PartyLegalEntity/cbc:CompanyID`,
    `${SELLER}/ram:SpecifiedLegalOrganization/ram:ID`,
  ),
  'BT-31': term(
    'Seller VAT identifier',
    'Identifiant à la TVA du vendeur',
    `${SP}/${VAT_SCHEME}`,
    `${SELLER}/ram:SpecifiedTaxRegistration/ram:ID[@schemeID=VA]`,
  ),
  'BT-32': term(
    'Seller tax registration identifier',
    'Identifiant d’enregistrement fiscal du vendeur',
    `${SP}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID!=VAT]/cbc:CompanyID`,
    `${SELLER}/ram:SpecifiedTaxRegistration/ram:ID[@schemeID=FC]`,
  ),
  'BT-33': term(
    'Seller additional legal information',
    'Informations juridiques complémentaires du vendeur',
    `${SP}/cac:PartyLegalEntity/cbc:CompanyLegalForm`,
    `${SELLER}/ram:Description`,
  ),
  'BT-34': term(
    'Seller electronic address',
    'Adresse électronique du vendeur',
    `${SP}/cbc:EndpointID`,
    `${SELLER}/ram:URIUniversalCommunication/ram:URIID`,
  ),
  'BT-35': term(
    'Seller address line 1',
    'Vendeur : adresse, ligne 1',
    `${SP}/cac:PostalAddress/cbc:StreetName`,
    `${SELLER}/ram:PostalTradeAddress/ram:LineOne`,
  ),
  'BT-36': term(
    'Seller address line 2',
    'Vendeur : adresse, ligne 2',
    `${SP}/cac:PostalAddress/cbc:AdditionalStreetName`,
    `${SELLER}/ram:PostalTradeAddress/ram:LineTwo`,
  ),
  'BT-37': term(
    'Seller city',
    'Vendeur : ville',
    `${SP}/cac:PostalAddress/cbc:CityName`,
    `${SELLER}/ram:PostalTradeAddress/ram:CityName`,
  ),
  'BT-38': term(
    'Seller post code',
    'Vendeur : code postal',
    `${SP}/cac:PostalAddress/cbc:PostalZone`,
    `${SELLER}/ram:PostalTradeAddress/ram:PostcodeCode`,
  ),
  'BT-39': term(
    'Seller country subdivision',
    'Vendeur : subdivision du pays',
    `${SP}/cac:PostalAddress/cbc:CountrySubentity`,
    `${SELLER}/ram:PostalTradeAddress/ram:CountrySubDivisionName`,
  ),
  'BT-162': term(
    'Seller address line 3',
    'Vendeur : adresse, ligne 3',
    `${SP}/cac:PostalAddress/cac:AddressLine/cbc:Line`,
    `${SELLER}/ram:PostalTradeAddress/ram:LineThree`,
  ),
  'BT-41': term(
    'Seller contact point',
    'Point de contact du vendeur',
    `${SP}/cac:Contact/cbc:Name`,
    [
      `${SELLER}/ram:DefinedTradeContact/ram:PersonName`,
      `${SELLER}/ram:DefinedTradeContact/ram:DepartmentName`,
    ],
  ),
  'BT-42': term(
    'Seller telephone',
    'Téléphone du vendeur',
    `${SP}/cac:Contact/cbc:Telephone`,
    `${SELLER}/ram:DefinedTradeContact/ram:TelephoneUniversalCommunication/ram:CompleteNumber`,
  ),
  'BT-43': term(
    'Seller e-mail',
    'Courriel du vendeur',
    `${SP}/cac:Contact/cbc:ElectronicMail`,
    `${SELLER}/ram:DefinedTradeContact/ram:EmailURIUniversalCommunication/ram:URIID`,
  ),
  'BT-40': term(
    'Seller country code',
    'Code pays du vendeur',
    `${SP}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`,
    `${SELLER}/ram:PostalTradeAddress/ram:CountryID`,
  ),
  'BT-44': term(
    'Buyer name',
    'Raison sociale de l’acheteur',
    `${CP}/cac:PartyLegalEntity/cbc:RegistrationName`,
    `${BUYER}/ram:Name`,
  ),
  'BT-45': term(
    'Buyer trading name',
    'Nom commercial de l’acheteur',
    `${CP}/cac:PartyName/cbc:Name`,
    `${BUYER}/ram:SpecifiedLegalOrganization/ram:TradingBusinessName`,
  ),
  'BT-46': term(
    'Buyer identifier',
    'Identifiant de l’acheteur',
    `${CP}/cac:PartyIdentification/cbc:ID`,
    [`${BUYER}/ram:GlobalID`, `${BUYER}/ram:ID`],
  ),
  'BT-47': term(
    'Buyer legal registration identifier',
    'Identifiant d’enregistrement légal de l’acheteur',
    `${CP}/cac:PartyLegalEntity/cbc:CompanyID`,
    `${BUYER}/ram:SpecifiedLegalOrganization/ram:ID`,
  ),
  'BT-48': term(
    'Buyer VAT identifier',
    'Identifiant à la TVA de l’acheteur',
    `${CP}/${VAT_SCHEME}`,
    `${BUYER}/ram:SpecifiedTaxRegistration/ram:ID[@schemeID=VA]`,
  ),
  'BT-49': term(
    'Buyer electronic address',
    'Adresse électronique de l’acheteur',
    `${CP}/cbc:EndpointID`,
    `${BUYER}/ram:URIUniversalCommunication/ram:URIID`,
  ),
  'BT-50': term(
    'Buyer address line 1',
    'Acheteur : adresse, ligne 1',
    `${CP}/cac:PostalAddress/cbc:StreetName`,
    `${BUYER}/ram:PostalTradeAddress/ram:LineOne`,
  ),
  'BT-51': term(
    'Buyer address line 2',
    'Acheteur : adresse, ligne 2',
    `${CP}/cac:PostalAddress/cbc:AdditionalStreetName`,
    `${BUYER}/ram:PostalTradeAddress/ram:LineTwo`,
  ),
  'BT-52': term(
    'Buyer city',
    'Acheteur : ville',
    `${CP}/cac:PostalAddress/cbc:CityName`,
    `${BUYER}/ram:PostalTradeAddress/ram:CityName`,
  ),
  'BT-53': term(
    'Buyer post code',
    'Acheteur : code postal',
    `${CP}/cac:PostalAddress/cbc:PostalZone`,
    `${BUYER}/ram:PostalTradeAddress/ram:PostcodeCode`,
  ),
  'BT-54': term(
    'Buyer country subdivision',
    'Acheteur : subdivision du pays',
    `${CP}/cac:PostalAddress/cbc:CountrySubentity`,
    `${BUYER}/ram:PostalTradeAddress/ram:CountrySubDivisionName`,
  ),
  'BT-163': term(
    'Buyer address line 3',
    'Acheteur : adresse, ligne 3',
    `${CP}/cac:PostalAddress/cac:AddressLine/cbc:Line`,
    `${BUYER}/ram:PostalTradeAddress/ram:LineThree`,
  ),
  'BT-56': term(
    'Buyer contact point',
    'Point de contact de l’acheteur',
    `${CP}/cac:Contact/cbc:Name`,
    [
      `${BUYER}/ram:DefinedTradeContact/ram:PersonName`,
      `${BUYER}/ram:DefinedTradeContact/ram:DepartmentName`,
    ],
  ),
  'BT-57': term(
    'Buyer telephone',
    'Téléphone de l’acheteur',
    `${CP}/cac:Contact/cbc:Telephone`,
    `${BUYER}/ram:DefinedTradeContact/ram:TelephoneUniversalCommunication/ram:CompleteNumber`,
  ),
  'BT-58': term(
    'Buyer e-mail',
    'Courriel de l’acheteur',
    `${CP}/cac:Contact/cbc:ElectronicMail`,
    `${BUYER}/ram:DefinedTradeContact/ram:EmailURIUniversalCommunication/ram:URIID`,
  ),
  'BT-55': term(
    'Buyer country code',
    'Code pays de l’acheteur',
    `${CP}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`,
    `${BUYER}/ram:PostalTradeAddress/ram:CountryID`,
  ),
  'BT-59': term(
    'Payee name',
    'Nom du bénéficiaire',
    'cac:PayeeParty/cac:PartyName/cbc:Name',
    `${PAYEE}/ram:Name`,
  ),
  'BT-60': term(
    'Payee identifier',
    'Identifiant du bénéficiaire',
    'cac:PayeeParty/cac:PartyIdentification/cbc:ID',
    [`${PAYEE}/ram:GlobalID`, `${PAYEE}/ram:ID`],
  ),
  'BT-61': term(
    'Payee legal registration identifier',
    'Identifiant d’enregistrement légal du bénéficiaire',
    'cac:PayeeParty/cac:PartyLegalEntity/cbc:CompanyID',
    `${PAYEE}/ram:SpecifiedLegalOrganization/ram:ID`,
  ),
  'BT-62': term(
    'Tax representative name',
    'Nom du représentant fiscal',
    'cac:TaxRepresentativeParty/cac:PartyName/cbc:Name',
    `${A}/ram:SellerTaxRepresentativeTradeParty/ram:Name`,
  ),
  'BT-63': term(
    'Tax representative VAT identifier',
    'Identifiant à la TVA du représentant fiscal',
    `cac:TaxRepresentativeParty/${VAT_SCHEME}`,
    `${A}/ram:SellerTaxRepresentativeTradeParty/ram:SpecifiedTaxRegistration/ram:ID[@schemeID=VA]`,
  ),
  'BT-64': term(
    'Tax representative address line 1',
    'Représentant fiscal : adresse, ligne 1',
    `cac:TaxRepresentativeParty/cac:PostalAddress/cbc:StreetName`,
    `${A}/ram:SellerTaxRepresentativeTradeParty/ram:PostalTradeAddress/ram:LineOne`,
  ),
  'BT-65': term(
    'Tax representative address line 2',
    'Représentant fiscal : adresse, ligne 2',
    `cac:TaxRepresentativeParty/cac:PostalAddress/cbc:AdditionalStreetName`,
    `${A}/ram:SellerTaxRepresentativeTradeParty/ram:PostalTradeAddress/ram:LineTwo`,
  ),
  'BT-66': term(
    'Tax representative city',
    'Représentant fiscal : ville',
    `cac:TaxRepresentativeParty/cac:PostalAddress/cbc:CityName`,
    `${A}/ram:SellerTaxRepresentativeTradeParty/ram:PostalTradeAddress/ram:CityName`,
  ),
  'BT-67': term(
    'Tax representative post code',
    'Représentant fiscal : code postal',
    `cac:TaxRepresentativeParty/cac:PostalAddress/cbc:PostalZone`,
    `${A}/ram:SellerTaxRepresentativeTradeParty/ram:PostalTradeAddress/ram:PostcodeCode`,
  ),
  'BT-68': term(
    'Tax representative country subdivision',
    'Représentant fiscal : subdivision du pays',
    `cac:TaxRepresentativeParty/cac:PostalAddress/cbc:CountrySubentity`,
    `${A}/ram:SellerTaxRepresentativeTradeParty/ram:PostalTradeAddress/ram:CountrySubDivisionName`,
  ),
  'BT-164': term(
    'Tax representative address line 3',
    'Représentant fiscal : adresse, ligne 3',
    `cac:TaxRepresentativeParty/cac:PostalAddress/cac:AddressLine/cbc:Line`,
    `${A}/ram:SellerTaxRepresentativeTradeParty/ram:PostalTradeAddress/ram:LineThree`,
  ),
  'BT-69': term(
    'Tax representative country code',
    'Code pays du représentant fiscal',
    `cac:TaxRepresentativeParty/cac:PostalAddress/cac:Country/cbc:IdentificationCode`,
    `${A}/ram:SellerTaxRepresentativeTradeParty/ram:PostalTradeAddress/ram:CountryID`,
  ),
  'BT-70': term(
    'Deliver-to party name',
    'Nom de la partie livrée',
    'cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name',
    `${SHIP_TO}/ram:Name`,
  ),
  'BT-71': term(
    'Deliver-to location identifier',
    'Identifiant du lieu de livraison',
    'cac:Delivery/cac:DeliveryLocation/cbc:ID',
    [`${SHIP_TO}/ram:GlobalID`, `${SHIP_TO}/ram:ID`],
  ),
  'BT-72': term(
    'Actual delivery date',
    'Date effective de livraison',
    'cac:Delivery/cbc:ActualDeliveryDate',
    `${D}/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString`,
  ),
  'BT-73': term(
    'Invoicing period start date',
    'Date de début de période de facturation',
    'cac:InvoicePeriod/cbc:StartDate',
    `${S}/ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString`,
  ),
  'BT-74': term(
    'Invoicing period end date',
    'Date de fin de période de facturation',
    'cac:InvoicePeriod/cbc:EndDate',
    `${S}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString`,
  ),
  'BT-75': term(
    'Deliver to address line 1',
    'Livraison : adresse, ligne 1',
    `cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:StreetName`,
    `${SHIP_TO}/ram:PostalTradeAddress/ram:LineOne`,
  ),
  'BT-76': term(
    'Deliver to address line 2',
    'Livraison : adresse, ligne 2',
    `cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:AdditionalStreetName`,
    `${SHIP_TO}/ram:PostalTradeAddress/ram:LineTwo`,
  ),
  'BT-77': term(
    'Deliver to city',
    'Livraison : ville',
    `cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:CityName`,
    `${SHIP_TO}/ram:PostalTradeAddress/ram:CityName`,
  ),
  'BT-78': term(
    'Deliver to post code',
    'Livraison : code postal',
    `cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:PostalZone`,
    `${SHIP_TO}/ram:PostalTradeAddress/ram:PostcodeCode`,
  ),
  'BT-79': term(
    'Deliver to country subdivision',
    'Livraison : subdivision du pays',
    `cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:CountrySubentity`,
    `${SHIP_TO}/ram:PostalTradeAddress/ram:CountrySubDivisionName`,
  ),
  'BT-165': term(
    'Deliver to address line 3',
    'Livraison : adresse, ligne 3',
    `cac:Delivery/cac:DeliveryLocation/cac:Address/cac:AddressLine/cbc:Line`,
    `${SHIP_TO}/ram:PostalTradeAddress/ram:LineThree`,
  ),
  'BT-80': term(
    'Deliver to country code',
    'Code pays de livraison',
    `cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode`,
    `${SHIP_TO}/ram:PostalTradeAddress/ram:CountryID`,
  ),
  'BT-81': inMeans(
    'Payment means code',
    'Code de moyen de paiement',
    'cbc:PaymentMeansCode',
    'ram:TypeCode',
  ),
  'BT-83': term(
    'Remittance information',
    'Avis de paiement',
    'cac:PaymentMeans/cbc:PaymentID',
    `${S}/ram:PaymentReference`,
  ),
  'BT-84': inMeans(
    'Payment account identifier',
    'Identifiant du compte de paiement',
    'cac:PayeeFinancialAccount/cbc:ID',
    [
      'ram:PayeePartyCreditorFinancialAccount/ram:IBANID',
      'ram:PayeePartyCreditorFinancialAccount/ram:ProprietaryID',
    ],
  ),
  'BT-85': inMeans(
    'Payment account name',
    'Nom du compte de paiement',
    'cac:PayeeFinancialAccount/cbc:Name',
    'ram:PayeePartyCreditorFinancialAccount/ram:AccountName',
  ),
  'BT-86': inMeans(
    'Payment service provider identifier (BIC)',
    'Identifiant du prestataire de paiement (BIC)',
    'cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID',
    'ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID',
  ),
  'BT-92': allowance('amount', 'Document level allowance amount', 'Montant de la remise', 'BG-20'),
  'BT-93': allowance(
    'base',
    'Document level allowance base amount',
    'Assiette de la remise',
    'BG-20',
  ),
  'BT-94': allowance(
    'percent',
    'Document level allowance percentage',
    'Pourcentage de la remise',
    'BG-20',
  ),
  'BT-95': allowance(
    'category',
    'Document level allowance VAT category',
    'Type de TVA de la remise',
    'BG-20',
  ),
  'BT-96': allowance(
    'rate',
    'Document level allowance VAT rate',
    'Taux de TVA de la remise',
    'BG-20',
  ),
  'BT-97': allowance('reason', 'Document level allowance reason', 'Motif de la remise', 'BG-20'),
  'BT-98': allowance(
    'code',
    'Document level allowance reason code',
    'Code de motif de la remise',
    'BG-20',
  ),
  'BT-99': allowance('amount', 'Document level charge amount', 'Montant de la charge', 'BG-21'),
  'BT-100': allowance(
    'base',
    'Document level charge base amount',
    'Assiette de la charge',
    'BG-21',
  ),
  'BT-101': allowance(
    'percent',
    'Document level charge percentage',
    'Pourcentage de la charge',
    'BG-21',
  ),
  'BT-102': allowance(
    'category',
    'Document level charge VAT category',
    'Type de TVA de la charge',
    'BG-21',
  ),
  'BT-103': allowance(
    'rate',
    'Document level charge VAT rate',
    'Taux de TVA de la charge',
    'BG-21',
  ),
  'BT-104': allowance('reason', 'Document level charge reason', 'Motif de la charge', 'BG-21'),
  'BT-105': allowance(
    'code',
    'Document level charge reason code',
    'Code de motif de la charge',
    'BG-21',
  ),
  'BT-106': term(
    'Sum of line net amounts',
    'Somme des montants nets de ligne',
    `${LMT}/cbc:LineExtensionAmount`,
    `${M}/ram:LineTotalAmount`,
  ),
  'BT-107': term(
    'Sum of allowances',
    'Somme des remises',
    `${LMT}/cbc:AllowanceTotalAmount`,
    `${M}/ram:AllowanceTotalAmount`,
  ),
  'BT-108': term(
    'Sum of charges',
    'Somme des charges',
    `${LMT}/cbc:ChargeTotalAmount`,
    `${M}/ram:ChargeTotalAmount`,
  ),
  'BT-109': term(
    'Total without VAT',
    'Montant total hors TVA',
    `${LMT}/cbc:TaxExclusiveAmount`,
    `${M}/ram:TaxBasisTotalAmount`,
  ),
  // BT-110 and BT-111 are told apart by their currency.
  'BT-110': term(
    'Total VAT amount',
    'Montant total de TVA',
    'cac:TaxTotal/cbc:TaxAmount',
    `${M}/ram:TaxTotalAmount`,
  ),
  'BT-112': term(
    'Total with VAT',
    'Montant total TVA comprise',
    `${LMT}/cbc:TaxInclusiveAmount`,
    `${M}/ram:GrandTotalAmount`,
  ),
  'BT-113': term(
    'Paid amount',
    'Montant payé',
    `${LMT}/cbc:PrepaidAmount`,
    `${M}/ram:TotalPrepaidAmount`,
  ),
  'BT-114': term(
    'Rounding amount',
    'Montant arrondi',
    `${LMT}/cbc:PayableRoundingAmount`,
    `${M}/ram:RoundingAmount`,
  ),
  'BT-115': term(
    'Amount due',
    'Montant à payer',
    `${LMT}/cbc:PayableAmount`,
    `${M}/ram:DuePayableAmount`,
  ),
  'BT-116': inBreakdown(
    'VAT category taxable amount',
    'Base d’imposition du type de TVA',
    'cbc:TaxableAmount',
    'ram:BasisAmount',
  ),
  'BT-117': inBreakdown(
    'VAT category tax amount',
    'Montant de la TVA du type',
    'cbc:TaxAmount',
    'ram:CalculatedAmount',
  ),
  'BT-118': inBreakdown(
    'VAT category code',
    'Code de type de TVA',
    'cac:TaxCategory/cbc:ID',
    'ram:CategoryCode',
  ),
  'BT-119': inBreakdown(
    'VAT category rate',
    'Taux de type de TVA',
    'cac:TaxCategory/cbc:Percent',
    'ram:RateApplicablePercent',
  ),
  'BT-120': inBreakdown(
    'VAT exemption reason',
    'Motif d’exonération de TVA',
    'cac:TaxCategory/cbc:TaxExemptionReason',
    'ram:ExemptionReason',
  ),
  'BT-121': inBreakdown(
    'VAT exemption reason code',
    'Code de motif d’exonération de TVA',
    'cac:TaxCategory/cbc:TaxExemptionReasonCode',
    'ram:ExemptionReasonCode',
  ),
  'BT-122': inDocument(
    'Supporting document reference',
    'Référence de document justificatif',
    'cbc:ID',
    'ram:IssuerAssignedID',
  ),
  'BT-123': inDocument(
    'Supporting document description',
    'Description de document justificatif',
    'cbc:DocumentDescription',
    'ram:Name',
  ),
  'BT-124': inDocument(
    'External document location',
    'Emplacement de document externe',
    'cac:Attachment/cac:ExternalReference/cbc:URI',
    'ram:URIID',
  ),
  'BT-125': inDocument(
    'Attached document',
    'Document joint',
    'cac:Attachment/cbc:EmbeddedDocumentBinaryObject',
    'ram:AttachmentBinaryObject',
  ),
  'BT-126': inLine(
    'Line identifier',
    'Identifiant de ligne',
    'cbc:ID',
    'ram:AssociatedDocumentLineDocument/ram:LineID',
  ),
  'BT-127': inLine(
    'Line note',
    'Note de ligne',
    'cbc:Note',
    'ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content',
  ),
  'BT-129': inLine(
    'Invoiced quantity',
    'Quantité facturée',
    ['cbc:InvoicedQuantity', 'cbc:CreditedQuantity'],
    'ram:SpecifiedLineTradeDelivery/ram:BilledQuantity',
  ),
  'BT-131': inLine(
    'Line net amount',
    'Montant net de ligne',
    'cbc:LineExtensionAmount',
    `${LS}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount`,
  ),
  'BT-132': inLine(
    'Order line reference',
    'Référence de ligne de commande',
    'cac:OrderLineReference/cbc:LineID',
    `${LA}/ram:BuyerOrderReferencedDocument/ram:LineID`,
  ),
  'BT-134': inLine(
    'Line period start date',
    'Date de début de période de ligne',
    'cac:InvoicePeriod/cbc:StartDate',
    `${LS}/ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString`,
  ),
  'BT-135': inLine(
    'Line period end date',
    'Date de fin de période de ligne',
    'cac:InvoicePeriod/cbc:EndDate',
    `${LS}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString`,
  ),
  'BT-136': allowance('amount', 'Line allowance amount', 'Remise de ligne : montant', 'BG-27'),
  'BT-137': allowance('base', 'Line allowance base amount', 'Remise de ligne : assiette', 'BG-27'),
  'BT-138': allowance(
    'percent',
    'Line allowance percentage',
    'Remise de ligne : pourcentage',
    'BG-27',
  ),
  'BT-139': allowance('reason', 'Line allowance reason', 'Remise de ligne : motif', 'BG-27'),
  'BT-140': allowance(
    'code',
    'Line allowance reason code',
    'Remise de ligne : code de motif',
    'BG-27',
  ),
  'BT-141': allowance('amount', 'Line charge amount', 'Charge de ligne : montant', 'BG-28'),
  'BT-142': allowance('base', 'Line charge base amount', 'Charge de ligne : assiette', 'BG-28'),
  'BT-143': allowance(
    'percent',
    'Line charge percentage',
    'Charge de ligne : pourcentage',
    'BG-28',
  ),
  'BT-144': allowance('reason', 'Line charge reason', 'Charge de ligne : motif', 'BG-28'),
  'BT-145': allowance(
    'code',
    'Line charge reason code',
    'Charge de ligne : code de motif',
    'BG-28',
  ),
  'BT-146': inLine(
    'Item net price',
    'Prix net de l’article',
    'cac:Price/cbc:PriceAmount',
    `${LA}/ram:NetPriceProductTradePrice/ram:ChargeAmount`,
  ),
  'BT-147': inLine(
    'Item price discount',
    'Rabais sur le prix',
    'cac:Price/cac:AllowanceCharge/cbc:Amount',
    `${LA}/ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge/ram:ActualAmount`,
  ),
  'BT-148': inLine(
    'Item gross price',
    'Prix brut de l’article',
    'cac:Price/cac:AllowanceCharge/cbc:BaseAmount',
    `${LA}/ram:GrossPriceProductTradePrice/ram:ChargeAmount`,
  ),
  'BT-149': inLine(
    'Price base quantity',
    'Quantité de base du prix',
    'cac:Price/cbc:BaseQuantity',
    [
      `${LA}/ram:NetPriceProductTradePrice/ram:BasisQuantity`,
      `${LA}/ram:GrossPriceProductTradePrice/ram:BasisQuantity`,
    ],
  ),
  'BT-151': inLine(
    'Line VAT category code',
    'Code de type de TVA de ligne',
    'cac:Item/cac:ClassifiedTaxCategory/cbc:ID',
    `${LS}/ram:ApplicableTradeTax/ram:CategoryCode`,
  ),
  'BT-152': inLine(
    'Line VAT rate',
    'Taux de TVA de ligne',
    'cac:Item/cac:ClassifiedTaxCategory/cbc:Percent',
    `${LS}/ram:ApplicableTradeTax/ram:RateApplicablePercent`,
  ),
  'BT-153': inLine('Item name', 'Nom de l’article', 'cac:Item/cbc:Name', `${PRODUCT}/ram:Name`),
  'BT-154': inLine(
    'Item description',
    'Description de l’article',
    'cac:Item/cbc:Description',
    `${PRODUCT}/ram:Description`,
  ),
  'BT-155': inLine(
    'Item seller identifier',
    'Identifiant de l’article du vendeur',
    'cac:Item/cac:SellersItemIdentification/cbc:ID',
    `${PRODUCT}/ram:SellerAssignedID`,
  ),
  'BT-156': inLine(
    'Item buyer identifier',
    'Identifiant de l’article de l’acheteur',
    'cac:Item/cac:BuyersItemIdentification/cbc:ID',
    `${PRODUCT}/ram:BuyerAssignedID`,
  ),
  'BT-157': inLine(
    'Item standard identifier',
    'Identifiant standard de l’article',
    'cac:Item/cac:StandardItemIdentification/cbc:ID',
    `${PRODUCT}/ram:GlobalID`,
  ),
  'BT-158': inLine(
    'Item classification',
    'Classification de l’article',
    'cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode',
    `${PRODUCT}/ram:DesignatedProductClassification/ram:ClassCode`,
  ),
  'BT-159': inLine(
    'Item country of origin',
    'Pays d’origine de l’article',
    'cac:Item/cac:OriginCountry/cbc:IdentificationCode',
    `${PRODUCT}/ram:OriginTradeCountry/ram:ID`,
  ),
  'BT-160': inLine(
    'Item attribute name',
    'Nom d’attribut de l’article',
    'cac:Item/cac:AdditionalItemProperty/cbc:Name',
    `${PRODUCT}/ram:ApplicableProductCharacteristic/ram:Description`,
  ),
  'BT-161': inLine(
    'Item attribute value',
    'Valeur d’attribut de l’article',
    'cac:Item/cac:AdditionalItemProperty/cbc:Value',
    `${PRODUCT}/ram:ApplicableProductCharacteristic/ram:Value`,
  ),
} as const satisfies Record<`BT-${number}`, BusinessTerm>

export type BusinessTermId = keyof typeof BUSINESS_TERMS
