import {
  NONE,
  path,
  type NodeId,
  type Path,
  type XmlDocument,
} from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { CODE_LISTS } from '../../tables/code-lists.ts'
import { exactAttributeCode, packed } from '../element-values.ts'
import { remembered } from '../remembered.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { enRule, must, mustWhen, type Condition } from './en-rule.ts'
import { named } from './term-names.ts'
import { has, needs } from './needs.ts'
import { isVatScheme } from './ubl-facts.ts'

/** Texts of all elements at the end of these steps. */
function texts(document: XmlDocument, node: NodeId, steps: Path): Set<string> {
  return new Set(document.all(node, steps).map((one) => document.text(one)))
}

/**
 * BR-17: the payee has a name, and shares none of these with the seller. The seller is looked for
 * once for all payees below one element.
 */
function payee(name: string, own: readonly string[], seller: string, levels: 1 | 2): Condition {
  const isNamed = has(name, 'element')
  const pairs = own.map((steps) => [path(steps), path(`${seller}/${steps}`)] as const)
  const sellers = remembered((base, { document }) =>
    pairs.map(([, steps]) => texts(document, base, steps)),
  )
  return (node, subject) => {
    const { document } = subject
    if (!isNamed(node, subject)) return false
    const parent = document.parent(node)
    const values = sellers(levels === 1 ? parent : document.parent(parent), subject)
    return !pairs.some(([steps], index) =>
      document.all(node, steps).some((one) => values[index]!.has(document.text(one))),
    )
  }
}

const SCHEME_ID = nameId('schemeID')
const VA = packed('VA')
const COMPANY_ID = nameId('cbc:CompanyID')
const PARTY_TAX_SCHEME = nameId('cac:PartyTaxScheme')
const SEPA = packed('SEPA')

/** The party has a VAT identifier. */
const hasVatId: Condition = (node, { document }) => {
  let scheme = document.child(node, PARTY_TAX_SCHEME)
  while (scheme !== NONE) {
    if (isVatScheme(document, scheme) && document.child(scheme, COMPANY_ID) !== NONE) return true
    scheme = document.next(scheme)
  }
  return false
}

const REGISTRATION_ID = path('ram:SpecifiedTaxRegistration/ram:ID')
const vatIds = (document: XmlDocument, node: NodeId): NodeId[] =>
  document
    .all(node, REGISTRATION_ID)
    .filter((id) => exactAttributeCode(document, id, SCHEME_ID) === VA)

const PARTY = path('cac:Party')
const IDENTIFICATION = path('cac:PartyIdentification/cbc:ID')
const hasLegalId = has('cac:PartyLegalEntity/cbc:CompanyID', 'element')
const isKnown: Condition = (node, subject) => {
  const { document } = subject
  return document
    .all(node, PARTY)
    .some(
      (party) =>
        hasVatId(party, subject) ||
        hasLegalId(party, subject) ||
        document
          .all(party, IDENTIFICATION)
          .some((id) => exactAttributeCode(document, id, SCHEME_ID) !== SEPA),
    )
}
const hasCiiId = has('ram:ID | ram:GlobalID | ram:SpecifiedLegalOrganization/ram:ID', 'element')

/** ARTEFACT: UBL looks for the two characters anywhere in the list, so that none is fine too. */
const UBL_PREFIXES = ` ${CODE_LISTS.vatPrefixUbl} `
const CII_PREFIXES = ` ${CODE_LISTS.vatPrefixCii} `

