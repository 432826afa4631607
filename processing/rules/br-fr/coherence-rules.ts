import { NONE, path, type Path } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { F_CODES, type Rule, type RuleSubject } from '../rule.ts'
import { frRule, must, type Condition } from './br-fr-rule.ts'
import { isFramework } from './framework.ts'
import { numberOf, ofScheme, textAt, textsAt, trimmedAt } from './node-values.ts'
import { ciiNotes, contentsOf, ublNote } from './notes.ts'
import { AGREEMENT, CII_SELLER, CII_TOTALS, SETTLEMENT, UBL_SELLER } from './places.ts'

/** Where a syntax has what these rules compare; from the root. */
interface Places {
  readonly types: readonly Path[]
  readonly contract: Path
  readonly start: Path
  readonly end: Path
  readonly issueDate: Path
  readonly dueDates: readonly Path[]
  readonly paid: Path
  readonly total: Path
  readonly due: Path
  readonly currency: Path
  readonly vatCurrency: Path
  readonly vatTotals: Path
  readonly sellerIds: Path
}

const UBL: Places = {
  types: [path('cbc:InvoiceTypeCode'), path('cbc:CreditNoteTypeCode')],
  contract: path('cac:ContractDocumentReference/cbc:ID'),
  start: path('cac:InvoicePeriod/cbc:StartDate'),
  end: path('cac:InvoicePeriod/cbc:EndDate'),
  issueDate: path('cbc:IssueDate'),
  dueDates: [path('cbc:DueDate'), path('cac:PaymentMeans/cbc:PaymentDueDate')],
  paid: path('cac:LegalMonetaryTotal/cbc:PrepaidAmount'),
  total: path('cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount'),
  due: path('cac:LegalMonetaryTotal/cbc:PayableAmount'),
  currency: path('cbc:DocumentCurrencyCode'),
  vatCurrency: path('cbc:TaxCurrencyCode'),
  vatTotals: path('cac:TaxTotal/cbc:TaxAmount'),
  sellerIds: path(`${UBL_SELLER}/cac:PartyIdentification/cbc:ID`),
}
const CII: Places = {
  types: [path('rsm:ExchangedDocument/ram:TypeCode')],
  contract: path(`${AGREEMENT}/ram:ContractReferencedDocument/ram:IssuerAssignedID`),
  start: path(`${SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString`),
  end: path(`${SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString`),
  issueDate: path('rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString'),
  dueDates: [
    path(`${SETTLEMENT}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString`),
  ],
  paid: path(`${CII_TOTALS}/ram:TotalPrepaidAmount`),
  total: path(`${CII_TOTALS}/ram:GrandTotalAmount`),
  due: path(`${CII_TOTALS}/ram:DuePayableAmount`),
  currency: path(`${SETTLEMENT}/ram:InvoiceCurrencyCode`),
  vatCurrency: path(`${SETTLEMENT}/ram:TaxCurrencyCode`),
  vatTotals: path(`${CII_TOTALS}/ram:TaxTotalAmount`),
  sellerIds: path(`${CII_SELLER}/ram:GlobalID`),
}

const CREDIT_NOTE_TYPE = path('cbc:CreditNoteTypeCode')
const DISCOUNT_CREDIT: ReadonlySet<string> = new Set(['262'])
const DEPOSIT: ReadonlySet<string> = new Set(['386', '500', '503'])
const PAID: ReadonlySet<string> = new Set(['B2', 'S2', 'M2'])
const AFTER_DEPOSIT: ReadonlySet<string> = new Set(['B4', 'S4', 'M4'])

type Judgement = (subject: RuleSubject, places: Places) => boolean

const isOfType = (
  { document, root }: RuleSubject,
  { types }: Places,
  codes: ReadonlySet<string>,
): boolean => types.some((steps) => textsAt(document, root, steps).some((type) => codes.has(type)))

const isDiscountComplete: Judgement = (subject, places) => {
  const { document, root } = subject
  const { contract, start, end } = places
  if (!isOfType(subject, places, DISCOUNT_CREDIT)) return true
  return [contract, start, end].every((steps) => textAt(document, root, steps) !== '')
}

const mayBeDueBefore: Judgement = (subject, places) =>
  isOfType(subject, places, DEPOSIT) || isFramework(subject, PAID)

const earliest = (dates: readonly string[]): string =>
  dates.reduce((first, date) => (date < first ? date : first), dates[0] ?? '')
const latest = (dates: readonly string[]): string =>
  dates.reduce((last, date) => (date > last ? date : last), '')

/** Dates compare as texts. */
const isDueAfterIssueInUbl: Judgement = (subject, places) => {
  const { document, root } = subject
  const [dueDate = []] = places.dueDates
  // ARTEFACT (1.4.0.03): the due date of a credit note, beside its payment means, is not looked at.
  const dates = textsAt(document, root, dueDate)
  const issued = textsAt(document, root, places.issueDate)
  const isBefore = earliest(dates) < latest(issued)
  return dates.length === 0 || mayBeDueBefore(subject, places) || !isBefore
}
const isDueAfterIssueInCii: Judgement = (subject, places) => {
  const { document, root } = subject
  const [dueDate = []] = places.dueDates
  const due = textAt(document, root, dueDate)
  const issue = document.first(root, places.issueDate)
  return (
    due === '' || mayBeDueBefore(subject, places) || (issue !== NONE && due >= document.text(issue))
  )
}

