import { NONE, path } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { exactCodeOf, lengthOf } from '../element-values.ts'
import { remembered } from '../remembered.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { CII_USE, isVatTax } from './cii-facts.ts'
import { enRule, must, mustWhen, type Condition } from './en-rule.ts'
import { has } from './needs.ts'
import { DELIVERY } from './paths.ts'
import { USE } from './ubl-facts.ts'
import { CATEGORY, categoryOf } from './vat-category.ts'
import { CII_HEADER_TAX } from './vat-family-contexts.ts'

const CATEGORY_CODE = nameId('ram:CategoryCode')

const hasUblBreakdown =
  (category: number): Condition =>
  (_, { facts }) =>
    facts.ubl.uses.of(USE.breakdownVat, category) > 0
const isK: Condition = (node, { document }) =>
  categoryOf(exactCodeOf(document, node)) === CATEGORY.K &&
  isVatTax(document, document.parent(node))
const isO: Condition = (node, { document }) =>
  categoryOf(exactCodeOf(document, document.child(node, CATEGORY_CODE))) === CATEGORY.O &&
  isVatTax(document, node)

/** ARTEFACT: more than one character, blanks among them. */
const DELIVERY_DATE = path('cac:Delivery/cbc:ActualDeliveryDate')
const DELIVERY_COUNTRY = path(
  'cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode',
)
const PERIOD = nameId('cac:InvoicePeriod')
const hasUblDate: Condition = (node, { document }) => {
  if (lengthOf(document, document.first(node, DELIVERY_DATE)) > 1) return true
  let period = document.child(node, PERIOD)
  while (period !== NONE) {
    if (document.firstChild(period) !== NONE) return true
    period = document.next(period)
  }
  return false
}

/** Looked for from each category code. */
const hasCiiDeliveryDate = remembered(
  has(
    `${DELIVERY}/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString`,
    'element',
  ),
)
const hasCiiPeriod = remembered(
  has(
    'ram:BillingSpecifiedPeriod/ram:StartDateTime | ram:BillingSpecifiedPeriod/ram:EndDateTime',
    'element',
  ),
)
const hasCiiCountry = remembered(
  has(`${DELIVERY}/ram:ShipToTradeParty/ram:PostalTradeAddress/ram:CountryID`, 'element'),
)

/** BR-O-11 to BR-O-14: nothing else beside category O. */
function alone(
  suffix: string,
  terms: readonly string[],
  en: string,
  fr: string,
  use: (typeof USE)[keyof typeof USE],
  ciiUse: 3 | 2,
): Rule {
  return enRule({
    id: `BR-O-${suffix}`,
    terms,
    code: F_CODES.conditional,
    message: {
      en: `VAT category O (not subject to VAT) stands alone: ${en}.`,
      fr: `La catégorie de TVA O (hors champ de la TVA) exclut les autres : ${fr}.`,
    },
    remedy: {
      en: 'Put what is subject to VAT on an invoice of its own, or correct the category.',
      fr: 'Facturez à part ce qui est soumis à la TVA, ou corrigez la catégorie.',
    },
    platformText: 'La catégorie de TVA O exclut les autres catégories ({place}).',
    ubl: mustWhen('/', hasUblBreakdown(CATEGORY.O), (_, { facts }) => {
      return facts.ubl.uses.ofOthers(use, CATEGORY.O) === 0
    }),
    cii: mustWhen(CII_HEADER_TAX, isO, (_, { facts }) => {
      return facts.cii.uses.ofOthers(ciiUse, CATEGORY.O) === 0
    }),
  })
}

