import { path } from '../../formats/xml/xml-document.ts'
import { remembered } from '../remembered.ts'
import { type Check, type Rule } from '../rule.ts'
import { frRule, must, type Condition, type Label } from './br-fr-rule.ts'
import { textAt, textsAt } from './node-values.ts'
import { CII_LINE_SETTLEMENT, SETTLEMENT } from './places.ts'

const CATEGORIES: ReadonlySet<string> = new Set(['S', 'E', 'AE', 'K', 'G', 'O', 'Z'])
/** IGIC and IPSI are Spanish. */
const SPANISH: ReadonlySet<string> = new Set(['L', 'M'])

/** Rates in force in France or once, as texts: 5.5 and 5.50, not 5.500. */
const RATES: ReadonlySet<string> = new Set([
  ...['0', '7', '10', '13', '20'].flatMap((rate) => [rate, `${rate}.0`, `${rate}.00`]),
  ...['0.9', '2.1', '5.5', '8.5', '9.2', '9.6', '19.6', '20.6'].flatMap((rate) => [
    rate,
    `${rate}0`,
  ]),
  '1.05',
  '1.75',
])

const UBL_CATEGORY = path('cbc:ID')
const UBL_RATE = path('cbc:Percent')
const CII_CATEGORY = path('ram:CategoryCode')
const CII_RATE = path('ram:RateApplicablePercent')
const LINE_STATUS = path('ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode')

const isUblCategory: Condition = (node, { document }) => {
  const [category] = textsAt(document, node, UBL_CATEGORY)
  return category === undefined || CATEGORIES.has(category)
}
const isFrench =
  (steps: typeof UBL_CATEGORY): Condition =>
  (node, { document }) =>
    !textsAt(document, node, steps).some((category) => SPANISH.has(category))
/** ARTEFACT: in CII a missing category is a wrong one. */
const isCiiCategory: Condition = (node, { document }) =>
  CATEGORIES.has(textAt(document, node, CII_CATEGORY))
const isGroupLine = remembered((line, { document }) =>
  textsAt(document, line, LINE_STATUS).some((one) => one === 'GROUP' || one === 'INFORMATION'),
)
const isCiiLineCategory: Condition = (node, subject) => {
  const { document } = subject
  if (isCiiCategory(node, subject)) return true
  const line = document.parent(document.parent(node))
  return document.first(node, CII_CATEGORY) < 0 && isGroupLine(line, subject)
}

const isUblRate: Condition = (node, { document }) => {
  const [rate] = textsAt(document, node, UBL_RATE)
  return rate === undefined || RATES.has(rate)
}
const isCiiRate: Condition = (node, { document }) => {
  const rate = textAt(document, node, CII_RATE)
  return rate === '' || RATES.has(rate)
}

type Checks = { readonly ubl: readonly Check[] } | { readonly cii: readonly Check[] }

const category = (id: string, terms: readonly string[], label: Label, checks: Checks): Rule =>
  frRule({
    id,
    terms,
    message: {
      en: `The VAT category of ${label.en} is none of those used in France.`,
      fr: `Catégorie de TVA ${label.fr} : hors de celles utilisées en France.`,
    },
    remedy: {
      en: `Use one of ${[...CATEGORIES].join(', ')}.`,
      fr: `Utilisez l’une de ${[...CATEGORIES].join(', ')}.`,
    },
    ...checks,
  })

const notSpanish = (id: string, terms: readonly string[], label: Label, checks: Checks): Rule =>
  frRule({
    id,
    terms,
    message: {
      en: `The VAT category of ${label.en} is L or M: these taxes are not French.`,
      fr: `Catégorie de TVA ${label.fr} : L ou M, taxes qui n’existent pas en France.`,
    },
    remedy: {
      en: 'Use the category of the French VAT that applies.',
      fr: 'Utilisez la catégorie de la TVA française applicable.',
    },
    ...checks,
  })

const rate = (
  id: string,
  terms: readonly string[],
  label: Label,
  checks: { readonly ubl?: readonly Check[]; readonly cii?: readonly Check[] },
): Rule =>
  frRule({
    id,
    terms,
    message: {
      en: `The VAT rate of ${label.en} is none of the French rates.`,
      fr: `Taux de TVA ${label.fr} : hors des taux français.`,
    },
    remedy: {
      en: 'Use a rate of the list (20, 10, 5.5, 2.1, 0 …), without % and with two decimals at most.',
      fr: 'Utilisez un taux de la liste (20, 10, 5.5, 2.1, 0 …), sans % et avec deux décimales au plus.',
    },
    ...checks,
  })

