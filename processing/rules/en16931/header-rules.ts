import { NONE, path } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { attributeCode, packed } from '../element-values.ts'
import { rememberedOfInvoice } from '../remembered.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { enRule, must, type Condition } from './en-rule.ts'
import { has, needs } from './needs.ts'
import {
  CII_BUYER,
  CII_SELLER,
  CII_TOTALS,
  DELIVERY,
  SETTLEMENT,
  UBL_BUYER,
  UBL_SELLER,
  UBL_TOTALS,
} from './paths.ts'

const NAME = 'cac:PartyLegalEntity/cbc:RegistrationName'
const COUNTRY = 'cac:Country/cbc:IdentificationCode'
const ISSUE_DATE = path('rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString')
const FORMAT = nameId('format')
const DAY = packed('102')

/** BR-03: only a date in format 102 counts. */
const hasIssueDate: Condition = (node, { document }) =>
  document
    .all(node, ISSUE_DATE)
    .some((date) => attributeCode(document, date, FORMAT) === DAY && document.hasText(date))

/** A party's electronic address: the first that is given, its scheme identifier not blank. */
const hasScheme = (party: string): Condition => {
  const isThere = has(`${party}/ram:URIUniversalCommunication`, 'element')
  const steps = path(`${party}/ram:URIUniversalCommunication`)
  const scheme = has('ram:URIID/@schemeID', 'text')
  return (node, subject) =>
    !isThere(node, subject) || scheme(subject.document.first(node, steps), subject)
}

/** BR-53: UBL wants an amount in each accounting currency that is given. */
const TAX_CURRENCY = nameId('cbc:TaxCurrencyCode')
const hasTaxAmounts: Condition = (node, { document, facts }) => {
  let currency = document.child(node, TAX_CURRENCY)
  while (currency !== NONE) {
    if (!facts.ubl.taxCurrencies.has(document.text(currency))) return false
    currency = document.next(currency)
  }
  return true
}

/** BR-53 in CII: and BT-6 must not be BT-5. */
const CURRENCY_ID = nameId('currencyID')
const TAX_TOTAL = path('ram:TaxTotalAmount')
const isTaxInAnother = rememberedOfInvoice(({ facts }) => {
  const { currencies, taxCurrencies } = facts.cii
  return ![...taxCurrencies].some((code) => currencies.has(code))
})
const hasCiiTaxAmount: Condition = (node, subject) => {
  const { document, facts } = subject
  const { taxCurrencies } = facts.cii
  if (taxCurrencies.size === 0) return true
  const isThere = document
    .all(node, TAX_TOTAL)
    .some((amount) => taxCurrencies.has(document.attribute(amount, CURRENCY_ID) ?? ''))
  return isThere && isTaxInAnother(subject)
}

