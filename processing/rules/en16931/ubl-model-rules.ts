import { NONE } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { exactCodeOf, packed } from '../element-values.ts'
import { remembered } from '../remembered.ts'
import type { Check, Rule } from '../rule.ts'
import { must, type Condition } from './en-rule.ts'
import { forbidden } from './occurrence.ts'
import { UBL_LINE_ELEMENTS } from './ubl-line-elements.ts'
import { typesOf } from './ubl-syntax-rules.ts'

const N = {
  version: nameId('cbc:UBLVersionID'),
  creditNote: nameId('cn:CreditNote'),
  meansCode: nameId('cbc:PaymentMeansCode'),
}
const OBJECT = packed('130')
const VERSION = packed('2.1')

/** Reports the root where this is on an element that the condition selects. */
const atRoot = (id: string, at: string, applies: Condition): Check => ({
  at,
  check: (node, subject, report) => {
    if (applies(node, subject) && subject.facts.isFirst(id, subject.root)) report(subject.root)
  },
})

const isObjectReference: Condition = (node, { document }) =>
  typesOf(document, node).includes(OBJECT)
const ofReference = (condition: Condition): Condition => {
  const isOf = remembered(condition)
  return (node, subject) => isOf(subject.document.parent(node), subject)
}

const combination = (id: string, en: string, fr: string, element: string): Rule => ({
  ...forbidden({ id, syntax: 'ubl', severity: 'fatal', at: '/', forbids: element }),
  terms: ['BT-18'],
  message: {
    en: `A reference to an invoiced object (document type 130, BT-18) has ${en}.`,
    fr: `Une référence à un objet facturé (type de document 130, BT-18) comporte ${fr}.`,
  },
  remedy: {
    en: 'Give the attachment a reference of its own.',
    fr: 'Donnez à la pièce jointe une référence distincte.',
  },
  ubl: [atRoot(id, `//cac:AdditionalDocumentReference/${element}`, ofReference(isObjectReference))],
})

/** UBL-CR rules and UBL-DT-18: what is outside the model, but for `TABLED_RULES`. */
export const UBL_MODEL_RULES: readonly Rule[] = [
  combination('UBL-CR-666', 'an attachment', 'une pièce jointe', 'cac:Attachment'),
  combination('UBL-CR-673', 'a description', 'une description', 'cbc:DocumentDescription'),
  {
    ...forbidden({
      id: 'UBL-CR-002',
      syntax: 'ubl',
      severity: 'warning',
      at: '/',
      forbids: 'cbc:UBLVersionID',
    }),
    message: {
      en: 'cbc:UBLVersionID should be 2.1, or be left out.',
      fr: 'cbc:UBLVersionID devrait valoir 2.1, ou être retiré.',
    },
    ubl: [
      must('/', (node, { document }) => {
        const version = document.child(node, N.version)
        return version === NONE || exactCodeOf(document, version) === VERSION
      }),
    ],
  },
  forbidden({
    id: 'UBL-CR-412',
    syntax: 'ubl',
    severity: 'warning',
    at: '/',
    forbids: 'cac:PaymentMeans/cbc:PaymentDueDate',
    // A credit note has its due date there.
    when: (_, { document, root }) => document.name(root) !== N.creditNote,
  }),
  {
    ...forbidden({
      id: 'UBL-CR-665',
      syntax: 'ubl',
      severity: 'warning',
      at: '/',
      forbids: '//cac:AdditionalDocumentReference/cbc:ID/@schemeID',
      when: ofReference((node, { document }) => {
        const types = typesOf(document, node)
        return types.length === 0 || types.some((type) => type !== OBJECT)
      }),
    }),
    terms: ['BT-18', 'BT-122'],
  },
  forbidden({
    id: 'UBL-DT-18',
    syntax: 'ubl',
    severity: 'warning',
    at: '/',
    forbids: '//@name',
    when: (node, { document }) => document.name(node) !== N.meansCode,
  }),
  ...lineElements(),
]

function lineElements(): readonly Rule[] {
  let number = 0
  return UBL_LINE_ELEMENTS.split('\n').map((line) => {
    const [first = '', second] = line.split(' ')
    number = second === undefined ? number + 1 : Number(first)
    const steps = second ?? first
    const forbids = `cac:InvoiceLine/${steps} | cac:CreditNoteLine/${steps}`
    const id = `UBL-CR-${number}`
    return forbidden({ id, syntax: 'ubl', severity: 'warning', at: '/', forbids })
  })
}