const DOCUMENT = ['BT-95', 'BT-102']
const ALLOWANCE: Label = {
  en: 'an allowance or charge',
  fr: 'd’une remise ou de frais',
}
const BREAKDOWN: Label = { en: 'the VAT breakdown', fr: 'de la ventilation de TVA' }
const LINE: Label = { en: 'a line', fr: 'd’une ligne' }

const UBL_ALLOWANCE = '//cac:AllowanceCharge/cac:TaxCategory'
const UBL_BREAKDOWN = '//cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory'
const UBL_ITEM = '//cac:Item/cac:ClassifiedTaxCategory'
const CII_ALLOWANCE = `${SETTLEMENT}/ram:SpecifiedTradeAllowanceCharge/ram:CategoryTradeTax`
const CII_BREAKDOWN = `${SETTLEMENT}/ram:ApplicableTradeTax`
const CII_ITEM = `${CII_LINE_SETTLEMENT}/ram:ApplicableTradeTax`

const ublCategory = (at: string): Checks => ({ ubl: [must(at, isUblCategory)] })
const ublFrench = (at: string): Checks => ({ ubl: [must(at, isFrench(UBL_CATEGORY))] })
const ciiFrench = (at: string): Checks => ({ cii: [must(at, isFrench(CII_CATEGORY))] })

/** BR-FR-15 and BR-FR-16. ARTEFACT: some ids name a term or a rule too many. */
export const VAT_RULES: readonly Rule[] = [
  category('BR-FR-15_BT-95_BT-102-1', DOCUMENT, ALLOWANCE, ublCategory(UBL_ALLOWANCE)),
  notSpanish('BR-FR-15_BT-95_BT-102-2', DOCUMENT, ALLOWANCE, ublFrench(UBL_ALLOWANCE)),
  category('BR-FR-15_BT-118-1', ['BT-118'], BREAKDOWN, ublCategory(UBL_BREAKDOWN)),
  notSpanish('BR-FR-15_BT-118-2', ['BT-118'], BREAKDOWN, ublFrench(UBL_BREAKDOWN)),
  category('BR-FR-15_BT-151-1', ['BT-151'], LINE, ublCategory(UBL_ITEM)),
  notSpanish('BR-FR-08_BT-151-2', ['BT-151'], LINE, ublFrench(UBL_ITEM)),
  category('BR-FR-15_BT-95_BT-102', DOCUMENT, ALLOWANCE, {
    cii: [must(CII_ALLOWANCE, isCiiCategory)],
  }),
  notSpanish('BR-FR-15_BT-95_BT-102_LM', DOCUMENT, ALLOWANCE, ciiFrench(CII_ALLOWANCE)),
  category('BR-FR-15_BT-95_BT-118', ['BT-118'], BREAKDOWN, {
    cii: [must(CII_BREAKDOWN, isCiiCategory)],
  }),
  notSpanish('BR-FR-15_BT-95_BT-118_LM', ['BT-118'], BREAKDOWN, ciiFrench(CII_BREAKDOWN)),
  category('BR-FR-15_BT-95_BT-151', ['BT-151'], LINE, { cii: [must(CII_ITEM, isCiiLineCategory)] }),
  notSpanish('BR-FR-15_BT-95_BT-151_LM', ['BT-151'], LINE, ciiFrench(CII_ITEM)),
  // ARTEFACT: allowances and charges are one context, so BR-FR-16_BT-103 is never reached in UBL.
  rate('BR-FR-16_BT-96', ['BT-96', 'BT-103'], ALLOWANCE, { ubl: [must(UBL_ALLOWANCE, isUblRate)] }),
  rate('BR-FR-16_BT-103', ['BT-103'], ALLOWANCE, {}),
  rate('BR-FR-16_BT-96_BT-103', ['BT-96', 'BT-103'], ALLOWANCE, {
    cii: [must(CII_ALLOWANCE, isCiiRate)],
  }),
  rate('BR-FR-16_BT-119', ['BT-119'], BREAKDOWN, {
    ubl: [must(UBL_BREAKDOWN, isUblRate)],
    cii: [must(CII_BREAKDOWN, isCiiRate)],
  }),
  // ARTEFACT: lines of credit notes are not looked at.
  rate('BR-FR-16_BT-152', ['BT-152'], LINE, {
    ubl: [must('//cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory', isUblRate)],
    cii: [must(CII_ITEM, isCiiRate)],
  }),
]
