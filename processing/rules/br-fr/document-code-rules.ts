import { path } from '../../formats/xml/xml-document.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { frRule, must, mustBe, mustWhere, type Condition } from './br-fr-rule.ts'
import { textAt, textsAt, trimmedAt } from './node-values.ts'
import { AGREEMENT, CII_LINE_SETTLEMENT, SETTLEMENT, ublLines } from './places.ts'

const TYPES: ReadonlySet<string> = new Set(
  '380 389 393 501 386 500 384 471 472 473 261 262 381 396 502 503'.split(' '),
)
const isType = (text: string): boolean => TYPES.has(text)

/** BT-23: goods, services or both, and how they are invoiced. */
const FRAMEWORKS: ReadonlySet<string> = new Set(
  'B1 S1 M1 B2 S2 M2 S3 B4 S4 M4 S5 S6 B7 S7 B8 S8 M8 B9 S9 M9'.split(' '),
)

const QUALIFIERS: ReadonlySet<string> = new Set([
  'RIB',
  'LISIBLE',
  'FEUILLE_DE_STYLE',
  'PJA',
  'BORDEREAU_SUIVI',
  'DOCUMENT_ANNEXE',
  'BON_LIVRAISON',
  'BON_COMMANDE',
  'BORDEREAU_SUIVI_VALIDATION',
  'ETAT_ACOMPTE',
  'FACTURE_PAIEMENT_DIRECT',
  'RECAPITULATIF_COTRAITANCE',
])
const READABLE = 'LISIBLE'

const typeRule = (
  term: string,
  label: { en: string; fr: string },
  ubl: string,
  cii: string,
): Rule =>
  frRule({
    id: `BR-FR-04_${term}`,
    code: F_CODES.framework,
    message: {
      en: `The ${label.en} (${term}) is none of the types used in France.`,
      fr: `${label.fr} (${term}) : hors des types utilisés en France.`,
    },
    remedy: {
      en: `Use one of ${[...TYPES].join(', ')}.`,
      fr: `Utilisez l’un de ${[...TYPES].join(', ')}.`,
    },
    ubl: [mustBe(ubl, isType)],
    cii: [mustBe(cii, isType)],
  })

const UBL_FRAMEWORK = path('cbc:ProfileID')
const CII_FRAMEWORK = path('ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID')
const hasFramework =
  (steps: typeof UBL_FRAMEWORK): Condition =>
  (node, { document }) =>
    FRAMEWORKS.has(textAt(document, node, steps))

const UBL_DESCRIPTION = path('cbc:DocumentDescription')
const CII_TYPE = path('ram:TypeCode')
const CII_NAME = path('ram:Name')

const isQualifiedInUbl: Condition = (node, { document }) => {
  const [description] = textsAt(document, node, UBL_DESCRIPTION)
  return description === undefined || QUALIFIERS.has(description)
}
const isSupportingInCii: Condition = (node, { document }) =>
  textsAt(document, node, CII_TYPE).includes('916')
const isQualifiedInCii: Condition = (node, { document }) => {
  const name = trimmedAt(document, node, CII_NAME)
  return name === '' || QUALIFIERS.has(name)
}

const UBL_DOCUMENTS = path('cac:AdditionalDocumentReference')
const CII_DOCUMENTS = path(`${AGREEMENT}/ram:AdditionalReferencedDocument`)
const hasOneReadable =
  (documents: typeof UBL_DOCUMENTS, name: typeof UBL_DESCRIPTION): Condition =>
  (node, { document }) =>
    document.all(node, documents).filter((one) => textsAt(document, one, name).includes(READABLE))
      .length <= 1

/** BR-FR-04, BR-FR-08, BR-FR-17, BR-FR-18. */
export const DOCUMENT_CODE_RULES: readonly Rule[] = [
  typeRule(
    'BT-3',
    { en: 'invoice type', fr: 'Type de facture' },
    'cbc:InvoiceTypeCode | cbc:CreditNoteTypeCode',
    'rsm:ExchangedDocument/ram:TypeCode',
  ),
  typeRule(
    'EXT-FR-FE-02',
    { en: 'preceding invoice type', fr: 'Type de facture antérieure' },
    'cac:BillingReference/cac:InvoiceDocumentReference/cbc:DocumentTypeCode',
    `${SETTLEMENT}/ram:InvoiceReferencedDocument/ram:TypeCode`,
  ),
  typeRule(
    'EXT-FR-FE-137',
    { en: 'preceding invoice type of a line', fr: 'Type de facture antérieure d’une ligne' },
    ublLines('cac:BillingReference/cac:InvoiceDocumentReference/cbc:DocumentTypeCode'),
    `${CII_LINE_SETTLEMENT}/ram:InvoiceReferencedDocument/ram:TypeCode`,
  ),
  frRule({
    id: 'BR-FR-08_BT-23',
    code: F_CODES.framework,
    message: {
      en: 'The invoicing framework (BT-23) is missing, or none of those of the French reform.',
      fr: 'Le cadre de facturation (BT-23) est absent, ou hors de ceux de la réforme française.',
    },
    remedy: {
      en: `Use one of ${[...FRAMEWORKS].join(', ')}.`,
      fr: `Utilisez l’un de ${[...FRAMEWORKS].join(', ')}.`,
    },
    ubl: [must('/', hasFramework(UBL_FRAMEWORK))],
    cii: [must('rsm:ExchangedDocumentContext', hasFramework(CII_FRAMEWORK))],
  }),
  frRule({
    id: 'BR-FR-17_BT-123',
    code: F_CODES.attachment,
    message: {
      en: 'The description of an attachment (BT-123) is none of the codes that say what it is.',
      fr: 'La description d’une pièce jointe (BT-123) n’est pas l’un des codes qui la qualifient.',
    },
    remedy: {
      en: `Use one of ${[...QUALIFIERS].join(', ')}.`,
      fr: `Utilisez l’un de ${[...QUALIFIERS].join(', ')}.`,
    },
    ubl: [must('//cac:AdditionalDocumentReference', isQualifiedInUbl)],
    cii: [
      mustWhere(
        `${AGREEMENT}/ram:AdditionalReferencedDocument`,
        isSupportingInCii,
        isQualifiedInCii,
      ),
    ],
  }),
  frRule({
    id: 'BR-FR-18_BT-123',
    code: F_CODES.attachment,
    message: {
      en: 'Several attachments are said to be the readable invoice (BT-123 = LISIBLE).',
      fr: 'Plusieurs pièces jointes se disent la facture lisible (BT-123 = LISIBLE).',
    },
    remedy: {
      en: 'Describe one attachment as LISIBLE at most.',
      fr: 'Ne qualifiez de LISIBLE qu’une pièce jointe au plus.',
    },
    ubl: [must('/', hasOneReadable(UBL_DOCUMENTS, UBL_DESCRIPTION))],
    cii: [must('/', hasOneReadable(CII_DOCUMENTS, CII_NAME))],
  }),
]