/** BR-01 to BR-16 and what else the header and its parties must give. */
export const HEADER_RULES: readonly Rule[] = [
  needs({
    id: 'BR-01',
    terms: ['BT-24'],
    kind: 'text',
    ubl: { at: '/', needs: 'cbc:CustomizationID' },
    cii: {
      at: '/',
      needs: 'rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID',
    },
  }),
  needs({
    id: 'BR-02',
    terms: ['BT-1'],
    kind: 'text',
    ubl: { at: '/', needs: 'cbc:ID' },
    cii: { at: '/', needs: 'rsm:ExchangedDocument/ram:ID' },
  }),
  {
    ...needs({
      id: 'BR-03',
      terms: ['BT-2'],
      kind: 'text',
      ubl: { at: '/', needs: 'cbc:IssueDate' },
    }),
    cii: [
      {
        ...must('/', hasIssueDate),
        remedy: {
          en: 'Fill in rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString, format="102", as YYYYMMDD.',
          fr: 'Renseignez rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString, format="102", sous la forme AAAAMMJJ.',
        },
        platformText:
          'L’élément {place}.ExchangedDocument.IssueDateTime.DateTimeString est obligatoire.',
      },
    ],
  },
  needs({
    id: 'BR-04',
    terms: ['BT-3'],
    kind: 'text',
    ubl: { at: '/', needs: 'cbc:InvoiceTypeCode | cbc:CreditNoteTypeCode' },
    cii: { at: '/', needs: 'rsm:ExchangedDocument/ram:TypeCode' },
  }),
  needs({
    id: 'BR-05',
    terms: ['BT-5'],
    kind: 'text',
    ubl: { at: '/', needs: 'cbc:DocumentCurrencyCode' },
    cii: { at: '/', needs: `${SETTLEMENT}/ram:InvoiceCurrencyCode` },
  }),
  needs({
    id: 'BR-06',
    terms: ['BT-27'],
    kind: 'text',
    ubl: { at: '/', needs: `${UBL_SELLER}/${NAME}` },
    cii: { at: '/', needs: `${CII_SELLER}/ram:Name` },
  }),
  needs({
    id: 'BR-07',
    terms: ['BT-44'],
    kind: 'text',
    ubl: { at: '/', needs: `${UBL_BUYER}/${NAME}` },
    cii: { at: '/', needs: `${CII_BUYER}/ram:Name` },
  }),
  needs({
    id: 'BR-08',
    terms: ['BG-5'],
    kind: 'element',
    ubl: { at: '/', needs: `${UBL_SELLER}/cac:PostalAddress` },
    cii: { at: '/', needs: `${CII_SELLER}/ram:PostalTradeAddress` },
  }),
  needs({
    id: 'BR-09',
    terms: ['BG-5', 'BT-40'],
    kind: 'text',
    ubl: { at: `//${UBL_SELLER}/cac:PostalAddress`, needs: COUNTRY },
    cii: { at: '/', needs: `${CII_SELLER}/ram:PostalTradeAddress/ram:CountryID` },
  }),
  needs({
    id: 'BR-10',
    terms: ['BG-8'],
    kind: 'element',
    ubl: { at: '/', needs: `${UBL_BUYER}/cac:PostalAddress` },
    cii: { at: '/', needs: `${CII_BUYER}/ram:PostalTradeAddress` },
  }),
  needs({
    id: 'BR-11',
    terms: ['BT-55'],
    kind: 'text',
    ubl: { at: `//${UBL_BUYER}/cac:PostalAddress`, needs: COUNTRY },
    cii: { at: '/', needs: `${CII_BUYER}/ram:PostalTradeAddress/ram:CountryID` },
  }),
  needs({
    id: 'BR-12',
    terms: ['BT-106'],
    kind: 'element',
    ubl: { at: UBL_TOTALS, needs: 'cbc:LineExtensionAmount' },
    cii: { at: CII_TOTALS, needs: 'ram:LineTotalAmount' },
  }),
  needs({
    id: 'BR-13',
    terms: ['BT-109'],
    kind: 'element',
    ubl: { at: UBL_TOTALS, needs: 'cbc:TaxExclusiveAmount' },
    cii: { at: CII_TOTALS, needs: 'ram:TaxBasisTotalAmount' },
  }),
  needs({
    id: 'BR-14',
    terms: ['BT-112'],
    kind: 'element',
    ubl: { at: UBL_TOTALS, needs: 'cbc:TaxInclusiveAmount' },
    cii: { at: CII_TOTALS, needs: 'ram:GrandTotalAmount' },
  }),
  needs({
    id: 'BR-15',
    terms: ['BT-115'],
    kind: 'element',
    ubl: { at: UBL_TOTALS, needs: 'cbc:PayableAmount' },
    cii: { at: CII_TOTALS, needs: 'ram:DuePayableAmount' },
  }),
  {
    ...needs({
      id: 'BR-16',
      terms: ['BG-25'],
      kind: 'element',
      ubl: { at: '/', needs: 'cac:InvoiceLine | cac:CreditNoteLine' },
    }),
    cii: [
      {
        ...must('/', (_, { facts }) => facts.cii.hasLine),
        remedy: {
          en: 'Give at least one ram:IncludedSupplyChainTradeLineItem.',
          fr: 'Indiquez au moins un élément ram:IncludedSupplyChainTradeLineItem.',
        },
        platformText:
          'L’élément {place}.SupplyChainTradeTransaction.IncludedSupplyChainTradeLineItem est obligatoire.',
      },
    ],
  },
  needs({
    id: 'BR-18',
    terms: ['BG-4', 'BG-11', 'BT-62'],
    kind: 'text',
    ubl: { at: '//cac:TaxRepresentativeParty', needs: 'cac:PartyName/cbc:Name' },
    cii: { at: '//ram:SellerTaxRepresentativeTradeParty', needs: 'ram:Name' },
  }),
  needs({
    id: 'BR-19',
    terms: ['BG-4', 'BG-11', 'BG-12'],
    what: {
      en: 'postal address of the seller tax representative (BG-12)',
      fr: 'adresse postale du représentant fiscal du vendeur (BG-12)',
    },
    kind: 'element',
    ubl: { at: '//cac:TaxRepresentativeParty', needs: 'cac:PostalAddress' },
    cii: { at: '//ram:SellerTaxRepresentativeTradeParty', needs: 'ram:PostalTradeAddress' },
  }),
  needs({
    id: 'BR-20',
    terms: ['BG-4', 'BG-11', 'BG-12', 'BT-69'],
    kind: 'text',
    ubl: { at: '//cac:TaxRepresentativeParty/cac:PostalAddress', needs: COUNTRY },
    cii: {
      at: '//ram:SellerTaxRepresentativeTradeParty',
      needs: 'ram:PostalTradeAddress/ram:CountryID',
    },
  }),
  needs({
    id: 'BR-52',
    terms: ['BG-24', 'BT-122'],
    kind: 'text',
    ubl: { at: '//cac:AdditionalDocumentReference', needs: 'cbc:ID' },
    cii: { at: '//ram:AdditionalReferencedDocument', needs: 'ram:IssuerAssignedID' },
  }),
  enRule({
    id: 'BR-53',
    terms: ['BT-6', 'BT-111'],
    code: F_CODES.conditional,
    message: {
      en: 'A VAT accounting currency (BT-6) is given, but no total VAT amount in that currency (BT-111).',
      fr: 'Une devise de comptabilisation de la TVA (BT-6) est indiquée, mais aucun montant total de TVA dans cette devise (BT-111).',
    },
    remedy: {
      en: 'Give the total VAT amount in that currency, which is not the invoice currency, or leave the currency out.',
      fr: 'Indiquez le montant total de TVA dans cette devise, différente de celle de la facture, ou retirez la devise.',
    },
    ubl: must('/', hasTaxAmounts),
    cii: must(CII_TOTALS, hasCiiTaxAmount),
  }),
  needs({
    id: 'BR-55',
    terms: ['BG-3', 'BT-25'],
    kind: 'element',
    ciiKind: 'text',
    ubl: { at: '//cac:BillingReference', needs: 'cac:InvoiceDocumentReference/cbc:ID' },
    cii: { at: `${SETTLEMENT}/ram:InvoiceReferencedDocument`, needs: 'ram:IssuerAssignedID' },
  }),
  needs({
    id: 'BR-57',
    terms: ['BG-15', 'BT-80'],
    kind: 'element',
    ciiKind: 'text',
    ubl: { at: '//cac:Delivery/cac:DeliveryLocation/cac:Address', needs: COUNTRY },
    cii: {
      at: DELIVERY,
      needs: 'ram:ShipToTradeParty/ram:PostalTradeAddress/ram:CountryID',
      when: has('ram:ShipToTradeParty/ram:PostalTradeAddress', 'element'),
    },
  }),
  {
    ...needs({
      id: 'BR-62',
      terms: ['BT-34'],
      what: {
        en: 'scheme identifier of the seller electronic address (BT-34)',
        fr: 'identifiant du schéma de l’adresse électronique du vendeur (BT-34)',
      },
      kind: 'element',
      ubl: { at: `//${UBL_SELLER}/cbc:EndpointID`, needs: '@schemeID' },
    }),
    cii: [must('/', hasScheme(CII_SELLER))],
  },
  {
    ...needs({
      id: 'BR-63',
      terms: ['BT-49'],
      what: {
        en: 'scheme identifier of the buyer electronic address (BT-49)',
        fr: 'identifiant du schéma de l’adresse électronique de l’acheteur (BT-49)',
      },
      kind: 'element',
      ubl: { at: `//${UBL_BUYER}/cbc:EndpointID`, needs: '@schemeID' },
    }),
    cii: [must('/', hasScheme(CII_BUYER))],
  },
]
