import { path } from '../../formats/xml/xml-document.ts'
import { remembered } from '../remembered.ts'
import { F_CODES, type Rule, type RuleSubject } from '../rule.ts'
import { frRule, must, mustWhere, type Condition } from './br-fr-rule.ts'
import { isBidirectional, isGrouped, isMultiVendor } from './framework.ts'
import { eachGroup, onGroups } from './grouped-line-checks.ts'
import { textsAt, trimmedAt } from './node-values.ts'
import { CII_LINE } from './places.ts'

const OBJECTS = `${CII_LINE}/ram:SpecifiedLineTradeSettlement/ram:AdditionalReferencedDocument`
const REFERENCE = path('ram:ReferenceTypeCode')
const OBJECT_TYPE = path('ram:TypeCode')
const OBJECT_NUMBER = path('ram:IssuerAssignedID')
const STATUS = path('ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode')
const PARENT = path('ram:AssociatedDocumentLineDocument/ram:ParentLineID')

/** The document is an object with this scheme, of a line that begins a group. */
const isOfGroup =
  (scheme: string): Condition =>
  (node, subject) => {
    const { document } = subject
    if (!isGrouped(subject) || !textsAt(document, node, REFERENCE).includes(scheme)) return false
    return beginsGroup(document.parent(document.parent(node)), subject)
  }
const beginsGroup = remembered(
  (line, { document }) =>
    textsAt(document, line, STATUS).includes('GROUP') &&
    textsAt(document, line, PARENT).length === 0,
)
const isNumbered: Condition = (node, { document }) =>
  textsAt(document, node, OBJECT_TYPE).includes('130') &&
  trimmedAt(document, node, OBJECT_NUMBER) !== ''

/** ARTEFACT: the frameworks 9 are let through. */
const MULTI_VENDOR: ReadonlySet<string> = new Set(['M8', 'S8', 'B8'])
const isFramed: Condition = (node, subject) =>
  isNumbered(node, subject) &&
  !textsAt(subject.document, node, OBJECT_NUMBER).some((number) => MULTI_VENDOR.has(number))

/** Types of invoices that the buyer issues. */
const SELF_BILLED: ReadonlySet<string> = new Set(['389', '261', '501', '500', '502', '471', '473'])
const CORRECTIVE: ReadonlySet<string> = new Set(['384', '472', '381', '396', '503'])
const SELF_BILLED_CORRECTIVE: ReadonlySet<string> = new Set(['261', '471', '473', '502'])

const UBL_TYPE = 'cbc:InvoiceTypeCode | cbc:CreditNoteTypeCode'
const CII_TYPE = 'rsm:ExchangedDocument/ram:TypeCode'
const TYPES = [path('cbc:InvoiceTypeCode'), path('cbc:CreditNoteTypeCode'), path(CII_TYPE)]

const isOfType = ({ document, root }: RuleSubject, types: ReadonlySet<string>): boolean =>
  TYPES.some((steps) => textsAt(document, root, steps).some((type) => types.has(type)))
const isNotSelfBilled: Condition = (node, subject) => {
  const type = subject.document.trimmed(node)
  return !isMultiVendor(subject) || (type !== '' && !SELF_BILLED.has(type))
}
const isSelfBilled: Condition = (node, subject) =>
  !isBidirectional(subject) || SELF_BILLED.has(subject.document.trimmed(node))

const AFL = {
  id: 'BR-FR-MV-03_BT-128_AFL',
  code: F_CODES.conditional,
  message: {
    en: 'A group of lines must give the number of its invoice (BT-128, scheme AFL).',
    fr: 'Un groupe de lignes doit donner le numéro de sa facture (BT-128, schéma AFL).',
  },
  remedy: {
    en: 'Give an invoiced object of type 130 with scheme AFL on the line that begins the group.',
    fr: 'Indiquez un objet facturé de type 130, schéma AFL, sur la ligne qui commence le groupe.',
  },
}
const AVV = {
  id: 'BR-FR-MV-03_BT-128_AVV',
  code: F_CODES.conditional,
  message: {
    en: 'A group of lines must give its framework (BT-128, scheme AVV), none of B8, S8, M8.',
    fr: 'Un groupe de lignes doit donner son cadre de facturation (BT-128, schéma AVV), hors B8, S8, M8.',
  },
  remedy: {
    en: 'Give an invoiced object of type 130 with scheme AVV: B1, S1, M1 …',
    fr: 'Indiquez un objet facturé de type 130, schéma AVV : B1, S1, M1 …',
  },
}

