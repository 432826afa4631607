import { type Rule } from '../rule.ts'
import { frRule, mustBe, type Label } from './br-fr-rule.ts'
import { CII_LINE, CII_LINE_SETTLEMENT, DELIVERY, SETTLEMENT, ublLines } from './places.ts'

const UBL_DATE = /^(20\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const CII_DATE = /^(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/

const isUblDate = (text: string): boolean => isDay(UBL_DATE.exec(text))
/** ARTEFACT: what follows the eight digits is not looked at. */
const isCiiDate = (text: string): boolean => isDay(CII_DATE.exec(text.slice(0, 8)))

function isDay(match: RegExpExecArray | null): boolean {
  if (match === null) return false
  const [, year, month, day] = match
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
}

interface DatePlace {
  readonly term: string
  readonly label: Label
  readonly ubl: string
  readonly cii: string
  /** ARTEFACT: the id in CII, where it is another one. */
  readonly ciiId?: string
}

const PLACES: readonly DatePlace[] = [
  {
    term: 'BT-2',
    label: { en: 'issue date', fr: 'date de facture' },
    ubl: 'cbc:IssueDate',
    cii: 'rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString',
  },
  {
    term: 'BT-7',
    label: { en: 'VAT point date', fr: 'date d’exigibilité de la TVA' },
    ubl: 'cbc:TaxPointDate',
    cii: `${SETTLEMENT}/ram:ApplicableTradeTax/ram:TaxPointDate/udt:DateString`,
  },
  {
    term: 'BT-9',
    label: { en: 'due date', fr: 'date d’échéance' },
    ubl: 'cbc:DueDate',
    cii: `${SETTLEMENT}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString`,
  },
  {
    term: 'BT-26',
    label: { en: 'preceding invoice date', fr: 'date de facture antérieure' },
    ubl: 'cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate',
    cii: `${SETTLEMENT}/ram:InvoiceReferencedDocument/ram:FormattedIssueDateTime/qdt:DateTimeString`,
  },
  {
    term: 'BT-72',
    label: { en: 'delivery date', fr: 'date de livraison' },
    ubl: 'cac:Delivery/cbc:ActualDeliveryDate',
    cii: `${DELIVERY}/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString`,
  },
  {
    term: 'BT-73',
    label: { en: 'start of the invoicing period', fr: 'début de la période de facturation' },
    ubl: 'cac:InvoicePeriod/cbc:StartDate',
    cii: `${SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString`,
  },
  {
    term: 'BT-74',
    label: { en: 'end of the invoicing period', fr: 'fin de la période de facturation' },
    ubl: 'cac:InvoicePeriod/cbc:EndDate',
    cii: `${SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString`,
  },
  {
    term: 'EXT-FR-FE-138',
    label: { en: 'preceding invoice date of a line', fr: 'date de facture antérieure d’une ligne' },
    ubl: ublLines('cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate'),
    cii: `${CII_LINE_SETTLEMENT}/ram:InvoiceReferencedDocument/ram:FormattedIssueDateTime/qdt:DateTimeString`,
  },
  {
    term: 'EXT-FR-FE-158',
    label: { en: 'delivery date of a line', fr: 'date de livraison d’une ligne' },
    ubl: ublLines('cac:Delivery/cbc:ActualDeliveryDate'),
    cii: `${CII_LINE}/ram:SpecifiedLineTradeDelivery/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString`,
  },
  {
    term: 'BT-134',
    label: { en: 'start of the period of a line', fr: 'début de la période d’une ligne' },
    ubl: ublLines('cac:InvoicePeriod/cbc:StartDate'),
    cii: `${CII_LINE_SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString`,
    ciiId: 'BR-FR-03_EXT-FR-FE-134',
  },
  {
    term: 'BT-135',
    label: { en: 'end of the period of a line', fr: 'fin de la période d’une ligne' },
    ubl: ublLines('cac:InvoicePeriod/cbc:EndDate'),
    cii: `${CII_LINE_SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString`,
    ciiId: 'BR-FR-03_EXT-FR-FE-135',
  },
]

/** BR-FR-03: days that exist, of the years 2000 to 2099. */
export const DATE_RULES: readonly Rule[] = PLACES.flatMap(({ term, label, ubl, cii, ciiId }) => {
  const texts = {
    terms: [term],
    message: {
      en: `The ${label.en} (${term}) is no day of the years 2000 to 2099.`,
      fr: `${label.fr} (${term}) : pas un jour des années 2000 à 2099.`,
    },
    remedy: {
      en: 'Give a day that exists: 2026-09-30 in UBL, 20260930 in CII.',
      fr: 'Indiquez un jour qui existe : 2026-09-30 en UBL, 20260930 en CII.',
    },
  }
  const id = `BR-FR-03_${term}`
  const ublChecks = [mustBe(ubl, isUblDate)]
  const ciiChecks = [mustBe(cii, isCiiDate)]
  if (ciiId === undefined) return [frRule({ id, ...texts, ubl: ublChecks, cii: ciiChecks })]
  return [frRule({ id, ...texts, ubl: ublChecks }), frRule({ id: ciiId, ...texts, cii: ciiChecks })]
})
