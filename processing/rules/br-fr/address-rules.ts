import { path, type Path } from '../../formats/xml/xml-document.ts'
import { F_CODES, type Rule, type RuleSubject } from '../rule.ts'
import { frRule, must, mustBe, mustWhere, type Condition, type Label } from './br-fr-rule.ts'
import { lengthOf, ofScheme, schemeOf, textAt, textsAt, trimmedAt } from './node-values.ts'
import { isDomesticInCii, isDomesticInUbl, ublNote } from './notes.ts'
import { BUYER, PARTIES, SELLER, type Party } from './parties.ts'
import { CII_BUYER, CII_SELLER, UBL_BUYER, UBL_SELLER } from './places.ts'

const PRIVATE = '0224'
/** The addresses of the French reform. */
const FRENCH = '0225'
const SIREN = '0002'
const MAX_ADDRESS = 125
const MAX_PRIVATE = 100

const ALPHABET = /^[A-Za-z0-9+\-_.]+$/
const UBL_ADDRESS = 'cbc:EndpointID'
const CII_ADDRESS = 'ram:URIUniversalCommunication/ram:URIID'

const isWellFormed: Condition = (node, { document }) => ALPHABET.test(document.text(node))
const isOf =
  (scheme: string): Condition =>
  (node, { document }) =>
    schemeOf(document, node) === scheme
const isAtMost =
  (characters: number) =>
  (text: string): boolean =>
    lengthOf(text) <= characters

const missing = (id: string, label: Label, term: string, ubl: string, cii: string): Rule => {
  const ublAddress = path(`${ubl}/${UBL_ADDRESS}`)
  const ciiAddress = path(`${cii}/${CII_ADDRESS}`)
  return frRule({
    id,
    code: term === 'BT-49' ? F_CODES.recipient : F_CODES.supplier,
    message: {
      en: `The electronic address of the ${label.en} (${term}) is missing.`,
      fr: `Adresse électronique absente (${term}) : ${label.fr}.`,
    },
    remedy: {
      en: `Give the electronic address of the ${label.en} and its scheme, 0225 in France.`,
      fr: 'Indiquez l’adresse électronique et son schéma, 0225 en France.',
    },
    ubl: [must('/', (root, { document }) => trimmedAt(document, root, ublAddress) !== '')],
    // ARTEFACT: in CII a blank is an address.
    cii: [must('/', (root, { document }) => textAt(document, root, ciiAddress) !== '')],
  })
}

const addressRules = ({ address, label, ubl, cii }: Party): readonly Rule[] => {
  if (address === undefined) return []
  const ublAddress = `${ubl}/${UBL_ADDRESS}`
  const ciiAddress = `${cii}/${CII_ADDRESS}`
  return [
    frRule({
      id: `BR-FR-23_${address}`,
      message: {
        en: `The electronic address of the ${label.en} (${address}, scheme 0225) holds other characters than letters, digits and + - _ .`,
        fr: `Adresse électronique de la partie « ${label.fr} » (${address}, schéma 0225) : d’autres caractères que lettres, chiffres et + - _ .`,
      },
      remedy: {
        en: 'Use letters without accents, digits, +, -, _ and the full stop only.',
        fr: 'Utilisez uniquement des lettres sans accent, des chiffres, +, -, _ et le point.',
      },
      ubl: [mustWhere(ublAddress, isOf(FRENCH), isWellFormed)],
      cii: [mustWhere(ciiAddress, isOf(FRENCH), isWellFormed)],
    }),
    frRule({
      id: `BR-FR-25_${address}`,
      message: {
        en: `The electronic address of the ${label.en} (${address}) is longer than ${MAX_ADDRESS} characters.`,
        fr: `Adresse électronique de la partie « ${label.fr} » (${address}) : plus de ${MAX_ADDRESS} caractères.`,
      },
      remedy: {
        en: `Use at most ${MAX_ADDRESS} characters.`,
        fr: `Utilisez au plus ${MAX_ADDRESS} caractères.`,
      },
      ubl: [mustBe(ublAddress, isAtMost(MAX_ADDRESS))],
      cii: [mustBe(ciiAddress, isAtMost(MAX_ADDRESS))],
    }),
  ]
}

const privateRules = ({ id, label, ubl, cii }: Party): readonly Rule[] => {
  const ublIds = `${ubl}/cac:PartyIdentification/cbc:ID`
  const ciiIds = `${cii}/ram:GlobalID`
  const isShort: Condition = (node, { document }) => isAtMost(MAX_PRIVATE)(document.text(node))
  return [
    frRule({
      id: `BR-FR-24_${id}`,
      message: {
        en: `A private identifier of the ${label.en} (${id}, scheme 0224) holds other characters than letters, digits and + - _ .`,
        fr: `Identifiant privé de la partie « ${label.fr} » (${id}, schéma 0224) : d’autres caractères que lettres, chiffres et + - _ .`,
      },
      remedy: {
        en: 'Use letters without accents, digits, +, -, _ and the full stop only.',
        fr: 'Utilisez uniquement des lettres sans accent, des chiffres, +, -, _ et le point.',
      },
      ubl: [mustWhere(ublIds, isOf(PRIVATE), isWellFormed)],
      cii: [mustWhere(ciiIds, isOf(PRIVATE), isWellFormed)],
    }),
    frRule({
      id: `BR-FR-26_${id}`,
      message: {
        en: `A private identifier of the ${label.en} (${id}, scheme 0224) is longer than ${MAX_PRIVATE} characters.`,
        fr: `Identifiant privé de la partie « ${label.fr} » (${id}, schéma 0224) : plus de ${MAX_PRIVATE} caractères.`,
      },
      remedy: {
        en: `Use at most ${MAX_PRIVATE} characters.`,
        fr: `Utilisez au plus ${MAX_PRIVATE} caractères.`,
      },
      ubl: [mustWhere(ublIds, isOf(PRIVATE), isShort)],
      cii: [mustWhere(ciiIds, isOf(PRIVATE), isShort)],
    }),
  ]
}

