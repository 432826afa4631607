import { shapesWith, type Shape } from '../shape.ts'

/**
 * What is read of a UBL 2.1 invoice and credit note, with the cardinalities and types of the UBL
 * schemas: the elements of EN 16931 that carry a date, a number, an indicator, or that a rule reads.
 */
export const UBL_NAMESPACES = {
  ubl: 'urn:oasis:names:specification:ubl:schema:xsd:Invoice-2',
  cn: 'urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2',
  cac: 'urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2',
  cbc: 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2',
} as const

const { leaf, group } = shapesWith(UBL_NAMESPACES)

const amount = (name: string): Shape => leaf(name, 'decimal')
const date = (name: string): Shape => leaf(name, 'date')

const PERIOD = group('cac:InvoicePeriod*', date('cbc:StartDate'), date('cbc:EndDate'))
const TAX_SCHEME = group('cac:TaxScheme', leaf('cbc:ID'))

const ALLOWANCE_CHARGE = group(
  'cac:AllowanceCharge*',
  leaf('cbc:ChargeIndicator', 'boolean'),
  amount('cbc:MultiplierFactorNumeric'),
  amount('cbc:Amount'),
  amount('cbc:BaseAmount'),
  group('cac:TaxCategory*', leaf('cbc:ID'), amount('cbc:Percent'), TAX_SCHEME),
)

const PARTY = group(
  'cac:Party',
  group('cac:PartyIdentification*', leaf('cbc:ID')),
  group('cac:PostalAddress', group('cac:Country', leaf('cbc:IdentificationCode'))),
  group('cac:PartyTaxScheme*', leaf('cbc:CompanyID'), TAX_SCHEME),
  group('cac:PartyLegalEntity*', leaf('cbc:RegistrationName'), leaf('cbc:CompanyID')),
)

const DOCUMENT_REFERENCE = group(
  'cac:AdditionalDocumentReference*',
  leaf('cbc:ID'),
  leaf('cbc:DocumentTypeCode'),
  group('cac:Attachment', leaf('cbc:EmbeddedDocumentBinaryObject', 'base64')),
)

const line = (name: string, quantity: string): Shape =>
  group(
    name,
    leaf('cbc:ID'),
    amount(quantity),
    amount('cbc:LineExtensionAmount'),
    PERIOD,
    ALLOWANCE_CHARGE,
    group(
      'cac:Item',
      leaf('cbc:Name'),
      group('cac:ClassifiedTaxCategory*', leaf('cbc:ID'), amount('cbc:Percent'), TAX_SCHEME),
    ),
    group('cac:Price', amount('cbc:PriceAmount'), amount('cbc:BaseQuantity')),
  )

const ROOT: readonly Shape[] = [
  leaf('cbc:CustomizationID'),
  leaf('cbc:ProfileID'),
  leaf('cbc:ID'),
  date('cbc:IssueDate'),
  date('cbc:DueDate'),
  leaf('cbc:InvoiceTypeCode'),
  leaf('cbc:CreditNoteTypeCode'),
  date('cbc:TaxPointDate'),
  leaf('cbc:DocumentCurrencyCode'),
  leaf('cbc:TaxCurrencyCode'),
  leaf('cbc:BuyerReference'),
  PERIOD,
  group('cac:OrderReference', leaf('cbc:ID')),
  group(
    'cac:BillingReference*',
    group('cac:InvoiceDocumentReference', leaf('cbc:ID'), date('cbc:IssueDate')),
  ),
  DOCUMENT_REFERENCE,
  group('cac:AccountingSupplierParty', PARTY),
  group('cac:AccountingCustomerParty', PARTY),
  group('cac:Delivery*', date('cbc:ActualDeliveryDate')),
  group('cac:PaymentMeans*', date('cbc:PaymentDueDate')),
  ALLOWANCE_CHARGE,
  group(
    'cac:TaxTotal*',
    amount('cbc:TaxAmount'),
    group(
      'cac:TaxSubtotal*',
      amount('cbc:TaxableAmount'),
      amount('cbc:TaxAmount'),
      group('cac:TaxCategory', leaf('cbc:ID'), amount('cbc:Percent'), TAX_SCHEME),
    ),
  ),
  group(
    'cac:LegalMonetaryTotal',
    amount('cbc:LineExtensionAmount'),
    amount('cbc:TaxExclusiveAmount'),
    amount('cbc:TaxInclusiveAmount'),
    amount('cbc:AllowanceTotalAmount'),
    amount('cbc:ChargeTotalAmount'),
    amount('cbc:PrepaidAmount'),
    amount('cbc:PayableRoundingAmount'),
    amount('cbc:PayableAmount'),
  ),
  line('cac:InvoiceLine*', 'cbc:InvoicedQuantity'),
  line('cac:CreditNoteLine*', 'cbc:CreditedQuantity'),
]

export const UBL_INVOICE_SHAPE: Shape = group('ubl:Invoice', ...ROOT)
export const UBL_CREDIT_NOTE_SHAPE: Shape = group('cn:CreditNote', ...ROOT)
