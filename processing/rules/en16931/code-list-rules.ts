import { F_CODES, type Rule } from '../rule.ts'
import {
  isCiiAllowanceBoolean,
  isCiiChargeBoolean,
  isUblAllowance,
  isUblCharge,
} from './allowance-context.ts'
import { onParent } from './allowance-rules.ts'
import { codeRule, codes, inList } from './code-list-checks.ts'
import {
  AMOUNTS,
  hasCurrency,
  hasKnownSubject,
  hasNoScheme,
  isMimeType,
  isNoCreditorId,
  isObjectReference,
  isVatex,
  notBelow,
} from './code-list-conditions.ts'
import { must } from './en-rule.ts'

const ISO_6523 = 'ISO 6523 ICD'

export const CODE_LIST_RULES: readonly Rule[] = [
  codes(
    'BR-CL-01',
    ['BT-3'],
    { en: 'The document type code', fr: 'Le code de type de document' },
    'UNTDID 1001',
    [
      { at: '//cbc:InvoiceTypeCode', list: 'documentTypeInvoice' },
      { at: '//cbc:CreditNoteTypeCode', list: 'documentTypeCreditNote' },
    ],
    [{ at: '//rsm:ExchangedDocument/ram:TypeCode', list: 'documentTypeCii' }],
  ),
  codeRule(
    'BR-CL-03',
    [],
    { en: 'The currency of an amount', fr: 'La devise d’un montant' },
    'ISO 4217',
    [must(AMOUNTS.join(' | '), hasCurrency)],
    [inList({ at: '//ram:TaxTotalAmount/@currencyID', list: 'currency' })],
  ),
  codes(
    'BR-CL-04',
    ['BT-5'],
    { en: 'The invoice currency', fr: 'La devise de la facture' },
    'ISO 4217',
    [{ at: '//cbc:DocumentCurrencyCode', list: 'currency' }],
    [{ at: '//ram:InvoiceCurrencyCode', list: 'currency' }],
  ),
  codes(
    'BR-CL-05',
    ['BT-6'],
    { en: 'The VAT accounting currency', fr: 'La devise de comptabilisation de la TVA' },
    'ISO 4217',
    [{ at: '//cbc:TaxCurrencyCode', list: 'currency' }],
    [{ at: '//ram:TaxCurrencyCode', list: 'currency' }],
  ),
  codes(
    'BR-CL-06',
    ['BT-8'],
    { en: 'The VAT point date code', fr: 'Le code de date d’exigibilité de la TVA' },
    'UNTDID 2005 (UBL: 3, 35, 432) / 2475 (CII: 5, 29, 72)',
    [{ at: '//cac:InvoicePeriod/cbc:DescriptionCode', list: 'vatPointDateCodeUbl' }],
    [{ at: '//ram:DueDateTypeCode', list: 'vatPointDateCodeCii' }],
  ),
  codes(
    'BR-CL-07',
    ['BT-18', 'BT-128'],
    {
      en: 'The scheme of an invoiced object identifier',
      fr: 'Le schéma d’un identifiant d’objet facturé',
    },
    'UNTDID 1153',
    [
      {
        at: '//cac:AdditionalDocumentReference/cbc:ID/@schemeID | //cac:DocumentReference/cbc:ID/@schemeID',
        list: 'referenceQualifier',
        when: isObjectReference,
      },
    ],
    [{ at: '//ram:ReferenceTypeCode', list: 'referenceQualifier' }],
  ),
  codeRule(
    'BR-CL-08',
    ['BT-21'],
    { en: 'The subject of a note', fr: 'Le sujet d’une note' },
    'UNTDID 4451',
    [must('cbc:Note', hasKnownSubject)],
    [inList({ at: '//ram:SubjectCode', list: 'noteSubjectCii' })],
  ),
  codes(
    'BR-CL-10',
    [],
    { en: 'The scheme of a party identifier', fr: 'Le schéma d’un identifiant de partie' },
    ISO_6523,
    [
      {
        at: '//cac:PartyIdentification/cbc:ID/@schemeID',
        list: 'iso6523',
        when: isNoCreditorId,
      },
    ],
    [
      {
        at: '//ram:GlobalID/@schemeID',
        list: 'iso6523',
        when: notBelow('ram:SpecifiedTradeProduct', 'ram:ShipToTradeParty'),
      },
    ],
  ),
  codes(
    'BR-CL-11',
    [],
    {
      en: 'The scheme of a legal registration identifier',
      fr: 'Le schéma d’un identifiant d’enregistrement légal',
    },
    ISO_6523,
    [{ at: '//cac:PartyLegalEntity/cbc:CompanyID/@schemeID', list: 'iso6523' }],
    [
      {
        at: '//ram:ID/@schemeID',
        list: 'iso6523',
        when: notBelow('ram:SpecifiedTaxRegistration'),
      },
    ],
  ),
  codes(
    'BR-CL-13',
    ['BT-158'],
    {
      en: 'The list of an item classification',
      fr: 'La liste d’une classification d’article',
    },
    'UNTDID 7143',
    [
      {
        at: '//cac:CommodityClassification/cbc:ItemClassificationCode/@listID',
        list: 'itemClassification',
      },
    ],
    [{ at: '//ram:ClassCode/@listID', list: 'itemClassification' }],
  ),
  codes(
    'BR-CL-14',
    [],
    { en: 'A country code', fr: 'Un code pays' },
    'ISO 3166-1 alpha-2',
    [{ at: '//cac:Country/cbc:IdentificationCode', list: 'country' }],
    [{ at: '//ram:CountryID', list: 'countryCii' }],
  ),
  codes(
    'BR-CL-15',
    ['BT-159'],
    { en: 'The country of origin of an item', fr: 'Le pays d’origine d’un article' },
    'ISO 3166-1 alpha-2',
    [{ at: '//cac:OriginCountry/cbc:IdentificationCode', list: 'country' }],
    [{ at: '//ram:OriginTradeCountry/ram:ID', list: 'countryCii', when: hasNoScheme }],
  ),
  codes(
    'BR-CL-16',
    ['BT-81'],
    { en: 'The payment means code', fr: 'Le code de moyen de paiement' },
    'UNTDID 4461',
    [{ at: '//cac:PaymentMeans/cbc:PaymentMeansCode', list: 'paymentMeans' }],
    [{ at: '//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode', list: 'paymentMeans' }],
  ),
  codes(
    'BR-CL-17',
    ['BT-95', 'BT-102', 'BT-118'],
    { en: 'The VAT category', fr: 'La catégorie de TVA' },
    'UNTDID 5305 (AE, B, E, G, K, L, M, O, S, Z)',
    [{ at: '//cac:TaxCategory/cbc:ID', list: 'vatCategory' }],
    [{ at: '//ram:CategoryTradeTax/ram:CategoryCode', list: 'vatCategory' }],
  ),
  codes(
    'BR-CL-18',
    ['BT-151'],
    { en: 'The VAT category of a line', fr: 'La catégorie de TVA d’une ligne' },
    'UNTDID 5305 (AE, B, E, G, K, L, M, O, S, Z)',
    [{ at: '//cac:ClassifiedTaxCategory/cbc:ID', list: 'vatCategory' }],
    [{ at: '//ram:ApplicableTradeTax/ram:CategoryCode', list: 'vatCategory' }],
  ),
  codes(
    'BR-CL-19',
    ['BT-98', 'BT-140'],
    { en: 'The reason code of an allowance', fr: 'Le code de motif d’une remise' },
    'UNTDID 5189',
    [
      {
        at: '//cac:AllowanceCharge/cbc:AllowanceChargeReasonCode',
        list: 'allowanceReason',
        when: onParent(isUblAllowance),
      },
    ],
    [
      {
        at: '//ram:SpecifiedTradeAllowanceCharge/ram:ReasonCode',
        list: 'allowanceReason',
        when: onParent(isCiiAllowanceBoolean),
      },
    ],
  ),
  codes(
    'BR-CL-20',
    ['BT-105', 'BT-145'],
    { en: 'The reason code of a charge', fr: 'Le code de motif de frais' },
    'UNTDID 7161',
    [
      {
        at: '//cac:AllowanceCharge/cbc:AllowanceChargeReasonCode',
        list: 'chargeReason',
        when: onParent(isUblCharge),
      },
    ],
    [
      {
        at: '//ram:SpecifiedTradeAllowanceCharge/ram:ReasonCode',
        list: 'chargeReason',
        when: onParent(isCiiChargeBoolean),
      },
    ],
  ),
  codes(
    'BR-CL-21',
    ['BT-157'],
    {
      en: 'The scheme of an item standard identifier',
      fr: 'Le schéma d’un identifiant standard d’article',
    },
    ISO_6523,
    [{ at: '//cac:StandardItemIdentification/cbc:ID/@schemeID', list: 'iso6523' }],
    [{ at: '//ram:SpecifiedTradeProduct/ram:GlobalID/@schemeID', list: 'iso6523' }],
  ),
  codeRule(
    'BR-CL-22',
    ['BT-121'],
    { en: 'The VAT exemption reason code', fr: 'Le code de motif d’exonération de TVA' },
    'VATEX (CEF)',
    [must('//cbc:TaxExemptionReasonCode', isVatex)],
    [must('//ram:ExemptionReasonCode', isVatex)],
  ),
  codes(
    'BR-CL-23',
    ['BT-130', 'BT-150'],
    { en: 'The unit of a quantity', fr: 'L’unité d’une quantité' },
    'UN/ECE Rec 20, Rec 21 with an X',
    [
      {
        at: '//cbc:InvoicedQuantity/@unitCode | //cbc:BaseQuantity/@unitCode | //cbc:CreditedQuantity/@unitCode',
        list: 'unit',
      },
    ],
    [{ at: '//ram:BasisQuantity/@unitCode | //ram:BilledQuantity/@unitCode', list: 'unit' }],
  ),
  {
    ...codeRule(
      'BR-CL-24',
      ['BT-125'],
      { en: 'The type of an attachment', fr: 'Le type d’une pièce jointe' },
      'application/pdf, image/png, image/jpeg, text/csv, xlsx, ods',
      [must('//cbc:EmbeddedDocumentBinaryObject/@mimeCode', isMimeType)],
      [must('//ram:AttachmentBinaryObject/@mimeCode', isMimeType)],
    ),
    code: F_CODES.attachment,
  },
  codes(
    'BR-CL-25',
    ['BT-34', 'BT-49'],
    { en: 'The scheme of an electronic address', fr: 'Le schéma d’une adresse électronique' },
    'EAS (CEF)',
    [{ at: '//cbc:EndpointID/@schemeID', list: 'eas' }],
    [{ at: '//ram:URIUniversalCommunication/ram:URIID/@schemeID', list: 'eas' }],
  ),
  codes(
    'BR-CL-26',
    ['BT-71'],
    {
      en: 'The scheme of a delivery location identifier',
      fr: 'Le schéma d’un identifiant de lieu de livraison',
    },
    ISO_6523,
    [{ at: '//cac:DeliveryLocation/cbc:ID/@schemeID', list: 'iso6523' }],
    [
      {
        at: '//ram:ApplicableHeaderTradeDelivery/ram:ShipToTradeParty/ram:GlobalID/@schemeID',
        list: 'iso6523',
      },
    ],
  ),
]
