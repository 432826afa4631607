import { NONE, type NodeId } from '../../formats/xml/xml-document.ts'
import { nameId, type NameId } from '../../formats/xml/xml-names.ts'
import { exactAttributeCode, exactCodeOf, packed, type PackedCode } from '../element-values.ts'
import { remembered } from '../remembered.ts'
import { F_CODES, type Check, type Rule, type RuleSubject } from '../rule.ts'
import { enRule, mustWhen, type Condition } from './en-rule.ts'
import { forbidden } from './occurrence.ts'

const N = {
  typeCode: nameId('ram:TypeCode'),
  additional: nameId('ram:AdditionalReferencedDocument'),
  invoiceReference: nameId('ram:InvoiceReferencedDocument'),
  tradeTax: nameId('ram:ApplicableTradeTax'),
  taxTotal: nameId('ram:TaxTotalAmount'),
  settlement: nameId('ram:ApplicableHeaderTradeSettlement'),
  format: nameId('format'),
}
const TENDER = packed('50')
const OBJECT = packed('130')
const ATTACHMENT = packed('916')
const VAT = packed('VAT')
const DAY = packed('102')

const REFERENCE = '//ram:*ReferencedDocument'
const TAX = '//ram:*TradeTax'

/** CII-DT-001 to 007: identifiers that have no scheme of any kind. */
const PLAIN_IDS = [
  'rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID',
  'rsm:ExchangedDocument/ram:ID',
  'rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem/ram:AssociatedDocumentLineDocument/ram:LineID',
  'rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem/ram:SpecifiedTradeProduct/ram:SellerAssignedID',
]
const PLAIN_PATHS = PLAIN_IDS.map((steps) => steps.split('/').toReversed().map(nameId))
const isPlainId: Condition = (node, { document, root }) =>
  PLAIN_PATHS.some((names) => {
    let above = node
    for (const name of names) {
      if (document.name(above) !== name) return false
      above = document.parent(above)
    }
    return above === root
  })

type Row = readonly [number: string, forbids: string, when?: Condition]

const rows = (
  prefix: 'CII-DT' | 'CII-SR',
  severity: 'fatal' | 'warning',
  at: string,
  list: readonly Row[],
): readonly Rule[] =>
  list.map(([number, forbids, when]) =>
    forbidden({
      id: `${prefix}-${number}`,
      syntax: 'cii',
      severity,
      at,
      forbids,
      ...(when === undefined ? {} : { when }),
    }),
  )

/** The types of the reference that a child of it belongs to. */
const typesOf = remembered((reference, { document }) => {
  const types = new Set<PackedCode>()
  let type = document.child(reference, N.typeCode)
  while (type !== NONE) {
    types.add(exactCodeOf(document, type))
    type = document.next(type)
  }
  return types
})
function isOf(subject: RuleSubject, child: NodeId, types: readonly PackedCode[]): boolean {
  const { document } = subject
  const reference = document.parent(child)
  if (document.name(reference) !== N.additional) return false
  const given = typesOf(reference, subject)
  return types.some((type) => given.has(type))
}
/** Forbidden but in additional documents of these types. */
const unless =
  (...types: readonly PackedCode[]): Condition =>
  (node, subject) =>
    !isOf(subject, node, types)
const unlessIn =
  (name: NameId): Condition =>
  (node, { document }) =>
    document.name(document.parent(node)) !== name
const outsideHeader: Condition = (node, { document }) => {
  let above = document.parent(document.parent(node))
  while (above !== NONE && document.name(above) !== N.settlement) above = document.parent(above)
  return above === NONE
}
const isNoTaxTotal: Condition = (node, { document }) => document.name(node) !== N.taxTotal

const SCHEMES = ['schemeName', 'schemeAgencyName', 'schemeDataURI', 'schemeURI']

/** Real-looking days: year, month 01 to 12, day 01 to 31. */
const IS_DAY = /^[ \t\r\n]*\p{Nd}{4}(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9])[ \t\r\n]*$/u
const isDay: Condition = (node, { document }) => IS_DAY.test(document.text(node))

const isNotVat: Check = {
  at: `${TAX}/ram:TypeCode`,
  check: (node, { document, facts }, report) => {
    const tax = document.parent(node)
    if (!facts.isFirst('CII-DT-037', tax)) return
    let type = node
    while (type !== NONE && exactCodeOf(document, type) !== VAT) type = document.next(type)
    if (type === NONE) report(tax)
  },
}

