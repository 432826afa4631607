import { NONE, path, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { attributeCode, packed } from '../element-values.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { enRule, must, mustWhen, type Condition } from './en-rule.ts'
import { has } from './needs.ts'

const UBL_LINE_PERIOD =
  '//cac:InvoiceLine/cac:InvoicePeriod | //cac:CreditNoteLine/cac:InvoicePeriod'
const UBL_PERIOD = '//cac:InvoicePeriod'
const CII_LINE_PERIOD = '//ram:SpecifiedLineTradeSettlement/ram:BillingSpecifiedPeriod'
const CII_PERIOD = '//ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod'

const INVOICE_LINE = nameId('cac:InvoiceLine')
const CREDIT_NOTE_LINE = nameId('cac:CreditNoteLine')

/** ARTEFACT: the rules on line periods come first, and one rule per element is enough. */
const isOfDocument: Condition = (node, { document }) => {
  const parent = document.name(document.parent(node))
  return parent !== INVOICE_LINE && parent !== CREDIT_NOTE_LINE
}

const START = nameId('cbc:StartDate')
const END = nameId('cbc:EndDate')
const isInOrder: Condition = (node, { document }) => {
  const start = document.child(node, START)
  const end = document.child(node, END)
  if (start === NONE || end === NONE) return true
  const [from, to] = [instantOf(document.trimmed(start)), instantOf(document.trimmed(end))]
  // What is no date is refused by the structure check.
  return from === undefined || to === undefined || to >= from
}

/** When an xs:date starts, in ms; without a time zone it is taken as UTC. */
function instantOf(date: string): number | undefined {
  const match = /^(-?\d{4,9})-(\d\d)-(\d\d)(?:Z|([+-])(\d\d):(\d\d))?$/.exec(date)
  if (match === null) return undefined
  const [, year, month, day, sign, hours = '0', minutes = '0'] = match
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
  return new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day)) - offset
}

/** ARTEFACT: dates of format 102 are compared as texts; in another format they are not there. */
const FORMAT = nameId('format')
const DAY = packed('102')
const CII_START = path('ram:StartDateTime/udt:DateTimeString')
const CII_END = path('ram:EndDateTime/udt:DateTimeString')
const hasBoth =
  (start: Condition, end: Condition): Condition =>
  (node, subject) =>
    start(node, subject) && end(node, subject)
const days = (document: XmlDocument, nodes: readonly NodeId[]): string[] =>
  nodes
    .filter((node) => attributeCode(document, node, FORMAT) === DAY)
    .map((node) => document.text(node))
const isCiiInOrder: Condition = (node, { document }) => {
  const first = days(document, document.all(node, CII_START)).toSorted()[0]
  const last = days(document, document.all(node, CII_END)).toSorted().at(-1)
  return first !== undefined && last !== undefined && last >= first
}
const hasCiiBoth = hasBoth(has('ram:StartDateTime', 'element'), has('ram:EndDateTime', 'element'))

const ORDER = {
  code: F_CODES.value,
  remedy: {
    en: 'Give an end date on or after the start date.',
    fr: 'Indiquez une date de fin égale ou postérieure à la date de début.',
  },
  platformText: 'Date de fin antérieure à la date de début ({place}).',
}
const SOME_DATE = {
  code: F_CODES.conditional,
  remedy: {
    en: 'Give a start date, an end date or both, or leave the period out.',
    fr: 'Indiquez une date de début, une date de fin ou les deux, ou retirez la période.',
  },
  platformText: 'Période sans date ({place}).',
}
const hasDate = has('cbc:StartDate | cbc:EndDate', 'element')
const hasDateOrCode = has('cbc:StartDate | cbc:EndDate | cbc:DescriptionCode', 'element')
const hasCiiDate = has('ram:StartDateTime | ram:EndDateTime', 'element')

const POINT_DATE = has('cbc:TaxPointDate', 'element')
const POINT_CODE = has('cac:InvoicePeriod/cbc:DescriptionCode', 'element')

/** BR-29, BR-30, BR-CO-03 (its CII part is with the VAT breakdown), BR-CO-19, BR-CO-20. */
export const PERIOD_RULES: readonly Rule[] = [
  enRule({
    id: 'BR-29',
    terms: ['BT-73', 'BT-74'],
    message: {
      en: 'The invoicing period ends (BT-74) before it starts (BT-73).',
      fr: 'La période de facturation se termine (BT-74) avant son début (BT-73).',
    },
    ...ORDER,
    ubl: mustWhen(UBL_PERIOD, isOfDocument, isInOrder),
    cii: mustWhen(CII_PERIOD, hasCiiBoth, isCiiInOrder),
  }),
  enRule({
    id: 'BR-30',
    terms: ['BT-134', 'BT-135'],
    message: {
      en: 'The period of a line ends (BT-135) before it starts (BT-134).',
      fr: 'La période d’une ligne se termine (BT-135) avant son début (BT-134).',
    },
    ...ORDER,
    ubl: must(UBL_LINE_PERIOD, isInOrder),
    cii: mustWhen(CII_LINE_PERIOD, hasCiiBoth, isCiiInOrder),
  }),
  enRule({
    id: 'BR-CO-19',
    terms: ['BG-14', 'BT-73', 'BT-74'],
    message: {
      en: 'The invoicing period (BG-14) has neither a start date (BT-73) nor an end date (BT-74).',
      fr: 'La période de facturation (BG-14) n’a ni date de début (BT-73) ni date de fin (BT-74).',
    },
    ...SOME_DATE,
    ubl: mustWhen(UBL_PERIOD, isOfDocument, hasDateOrCode),
    cii: must(CII_PERIOD, hasCiiDate),
  }),
  enRule({
    id: 'BR-CO-20',
    terms: ['BG-26', 'BT-134', 'BT-135'],
    message: {
      en: 'The period of a line (BG-26) has neither a start date (BT-134) nor an end date (BT-135).',
      fr: 'La période d’une ligne (BG-26) n’a ni date de début (BT-134) ni date de fin (BT-135).',
    },
    ...SOME_DATE,
    ubl: must(UBL_LINE_PERIOD, hasDate),
    cii: must(CII_LINE_PERIOD, hasCiiDate),
  }),
]

/** BR-CO-03 in UBL. */
export const hasOnePointOfTax: Condition = (node, subject) =>
  !(POINT_DATE(node, subject) && POINT_CODE(node, subject))