/** What only one category asks for: BR-IC-11, BR-IC-12, BR-O-11 to BR-O-14, BR-B-01, BR-B-02. */
export const VAT_SPECIAL_RULES: readonly Rule[] = [
  enRule({
    id: 'BR-IC-11',
    terms: ['BG-14', 'BG-23', 'BT-72', 'BT-118'],
    code: F_CODES.conditional,
    message: {
      en: 'VAT category K (intra-community supply): neither a delivery date (BT-72) nor an invoicing period (BG-14) is given.',
      fr: 'Catégorie de TVA K (livraison intracommunautaire) : ni date de livraison (BT-72) ni période de facturation (BG-14).',
    },
    remedy: { en: 'Give one of the two.', fr: 'Indiquez l’une des deux.' },
    platformText: 'Date de livraison ou période de facturation obligatoire ({place}).',
    ubl: mustWhen('/', hasUblBreakdown(CATEGORY.K), hasUblDate),
    cii: mustWhen(
      `${CII_HEADER_TAX}/ram:CategoryCode`,
      isK,
      (node, subject) =>
        hasCiiDeliveryDate(subject.root, subject) ||
        hasCiiPeriod(subject.document.parent(subject.document.parent(node)), subject),
    ),
  }),
  enRule({
    id: 'BR-IC-12',
    terms: ['BG-23', 'BT-80', 'BT-118'],
    code: F_CODES.conditional,
    message: {
      en: 'VAT category K (intra-community supply): the country of delivery (BT-80) is missing.',
      fr: 'Catégorie de TVA K (livraison intracommunautaire) : le pays de livraison (BT-80) manque.',
    },
    remedy: {
      en: 'Give the country code of the delivery address.',
      fr: 'Indiquez le code pays de l’adresse de livraison.',
    },
    platformText: 'Pays de livraison obligatoire ({place}).',
    ubl: mustWhen(
      '/',
      hasUblBreakdown(CATEGORY.K),
      (node, { document }) => lengthOf(document, document.first(node, DELIVERY_COUNTRY)) > 1,
    ),
    cii: mustWhen(`${CII_HEADER_TAX}/ram:CategoryCode`, isK, (_, subject) =>
      hasCiiCountry(subject.root, subject),
    ),
  }),
  alone(
    '11',
    ['BG-23', 'BT-118'],
    'the VAT breakdown (BG-23) holds another category',
    'la ventilation de TVA (BG-23) comporte une autre catégorie',
    USE.breakdownVat,
    CII_USE.tradeTax,
  ),
  alone(
    '12',
    ['BG-23', 'BG-25', 'BT-118', 'BT-151'],
    'a line (BT-151) has another category',
    'une ligne (BT-151) a une autre catégorie',
    USE.itemVat,
    CII_USE.tradeTax,
  ),
  alone(
    '13',
    ['BG-20', 'BG-23', 'BT-95', 'BT-118'],
    'an allowance (BT-95) has another category',
    'une remise (BT-95) a une autre catégorie',
    USE.allowanceVat,
    CII_USE.allowanceOrCharge,
  ),
  alone(
    '14',
    ['BG-21', 'BG-23', 'BT-102', 'BT-118'],
    'a charge (BT-102) has another category',
    'des frais (BT-102) ont une autre catégorie',
    USE.chargeVat,
    CII_USE.allowanceOrCharge,
  ),
  enRule({
    id: 'BR-B-01',
    terms: ['BT-95', 'BT-102', 'BT-151'],
    code: F_CODES.value,
    message: {
      en: 'VAT category B (split payment) is for domestic Italian invoices, and some country code is not IT.',
      fr: 'La catégorie de TVA B (paiement scindé) est réservée aux factures internes à l’Italie, et un code pays n’est pas IT.',
    },
    remedy: {
      en: 'Use the category that applies.',
      fr: 'Utilisez la catégorie qui convient.',
    },
    platformText: 'Catégorie de TVA B réservée à l’Italie ({place}).',
    ubl: must('/', (_, { facts }) => {
      const { uses, isAbroad } = facts.ubl
      const isSplit =
        uses.of(USE.exactAnywhere, CATEGORY.B) > 0 || uses.of(USE.exactItem, CATEGORY.B) > 0
      return !isSplit || !isAbroad
    }),
    cii: must(
      '/',
      (_, { facts }) =>
        facts.cii.uses.of(CII_USE.anywhere, CATEGORY.B) === 0 || !facts.cii.isAbroad,
    ),
  }),
  enRule({
    id: 'BR-B-02',
    terms: ['BG-20', 'BG-21', 'BG-25', 'BT-95', 'BT-102', 'BT-118', 'BT-151'],
    code: F_CODES.value,
    message: {
      en: 'VAT categories B (split payment) and S (standard rate) are on the same invoice.',
      fr: 'Les catégories de TVA B (paiement scindé) et S (taux normal) figurent sur la même facture.',
    },
    remedy: {
      en: 'Keep one of the two on an invoice.',
      fr: 'N’en conservez qu’une par facture.',
    },
    platformText: 'Catégories de TVA B et S incompatibles ({place}).',
    ubl: must('/', (_, { facts }) => {
      const { uses } = facts.ubl
      const isUsed = (category: number): boolean =>
        uses.of(USE.exactBreakdown, category) > 0 ||
        uses.of(USE.exactDocumentAllowanceOrCharge, category) > 0 ||
        uses.of(USE.exactItem, category) > 0
      return !(isUsed(CATEGORY.B) && isUsed(CATEGORY.S))
    }),
    cii: must('/', (_, { facts }) => {
      const { uses } = facts.cii
      return !(
        uses.of(CII_USE.anywhere, CATEGORY.B) > 0 && uses.of(CII_USE.anywhere, CATEGORY.S) > 0
      )
    }),
  }),
]