const SELF_BILLED_REMEDY = {
  en: `Types of self-billed invoices are ${[...SELF_BILLED].join(', ')}.`,
  fr: `Les types d’autofacture sont ${[...SELF_BILLED].join(', ')}.`,
}
/** ARTEFACT: the id of this rule differs from syntax to syntax. */
const BIDIRECTIONAL_TYPE = {
  terms: ['BT-3', 'BT-23'],
  code: F_CODES.framework,
  message: {
    en: 'A bidirectional invoice (BT-23 B9, S9, M9) must be self-billed (BT-3).',
    fr: 'Une facture bidirectionnelle (BT-23 B9, S9, M9) doit être une autofacture (BT-3).',
  },
  remedy: SELF_BILLED_REMEDY,
}

const preceding = (rule: string, applies: (subject: RuleSubject) => boolean): readonly Rule[] =>
  (
    [
      ['EXT-FR-FE-136', 'number', 'number', 'numéro'],
      ['EXT-FR-FE-138', 'date', 'date', 'date'],
    ] as const
  ).map(([term, what, en, fr]) =>
    frRule({
      id: `${rule}-${term}`,
      terms: [term],
      code: F_CODES.conditional,
      message: {
        en: `In this corrective invoice or credit note each group must refer to a preceding invoice: its ${en} is missing (${term}).`,
        fr: `Dans cette rectificative ou cet avoir, chaque groupe doit référencer une facture antérieure : ${fr} absent (${term}).`,
      },
      remedy: {
        en: 'Give the preceding invoice and its date on the line that begins the group.',
        fr: 'Indiquez la facture antérieure et sa date sur la ligne qui commence le groupe.',
      },
      ...onGroups((lines, line) => lines.hasPreceding(line, what), applies),
    }),
  )

/** BR-FR-MV-03 on BT-128, BR-FR-MV-13, BR-FR-MV-14, BR-FR-BD-13, BR-FR-BD-14. */
export const GROUPED_OBJECT_RULES: readonly Rule[] = [
  // ARTEFACT: in CII the object itself is looked at, so one that is missing is not.
  frRule({
    ...AFL,
    ubl: [eachGroup((_lines, line) => line.invoice !== '')],
    cii: [mustWhere(OBJECTS, isOfGroup('AFL'), isNumbered)],
  }),
  frRule({
    ...AVV,
    ubl: [
      eachGroup((lines, line, { document }) => {
        const [first] = lines.objects(line, 'AVV')
        if (first === undefined || !document.hasText(first)) return false
        return !lines.objects(line, 'AVV').some((node) => MULTI_VENDOR.has(document.text(node)))
      }),
    ],
    cii: [mustWhere(OBJECTS, isOfGroup('AVV'), isFramed)],
  }),
  frRule({
    id: 'BR-FR-MV-13_BT-3',
    terms: ['BT-3', 'BT-23'],
    code: F_CODES.framework,
    message: {
      en: 'A multi-vendor invoice (BT-23 B8, S8, M8) cannot be self-billed (BT-3).',
      fr: 'Une facture multi-vendeurs (BT-23 B8, S8, M8) ne peut être une autofacture (BT-3).',
    },
    remedy: SELF_BILLED_REMEDY,
    ubl: [must(UBL_TYPE, isNotSelfBilled)],
    cii: [must(CII_TYPE, isNotSelfBilled)],
  }),
  frRule({ id: 'BR-FR-MV-BD_BT-3', ...BIDIRECTIONAL_TYPE, ubl: [must(UBL_TYPE, isSelfBilled)] }),
  frRule({ id: 'BR-FR-BD-13_BT-3', ...BIDIRECTIONAL_TYPE, cii: [must(CII_TYPE, isSelfBilled)] }),
  ...preceding('BR-FR-MV-14', (subject) => isMultiVendor(subject) && isOfType(subject, CORRECTIVE)),
  ...preceding(
    'BR-FR-BD-14',
    (subject) => isBidirectional(subject) && isOfType(subject, SELF_BILLED_CORRECTIVE),
  ),
]