const isNoDeposit: Judgement = (subject, places) =>
  !isFramework(subject, AFTER_DEPOSIT) || !isOfType(subject, places, DEPOSIT)

const amountAt = ({ document, root }: RuleSubject, steps: Path): number =>
  numberOf(trimmedAt(document, root, steps))
const isPaidInFull: Judgement = (subject, { paid, total }) =>
  !isFramework(subject, PAID) || amountAt(subject, paid) === amountAt(subject, total)
const isNothingDue: Judgement = (subject, { due }) =>
  !isFramework(subject, PAID) || amountAt(subject, due) === 0
const isPaymentDated: Judgement = (subject, { dueDates }) => {
  const { document, root } = subject
  return (
    !isFramework(subject, PAID) || dueDates.some((steps) => textAt(document, root, steps) !== '')
  )
}

const CURRENCY = nameId('currencyID')
const isInEuros: Judgement = ({ document, root }, { currency, vatCurrency, vatTotals }) => {
  if (!textsAt(document, root, currency).some((code) => code !== 'EUR')) return true
  const euros = document
    .all(root, vatTotals)
    .find((node) => document.attribute(node, CURRENCY) === 'EUR')
  return (
    textsAt(document, root, vatCurrency).includes('EUR') &&
    euros !== undefined &&
    document.text(euros) !== ''
  )
}

const isSingleTaxable: Judgement = ({ document, root }, { sellerIds }) =>
  ofScheme(document, root, sellerIds, '0231').length > 0
const MENTION = 'MEMBRE_ASSUJETTI_UNIQUE'
const isMentionedInUbl: Judgement = (subject, places) =>
  !isSingleTaxable(subject, places) || ublNote(subject, 'TXD') === MENTION
const isMentionedInCii: Judgement = (subject, places) =>
  !isSingleTaxable(subject, places) ||
  ciiNotes(subject, 'TXD').some((note) => contentsOf(subject.document, note).includes(MENTION))

const UBL_REPRESENTATIVE = path('cac:TaxRepresentativeParty/cac:PartyTaxScheme/cbc:CompanyID')
const CII_REPRESENTATIVE = path(
  `${AGREEMENT}/ram:SellerTaxRepresentativeTradeParty/ram:SpecifiedTaxRegistration/ram:ID`,
)
const isRepresentedInUbl: Judgement = (subject, places) =>
  !isSingleTaxable(subject, places) ||
  textAt(subject.document, subject.root, UBL_REPRESENTATIVE) !== ''
const isRepresentedInCii: Judgement = (subject, places) => {
  const { document, root } = subject
  if (!isSingleTaxable(subject, places)) return true
  const [vat] = ofScheme(document, root, CII_REPRESENTATIVE, 'VA')
  return vat !== undefined && document.text(vat) !== ''
}

const of =
  (judgement: Judgement, places: Places): Condition =>
  (_root, subject) =>
    judgement(subject, places)
/** One judgement for both syntaxes, or one for each; checked at the root. */
const judged = (ubl: Judgement, cii: Judgement = ubl): Pick<Rule, 'ubl' | 'cii'> => ({
  ubl: [must('/', of(ubl, UBL))],
  cii: [must('/', of(cii, CII))],
})