/** Invoices that the buyer issues in the name of the seller. */
const SELF_BILLED: ReadonlySet<string> = new Set(['389', '501', '500', '471', '473', '261', '502'])
const UBL_TYPES = [path('cbc:InvoiceTypeCode'), path('cbc:CreditNoteTypeCode')]
const CII_TYPES = [path('rsm:ExchangedDocument/ram:TypeCode')]

const isSelfBilled = ({ document, root }: RuleSubject, types: readonly Path[]): boolean =>
  types.some((steps) => textsAt(document, root, steps).some((type) => SELF_BILLED.has(type)))

const hasFrenchAddress = (
  { document, root }: RuleSubject,
  addresses: Path,
  sirens: readonly string[],
): boolean => {
  const [siren = ''] = sirens
  const schemes = document.all(root, addresses).map((node) => schemeOf(document, node))
  return textAt(document, root, addresses).startsWith(siren) && schemes.includes(FRENCH)
}

const isAddressedInUbl = (subject: RuleSubject, party: string): boolean => {
  const { document, root } = subject
  const { address, company } = UBL_PATHS[party]!
  const sirens = ofScheme(document, root, company, SIREN).map((node) => document.text(node))
  return hasFrenchAddress(subject, address, sirens)
}
const isAddressedInCii = (subject: RuleSubject, party: string): boolean => {
  const { address, company } = CII_PATHS[party]!
  // ARTEFACT: in CII the legal identifier counts whatever its scheme.
  return hasFrenchAddress(subject, address, textsAt(subject.document, subject.root, company))
}

const pathsOf = (
  party: string,
  address: string,
  company: string,
): { readonly address: Path; readonly company: Path } => ({
  address: path(`${party}/${address}`),
  company: path(`${party}/${company}`),
})
const UBL_PATHS: Readonly<Record<string, ReturnType<typeof pathsOf>>> = {
  [UBL_SELLER]: pathsOf(UBL_SELLER, UBL_ADDRESS, 'cac:PartyLegalEntity/cbc:CompanyID'),
  [UBL_BUYER]: pathsOf(UBL_BUYER, UBL_ADDRESS, 'cac:PartyLegalEntity/cbc:CompanyID'),
}
const CII_PATHS: Readonly<Record<string, ReturnType<typeof pathsOf>>> = {
  [CII_SELLER]: pathsOf(CII_SELLER, CII_ADDRESS, 'ram:SpecifiedLegalOrganization/ram:ID'),
  [CII_BUYER]: pathsOf(CII_BUYER, CII_ADDRESS, 'ram:SpecifiedLegalOrganization/ram:ID'),
}

/** BR-FR-12, BR-FR-13, BR-FR-21 to BR-FR-26. */
export const ADDRESS_RULES: readonly Rule[] = [
  missing('BR-FR-12_BT-49', BUYER.label, 'BT-49', UBL_BUYER, CII_BUYER),
  missing('BR-FR-13_BT-34', SELLER.label, 'BT-34', UBL_SELLER, CII_SELLER),
  frRule({
    id: 'BR-FR-21_BT-49',
    code: F_CODES.recipient,
    message: {
      en: 'A domestic invoice between companies (note BAR = B2B) must be addressed to the SIREN of the buyer (BT-49, scheme 0225).',
      fr: 'Une facture domestique entre entreprises (note BAR = B2B) doit être adressée au SIREN de l’acheteur (BT-49, schéma 0225).',
    },
    remedy: {
      en: 'Give an address with scheme 0225 that begins with the SIREN of the buyer (BT-47).',
      fr: 'Indiquez une adresse de schéma 0225 qui commence par le SIREN de l’acheteur (BT-47).',
    },
    ubl: [
      must(
        '/',
        (_root, subject) =>
          !isDomesticInUbl(subject) ||
          isSelfBilled(subject, UBL_TYPES) ||
          isAddressedInUbl(subject, UBL_BUYER),
      ),
    ],
    cii: [
      must(
        '/',
        (_root, subject) =>
          !isDomesticInCii(subject) ||
          isSelfBilled(subject, CII_TYPES) ||
          isAddressedInCii(subject, CII_BUYER),
      ),
    ],
  }),
  frRule({
    id: 'BR-FR-22_BT-34',
    code: F_CODES.supplier,
    message: {
      en: 'A self-billed domestic invoice must be addressed to the SIREN of the seller (BT-34, scheme 0225).',
      fr: 'Une autofacture domestique doit être adressée au SIREN du vendeur (BT-34, schéma 0225).',
    },
    remedy: {
      en: 'Give an address with scheme 0225 that begins with the SIREN of the seller (BT-30).',
      fr: 'Indiquez une adresse de schéma 0225 qui commence par le SIREN du vendeur (BT-30).',
    },
    // ARTEFACT (1.4.0.03): in UBL any note BAR counts as B2B.
    ubl: [
      must(
        '/',
        (_root, subject) =>
          ublNote(subject, 'BAR') === '' ||
          !isSelfBilled(subject, UBL_TYPES) ||
          isAddressedInUbl(subject, UBL_SELLER),
      ),
    ],
    cii: [
      must(
        '/',
        (_root, subject) =>
          !isDomesticInCii(subject) ||
          !isSelfBilled(subject, CII_TYPES) ||
          isAddressedInCii(subject, CII_SELLER),
      ),
    ],
  }),
  ...PARTIES.flatMap(addressRules),
  ...[SELLER, BUYER].flatMap(privateRules),
]
