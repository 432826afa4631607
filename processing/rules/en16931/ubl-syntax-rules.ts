import { NONE, path, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { countOf, exactCodeOf, packed, type PackedCode } from '../element-values.ts'
import { remembered } from '../remembered.ts'
import { F_CODES, type Check, type Rule, type RuleSubject } from '../rule.ts'
import { isUblAllowance, isUblCharge } from './allowance-context.ts'
import { enRule, must, mustWhen, type Condition } from './en-rule.ts'
import { has, needs } from './needs.ts'
import { isAtMostOnce, onceRule } from './occurrence.ts'
import { UBL_BUYER, UBL_LINE, UBL_SELLER } from './paths.ts'
import { isVatCode } from './ubl-facts.ts'

const N = {
  id: nameId('cbc:ID'),
  schemeId: nameId('schemeID'),
  name: nameId('name'),
  documentType: nameId('cbc:DocumentTypeCode'),
  reference: nameId('cac:AdditionalDocumentReference'),
  partyTaxScheme: nameId('cac:PartyTaxScheme'),
  taxScheme: nameId('cac:TaxScheme'),
  companyId: nameId('cbc:CompanyID'),
  addressLine: nameId('cac:AddressLine'),
}
const OBJECT = packed('130')
const PROJECT = packed('50')

/** Codes of the document types of a reference, as written. */
export function typesOf(document: XmlDocument, reference: NodeId): PackedCode[] {
  const codes: PackedCode[] = []
  let type = document.child(reference, N.documentType)
  while (type !== NONE) {
    codes.push(exactCodeOf(document, type))
    type = document.next(type)
  }
  return codes
}

/** Reports the root, once, when the counted things are more than one. */
const fewAtRoot = (count: (subject: RuleSubject) => number): Check =>
  must('/', (_, subject) => count(subject) <= 1)

/** UBL-SR-12, UBL-SR-13, UBL-SR-18: identifiers in the tax scheme VAT, or in another. */
const TAX_SCHEMES = (party: string) => path(`${party}/cac:PartyTaxScheme`)
function taxIds(party: string, isVat: boolean): Check {
  const schemes = TAX_SCHEMES(party)
  return fewAtRoot(({ document, root }) => {
    let count = 0
    for (const scheme of document.all(root, schemes)) {
      let one = document.child(scheme, N.taxScheme)
      let applies = false
      while (one !== NONE) {
        // ARTEFACT: without taking white space away.
        applies ||= isVatCode(exactCodeOf(document, document.child(one, N.id))) === isVat
        one = document.next(one)
      }
      if (applies) count += countOf(document, scheme, [N.companyId], 2)
    }
    return count
  })
}

/** UBL-SR-19 to UBL-SR-21: and the payee is not called like the seller. */
const NAME = path('cac:PartyName/cbc:Name')
const SELLER_NAME = path(`${UBL_SELLER}/cac:PartyLegalEntity/cbc:RegistrationName`)
const sellerNames = remembered(
  (above, { document }) =>
    new Set(document.all(above, SELLER_NAME).map((name) => document.text(name))),
)
const isOther: Condition = (node, subject) => {
  const { document } = subject
  const names = sellerNames(document.parent(node), subject)
  return document
    .all(node, NAME)
    .some((name) => names.size > 1 || (names.size === 1 && !names.has(document.text(name))))
}

function payee(id: string, shown: string, isFine: Condition): Rule {
  const check = must(
    '//cac:PayeeParty',
    (node, subject) => isFine(node, subject) && isOther(node, subject),
  )
  return {
    ...onceRule(id, 'ubl', 'fatal', shown, check),
    terms: ['BG-10'],
    message: {
      en: `The payee (BG-10) has ${shown} more than once, has no name, or is called like the seller.`,
      fr: `Le bénéficiaire (BG-10) a plusieurs ${shown}, n’a pas de nom, ou porte le nom du vendeur.`,
    },
    remedy: {
      en: 'Give the payee one name of its own and one of each identifier; leave it out when it is the seller.',
      fr: 'Donnez au bénéficiaire un nom propre et un seul identifiant de chaque sorte ; retirez-le s’il s’agit du vendeur.',
    },
  }
}
const IDENTIFICATION = path('cac:PartyIdentification/cbc:ID')
const isSepa = (document: XmlDocument, id: NodeId): boolean =>
  (document.attribute(id, N.schemeId) ?? '').toUpperCase() === 'SEPA'

const SCHEME_OF_OBJECT: Condition = (node, { document, root }) => {
  const types = typesOf(document, node)
  if (types.includes(OBJECT)) return true
  if (types.includes(PROJECT) && document.nameOf(root).local === 'CreditNote') return true
  const isPlain = types.length === 0
  let id = document.child(node, N.id)
  while (id !== NONE) {
    if (document.findAttribute(id, N.schemeId) !== NONE) return false
    id = document.next(id)
  }
  return isPlain
}

const hasOne = (steps: string): Condition => {
  const counted = path(steps)
  return (node, { document }) => countOf(document, node, counted, 2) === 1
}
const MEANS_CODE = path('cac:PaymentMeans/cbc:PaymentMeansCode')
const SEPA_FIRST = 'UBL-SR-29, the first'
const REASON = 'cbc:AllowanceChargeReason'

/** UBL-SR and UBL-DT rules that are more than a path: see `TABLED_RULES`. */
export const UBL_SYNTAX_RULES: readonly Rule[] = [
  onceRule(
    'UBL-SR-04',
    'ubl',
    'fatal',
    'cac:AdditionalDocumentReference[cbc:DocumentTypeCode=130]/cbc:ID',
    fewAtRoot(({ document, root }) => {
      let count = 0
      let reference = document.child(root, N.reference)
      while (reference !== NONE) {
        if (typesOf(document, reference).includes(OBJECT)) {
          count += countOf(document, reference, [N.id], 2)
        }
        reference = document.next(reference)
      }
      return count
    }),
  ),
  needs({
    id: 'UBL-SR-07',
    terms: ['BT-25'],
    kind: 'element',
    ubl: { at: '//cac:BillingReference', needs: 'cac:InvoiceDocumentReference/cbc:ID' },
  }),
  onceRule('UBL-SR-12', 'ubl', 'fatal', `${UBL_SELLER}/cac:PartyTaxScheme/cbc:CompanyID (VAT)`, [
    taxIds(UBL_SELLER, true),
  ]),
  onceRule('UBL-SR-13', 'ubl', 'fatal', `${UBL_SELLER}/cac:PartyTaxScheme/cbc:CompanyID`, [
    taxIds(UBL_SELLER, false),
  ]),
  onceRule('UBL-SR-18', 'ubl', 'fatal', `${UBL_BUYER}/cac:PartyTaxScheme/cbc:CompanyID (VAT)`, [
    taxIds(UBL_BUYER, true),
  ]),
  payee('UBL-SR-19', 'cac:PartyName/cbc:Name', isAtMostOnce('cac:PartyName/cbc:Name')),
  payee('UBL-SR-20', 'cac:PartyIdentification/cbc:ID', (node, { document }) => {
    const ids = document.all(node, IDENTIFICATION)
    return ids.filter((id) => !isSepa(document, id)).length <= 1
  }),
  payee(
    'UBL-SR-21',
    'cac:PartyLegalEntity/cbc:CompanyID',
    isAtMostOnce('cac:PartyLegalEntity/cbc:CompanyID'),
  ),
  onceRule('UBL-SR-29', 'ubl', 'fatal', 'cac:PartyIdentification/cbc:ID[@schemeID=SEPA]', {
    at: '//cac:PartyIdentification/cbc:ID/@schemeID',
    check: (node, { document, root, facts }, report) => {
      if (!isSepa(document, node) || facts.isFirst(SEPA_FIRST, root)) return
      if (facts.isFirst('UBL-SR-29', root)) report(root)
    },
  }),
  onceRule(
    'UBL-SR-30',
    'ubl',
    'fatal',
    REASON,
    mustWhen('//cac:AllowanceCharge', isUblAllowance, isAtMostOnce(REASON)),
  ),
  onceRule(
    'UBL-SR-31',
    'ubl',
    'fatal',
    REASON,
    mustWhen('//cac:AllowanceCharge', isUblCharge, isAtMostOnce(REASON)),
  ),
  {
    ...onceRule(
      'UBL-SR-42',
      'ubl',
      'fatal',
      'cac:PartyTaxScheme',
      must(
        `//${UBL_SELLER}`,
        (node, { document }) => countOf(document, node, [N.partyTaxScheme], 3) <= 2,
      ),
    ),
    message: {
      en: 'The seller has more than two tax schemes.',
      fr: 'Le vendeur a plus de deux régimes de taxe.',
    },
    remedy: {
      en: 'Keep one for VAT (BT-31) and one for another registration (BT-32).',
      fr: 'Conservez-en un pour la TVA (BT-31) et un pour un autre identifiant fiscal (BT-32).',
    },
  },
  enRule({
    id: 'UBL-SR-43',
    terms: ['BT-18', 'BT-122'],
    code: F_CODES.conditional,
    message: {
      en: 'A document reference has a scheme, or a type other than 130 (50 on credit notes for the project).',
      fr: 'Une référence de document a un schéma, ou un type autre que 130 (50 sur un avoir pour le projet).',
    },
    remedy: {
      en: 'Leave out cbc:DocumentTypeCode and the schemeID, unless the reference is the invoiced object (type 130).',
      fr: 'Retirez cbc:DocumentTypeCode et schemeID, sauf si la référence est l’objet facturé (type 130).',
    },
    platformText: 'Schéma ou type de document non attendu ({place}).',
    ubl: must('//cac:AdditionalDocumentReference', SCHEME_OF_OBJECT),
  }),
  {
    ...onceRule(
      'UBL-SR-44',
      'ubl',
      'fatal',
      'cbc:PaymentID',
      must('/', (_, { facts }) => !facts.ubl.paymentIds.hasSeveral),
    ),
    terms: ['BT-83'],
    message: {
      en: 'There are different payment references (cbc:PaymentID, BT-83).',
      fr: 'Il y a plusieurs références de paiement différentes (cbc:PaymentID, BT-83).',
    },
    remedy: {
      en: 'Give the same reference with each payment means.',
      fr: 'Indiquez la même référence pour chaque moyen de paiement.',
    },
  },
  onceRule(
    'UBL-SR-46',
    'ubl',
    'fatal',
    'cac:PaymentMeans/cbc:PaymentMeansCode/@name',
    fewAtRoot(({ document, root }) => {
      const codes = document.all(root, MEANS_CODE)
      return codes.filter((code) => document.findAttribute(code, N.name) !== NONE).length
    }),
  ),
  {
    ...onceRule(
      'UBL-SR-47',
      'ubl',
      'fatal',
      'cbc:PaymentMeansCode',
      must('/', (_, { facts }) => !facts.ubl.paymentMeansCodes.hasSeveral),
    ),
    terms: ['BT-81'],
    message: {
      en: 'There are different payment means codes (BT-81).',
      fr: 'Il y a plusieurs codes de moyen de paiement différents (BT-81).',
    },
    remedy: {
      en: 'Give the same code with each payment means.',
      fr: 'Indiquez le même code pour chaque moyen de paiement.',
    },
  },
  {
    ...onceRule(
      'UBL-SR-48',
      'ubl',
      'fatal',
      'cac:Item/cac:ClassifiedTaxCategory',
      must(UBL_LINE, hasOne('cac:Item/cac:ClassifiedTaxCategory')),
    ),
    terms: ['BT-151'],
    message: {
      en: 'A line has no VAT category, or more than one (cac:Item/cac:ClassifiedTaxCategory).',
      fr: 'Une ligne n’a aucune catégorie de TVA, ou en a plusieurs (cac:Item/cac:ClassifiedTaxCategory).',
    },
    remedy: {
      en: 'Give each line exactly one.',
      fr: 'Indiquez exactement une catégorie par ligne.',
    },
  },
  onceRule(
    'UBL-SR-51',
    'ubl',
    'fatal',
    'cac:AddressLine',
    must(
      '//cac:PostalAddress | //cac:Address',
      (node, { document }) => countOf(document, node, [N.addressLine], 2) <= 1,
    ),
  ),
  needs({
    id: 'UBL-SR-53',
    terms: ['BT-31', 'BT-32', 'BT-48', 'BT-63'],
    what: {
      en: 'tax scheme (cac:TaxScheme/cbc:ID) or identifier (cbc:CompanyID) of a party',
      fr: 'régime de taxe (cac:TaxScheme/cbc:ID) ou identifiant (cbc:CompanyID) d’une partie',
    },
    kind: 'element',
    ubl: [
      {
        at: '//cac:PartyTaxScheme',
        needs: 'cac:TaxScheme/cbc:ID',
        when: has('cbc:CompanyID', 'element'),
      },
      { at: '//cac:PartyTaxScheme', needs: 'cbc:CompanyID' },
    ],
  }),
  needs({
    id: 'UBL-DT-06',
    terms: ['BT-125'],
    what: {
      en: 'type of an attachment (mimeCode)',
      fr: 'type d’une pièce jointe (mimeCode)',
    },
    kind: 'element',
    code: F_CODES.attachment,
    ubl: { at: '//*BinaryObject', needs: '@mimeCode' },
  }),
  needs({
    id: 'UBL-DT-07',
    terms: ['BT-125'],
    what: { en: 'file name of an attachment', fr: 'nom de fichier d’une pièce jointe' },
    kind: 'element',
    code: F_CODES.attachment,
    ubl: { at: '//*BinaryObject', needs: '@filename' },
  }),
]