/** BR-FR-CO-03, 07, 08, 09, 12, 14, 15. */
export const COHERENCE_RULES: readonly Rule[] = [
  frRule({
    id: 'BR-FR-CO-03_BT-3',
    terms: ['BT-3', 'BT-12', 'BT-73', 'BT-74'],
    code: F_CODES.conditional,
    message: {
      en: 'A global discount (BT-3 = 262) needs its contract (BT-12) and both dates of its period (BT-73, BT-74).',
      fr: 'Une remise globale (BT-3 = 262) exige son contrat (BT-12) et les deux dates de sa période (BT-73, BT-74).',
    },
    remedy: {
      en: 'Give the contract number and the period that the discount is for.',
      fr: 'Indiquez le numéro de contrat et la période de la remise.',
    },
    // ARTEFACT: in UBL only credit notes are looked at.
    ubl: [
      must(
        '/',
        (root, subject) =>
          subject.document.first(root, CREDIT_NOTE_TYPE) === NONE ||
          isDiscountComplete(subject, UBL),
      ),
    ],
    cii: [must('/', of(isDiscountComplete, CII))],
  }),
  frRule({
    id: 'BR-FR-CO-07_BT-9',
    terms: ['BT-2', 'BT-9'],
    code: F_CODES.conditional,
    message: {
      en: 'The due date (BT-9) is before the issue date (BT-2).',
      fr: 'La date d’échéance (BT-9) précède la date de facture (BT-2).',
    },
    remedy: {
      en: 'Give a due date on or after the issue date, save for deposits and invoices already paid.',
      fr: 'Indiquez une échéance égale ou postérieure à la date de facture, sauf acomptes et factures déjà payées.',
    },
    ...judged(isDueAfterIssueInUbl, isDueAfterIssueInCii),
  }),
  frRule({
    id: 'BR-FR-CO-08_BT-23',
    terms: ['BT-3', 'BT-23'],
    code: F_CODES.framework,
    message: {
      en: 'A final invoice after deposits (BT-23 B4, S4, M4) cannot be a deposit itself (BT-3 386, 500, 503).',
      fr: 'Une facture définitive après acompte (BT-23 B4, S4, M4) ne peut être un acompte (BT-3 386, 500, 503).',
    },
    remedy: {
      en: 'Change the framework or the type.',
      fr: 'Changez le cadre de facturation ou le type.',
    },
    ...judged(isNoDeposit),
  }),
  frRule({
    id: 'BR-FR-CO-09_BT-23-1',
    terms: ['BT-23', 'BT-112', 'BT-113'],
    code: F_CODES.amounts,
    message: {
      en: 'In an invoice already paid (BT-23 B2, S2, M2) the paid amount (BT-113) must be the total with VAT (BT-112).',
      fr: 'Dans une facture déjà payée (BT-23 B2, S2, M2), le montant payé (BT-113) doit être le total avec TVA (BT-112).',
    },
    remedy: {
      en: 'Give the whole total as paid, or another framework.',
      fr: 'Indiquez le total comme payé, ou un autre cadre de facturation.',
    },
    ...judged(isPaidInFull),
  }),
  frRule({
    id: 'BR-FR-CO-09_BT-23-2',
    terms: ['BT-23', 'BT-115'],
    code: F_CODES.amounts,
    message: {
      en: 'In an invoice already paid (BT-23 B2, S2, M2) the amount due (BT-115) must be 0.',
      fr: 'Dans une facture déjà payée (BT-23 B2, S2, M2), le net à payer (BT-115) doit être 0.',
    },
    remedy: {
      en: 'Give 0 as amount due, or another framework.',
      fr: 'Indiquez 0 en net à payer, ou un autre cadre de facturation.',
    },
    ...judged(isNothingDue),
  }),
  frRule({
    id: 'BR-FR-CO-09_BT-23-3',
    terms: ['BT-9', 'BT-23'],
    code: F_CODES.conditional,
    message: {
      en: 'An invoice already paid (BT-23 B2, S2, M2) needs a due date (BT-9): the day of payment.',
      fr: 'Une facture déjà payée (BT-23 B2, S2, M2) exige une date d’échéance (BT-9) : le jour du paiement.',
    },
    remedy: {
      en: 'Give the day of payment as due date.',
      fr: 'Indiquez le jour du paiement en date d’échéance.',
    },
    ...judged(isPaymentDated),
  }),
  frRule({
    id: 'BR-FR-CO-12_BT-5',
    terms: ['BT-5', 'BT-6', 'BT-111'],
    code: F_CODES.conditional,
    message: {
      en: 'An invoice in another currency (BT-5) needs EUR as VAT currency (BT-6) and its VAT in euros (BT-111).',
      fr: 'Une facture dans une autre devise (BT-5) exige EUR en devise de TVA (BT-6) et sa TVA en euros (BT-111).',
    },
    remedy: {
      en: 'Give BT-6 = EUR and the total VAT amount in EUR.',
      fr: 'Indiquez BT-6 = EUR et le montant total de TVA en EUR.',
    },
    ...judged(isInEuros),
  }),
  frRule({
    id: 'BR-FR-CO-14_BT-29-1',
    terms: ['BT-21', 'BT-22', 'BT-29'],
    code: F_CODES.conditional,
    message: {
      en: `A seller in a single taxable entity (BT-29, scheme 0231) needs a note TXD that says ${MENTION}.`,
      fr: `Un vendeur membre d’un assujetti unique (BT-29, schéma 0231) exige une note TXD disant ${MENTION}.`,
    },
    remedy: {
      en: `Add the note #TXD#${MENTION} in UBL, or subject TXD with this content in CII.`,
      fr: `Ajoutez la note #TXD#${MENTION} en UBL, ou le sujet TXD et ce contenu en CII.`,
    },
    ...judged(isMentionedInUbl, isMentionedInCii),
  }),
  frRule({
    id: 'BR-FR-CO-15_BT-29-1',
    terms: ['BG-11', 'BT-29', 'BT-63'],
    code: F_CODES.conditional,
    message: {
      en: 'A seller in a single taxable entity (BT-29, scheme 0231) needs a tax representative with the VAT number of the entity (BT-63).',
      fr: 'Un vendeur membre d’un assujetti unique (BT-29, schéma 0231) exige un représentant fiscal avec le numéro de TVA de l’assujetti (BT-63).',
    },
    remedy: {
      en: 'Give the entity as tax representative, with its VAT number.',
      fr: 'Indiquez l’assujetti en représentant fiscal, avec son numéro de TVA.',
    },
    ...judged(isRepresentedInUbl, isRepresentedInCii),
  }),
]