/** CII-DT and the two CII-SR rules whose context is an ending: see `TABLED_RULES` for the others. */
export const CII_DATA_TYPE_RULES: readonly Rule[] = [
  ...rows('CII-SR', 'warning', '//*DocumentContextParameter', [
    ['04', 'ram:Value'],
    ['05', 'ram:SpecifiedDocumentVersion'],
  ]),
  ...rows('CII-DT', 'fatal', PLAIN_IDS.join(' | '), [
    ['001', '@schemeName'],
    ['002', '@schemeAgencyName'],
    ['003', '@schemeDataURI'],
    ['004', '@schemeURI'],
    ['005', '@schemeID'],
    ['006', '@schemeAgencyID'],
    ['007', '@schemeVersionID'],
  ]),
  ...rows(
    'CII-DT',
    'fatal',
    '//ram:*ID',
    SCHEMES.map((scheme, index) => [
      `${101 + index}`,
      `@${scheme}`,
      (node, subject) => !isPlainId(node, subject),
    ]),
  ),
  // ARTEFACT: the rule on every type code comes first, so that these are never reported.
  ...['010', '011', '012'].map((number, index) => ({
    ...forbidden({
      id: `CII-DT-${number}`,
      syntax: 'cii' as const,
      severity: 'fatal' as const,
      at: 'rsm:ExchangedDocument/ram:TypeCode',
      forbids: `@${['listID', 'listAgencyID', 'listVersionID'][index] ?? ''}`,
    }),
    cii: [],
  })),
  ...rows('CII-DT', 'fatal', REFERENCE, [
    ['015', 'ram:URIID', unless(ATTACHMENT)],
    ['016', 'ram:StatusCode'],
    ['017', 'ram:CopyIndicator'],
    ['018', 'ram:TypeCode', unless(TENDER, OBJECT, ATTACHMENT)],
    ['019', 'ram:GlobalID'],
    ['020', 'ram:RevisionID'],
    ['021', 'ram:Name', unless(ATTACHMENT)],
    ['022', 'ram:AttachmentBinaryObject', unless(ATTACHMENT)],
    ['023', 'ram:Information'],
    ['024', 'ram:ReferenceTypeCode', unless(OBJECT)],
    ['025', 'ram:SectionName'],
    ['026', 'ram:PreviousRevisionID'],
    ['027', 'ram:FormattedIssueDateTime', unlessIn(N.invoiceReference)],
    ['028', 'ram:EffectiveSpecifiedPeriod'],
    ['029', 'ram:IssuerTradeParty'],
    ['030', 'ram:AttachedSpecifiedBinaryFile'],
  ]),
  ...rows('CII-DT', 'fatal', '//ram:*Amount', [
    ['031', '@currencyID', isNoTaxTotal],
    ['032', '@currencyCodeListVersionID', isNoTaxTotal],
  ]),
  ...rows('CII-DT', 'fatal', '//ram:*Quantity', [
    // ARTEFACT: fine everywhere once an invoiced quantity has one.
    ['033', '@unitCode', (_, { facts }) => !facts.cii.hasBilledUnit],
    ['034', '@unitCodeListID'],
    ['035', '@unitCodeListAgencyID'],
    ['036', '@unitCodeListAgencyName'],
  ]),
  enRule({
    id: 'CII-DT-037',
    terms: [],
    code: F_CODES.value,
    message: {
      en: 'The type of a tax (ram:TypeCode) must be VAT.',
      fr: 'Le type d’une taxe (ram:TypeCode) doit être VAT.',
    },
    remedy: {
      en: 'Write VAT; other taxes belong among the charges.',
      fr: 'Indiquez VAT ; les autres taxes se notent parmi les frais.',
    },
    platformText: 'Type de taxe non autorisé ({place}).',
    cii: isNotVat,
  }),
  ...rows('CII-DT', 'warning', TAX, [
    ['038', 'ram:CalculatedRate'],
    ['039', 'ram:CalculationSequenceNumeric'],
    ['040', 'ram:BasisQuantity'],
    ['041', 'ram:BasisAmount', outsideHeader],
    ['042', 'ram:UnitBasisAmount'],
    ['043', 'ram:LineTotalBasisAmount'],
    ['044', 'ram:AllowanceChargeBasisAmount'],
    ['049', 'ram:CurrencyCode'],
    ['050', 'ram:Jurisdiction'],
    ['051', 'ram:CustomsDutyIndicator'],
    ['052', 'ram:ExemptionReasonCode', unlessIn(N.tradeTax)],
    ['053', 'ram:TaxBasisAllowanceRate'],
    ['054', 'ram:TaxPointDate', outsideHeader],
    ['055', 'ram:Type'],
    ['056', 'ram:InformationAmount'],
    ['057', 'ram:CategoryName'],
    ['058', 'ram:DueDateTypeCode', outsideHeader],
    ['059', 'ram:RateApplicablePercent/@format'],
    ['060', 'ram:SpecifiedTradeAccountingAccount'],
    ['061', 'ram:ServiceSupplyTradeCountry'],
    ['062', 'ram:BuyerRepayableTaxSpecifiedTradeAccountingAccount'],
    ['063', 'ram:SellerPayableTaxSpecifiedTradeAccountingAccount'],
    ['064', 'ram:SellerRefundableTaxSpecifiedTradeAccountingAccount'],
    ['065', 'ram:BuyerDeductibleTaxSpecifiedTradeAccountingAccount'],
    ['066', 'ram:BuyerNonDeductibleTaxSpecifiedTradeAccountingAccount'],
    ['067', 'ram:PlaceApplicableTradeLocation'],
    ['098', 'ram:ExemptionReason', unlessIn(N.tradeTax)],
  ]),
  enRule({
    id: 'CII-DT-097',
    terms: [],
    code: F_CODES.value,
    message: {
      en: 'A date in format 102 is not of the form YYYYMMDD.',
      fr: 'Une date au format 102 n’est pas de la forme AAAAMMJJ.',
    },
    remedy: {
      en: 'Write the year, the month from 01 to 12 and the day from 01 to 31, eight digits in all.',
      fr: 'Indiquez l’année, le mois de 01 à 12 et le jour de 01 à 31, soit huit chiffres.',
    },
    platformText: 'Date non conforme au format AAAAMMJJ ({place}).',
    cii: mustWhen(
      '//udt:DateTimeString/@format',
      (node, { document }) => exactAttributeCode(document, node, N.format) === DAY,
      isDay,
    ),
  }),
]