/** BR-17, BR-56, BR-CO-09, BR-CO-26: parties and their identifiers. */
export const PARTY_IDENTITY_RULES: readonly Rule[] = [
  enRule({
    id: 'BR-17',
    terms: ['BG-4', 'BG-10', 'BT-59'],
    code: F_CODES.conditional,
    message: {
      en: 'The payee (BG-10) has no name (BT-59), or is the seller again (BG-4).',
      fr: 'Le bénéficiaire (BG-10) n’a pas de nom (BT-59), ou il s’agit du vendeur lui-même (BG-4).',
    },
    remedy: {
      en: 'Name the payee when it is not the seller; leave the payee out when it is.',
      fr: 'Nommez le bénéficiaire s’il diffère du vendeur ; sinon, retirez-le.',
    },
    platformText: 'Bénéficiaire incorrect ({place}).',
    ubl: must(
      '//cac:PayeeParty',
      payee(
        'cac:PartyName/cbc:Name',
        ['cac:PartyName/cbc:Name', 'cac:PartyIdentification/cbc:ID'],
        'cac:AccountingSupplierParty/cac:Party',
        1,
      ),
    ),
    cii: must(
      '//ram:PayeeTradeParty',
      payee(
        'ram:Name',
        ['ram:Name', 'ram:ID', 'ram:SpecifiedLegalOrganization/ram:ID'],
        'ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty',
        2,
      ),
    ),
  }),
  {
    ...needs({ id: 'BR-56', terms: ['BG-11', 'BT-63'], kind: 'element' }),
    ubl: [must('//cac:TaxRepresentativeParty', hasVatId)],
    cii: [
      must('//ram:SellerTaxRepresentativeTradeParty', (node, { document }) =>
        vatIds(document, node).some((id) => document.hasText(id)),
      ),
    ],
  },
  enRule({
    id: 'BR-CO-09',
    terms: ['BT-31', 'BT-48', 'BT-63'],
    code: F_CODES.value,
    message: {
      en: 'A VAT identifier does not start with a country code (ISO 3166-1 alpha-2; EL for Greece).',
      fr: 'Un numéro de TVA ne commence pas par un code pays (ISO 3166-1 alpha-2 ; EL pour la Grèce).',
    },
    remedy: {
      en: 'Write the identifier with its country prefix, as in FR12345678901.',
      fr: 'Indiquez le numéro avec le préfixe du pays, par exemple FR12345678901.',
    },
    platformText: 'Numéro de TVA sans préfixe de pays ({place}).',
    ubl: mustWhen(
      '//cac:PartyTaxScheme',
      (node, { document }) => isVatScheme(document, node),
      (node, { document }) => {
        const id = document.child(node, COMPANY_ID)
        return UBL_PREFIXES.includes(id === NONE ? '' : start(document.text(id)))
      },
    ),
    cii: mustWhen(
      '//ram:SpecifiedTaxRegistration/ram:ID',
      (node, { document }) => exactAttributeCode(document, node, SCHEME_ID) === VA,
      (node, { document }) => CII_PREFIXES.includes(` ${start(document.text(node))} `),
    ),
  }),
  enRule({
    id: 'BR-CO-26',
    terms: ['BT-29', 'BT-30', 'BT-31'],
    message: {
      en: `The seller has no identifier: neither ${named('BT-29').en}, nor ${named('BT-30').en}, nor ${named('BT-31').en}.`,
      fr: `Le vendeur n’a aucun identifiant parmi : ${named('BT-29').fr}, ${named('BT-30').fr}, ${named('BT-31').fr}.`,
    },
    remedy: {
      en: 'Give one of them, such as the SIRET (scheme 0009) or the VAT identifier.',
      fr: 'Indiquez l’un d’eux, par exemple le SIRET (schéma 0009) ou le numéro de TVA.',
    },
    platformText: 'Identifiant du fournisseur absent ({place}).',
    code: F_CODES.supplier,
    ubl: must('//cac:AccountingSupplierParty', isKnown),
    cii: must(
      '//ram:SellerTradeParty',
      (node, subject) => hasCiiId(node, subject) || vatIds(subject.document, node).length > 0,
    ),
  }),
]

/** Its first two characters. */
const start = (text: string): string => Array.from(text.slice(0, 4)).slice(0, 2).join('')
