import { path, type NodeId, type Path } from '../../formats/xml/xml-document.ts'
import { F_CODES, type Rule, type RuleSubject } from '../rule.ts'
import { frRule, must, mustWhere, type Condition } from './br-fr-rule.ts'
import { ofScheme, schemeOf } from './node-values.ts'
import { isDomesticInCii, isDomesticInUbl } from './notes.ts'
import { PARTIES, type Party } from './parties.ts'
import { CII_BUYER, CII_SELLER, UBL_BUYER, UBL_SELLER } from './places.ts'

const SIREN = '0002'
const SIRET = '0009'
const SINGLE_TAXABLE = '0231'
const NINE_DIGITS = /^\d{9}$/
const FOURTEEN_DIGITS = /^\d{14}$/

const CII_IDS = path('ram:GlobalID')
const CII_LEGAL = path('ram:SpecifiedLegalOrganization/ram:ID')

/** A SIRET is 14 digits that begin with the SIREN: only the first of a party is looked at. */
const agrees =
  (ids: Path, legal: Path, needsSiren: boolean): Condition =>
  (node, { document }) => {
    const [first] = ofScheme(document, node, ids, SIRET)
    if (first === undefined) return true
    const siret = document.text(first)
    const [company] = ofScheme(document, node, legal, SIREN)
    const siren = company === undefined ? '' : document.text(company)
    if (!FOURTEEN_DIGITS.test(siret)) return false
    return siren === '' && !needsSiren ? true : siret.slice(0, 9) === siren && siren !== ''
  }

const siretRule = (party: Party): Rule => {
  const { id, label, ubl, cii, needsSiren = false } = party
  const ublIds = path(party.ublIds ?? 'cac:PartyIdentification/cbc:ID')
  const ublLegal = path(`${party.ublLegal ?? 'cac:PartyLegalEntity'}/cbc:CompanyID`)
  return frRule({
    id: `BR-FR-09_${id}`,
    message: {
      en: `The SIRET of the ${label.en} (${id}) is not 14 digits that begin with its SIREN.`,
      fr: `SIRET de la partie « ${label.fr} » (${id}) : pas 14 chiffres commençant par son SIREN.`,
    },
    remedy: {
      en: 'Give the SIRET with scheme 0009 and the SIREN it begins with as legal identifier, scheme 0002.',
      fr: 'Indiquez le SIRET avec le schéma 0009 et son SIREN en identifiant légal, schéma 0002.',
    },
    ubl: [must(ubl, agrees(ublIds, ublLegal, needsSiren))],
    cii: [must(cii, agrees(CII_IDS, CII_LEGAL, needsSiren))],
  })
}

const hasSiren =
  (legal: Path): Condition =>
  (node, { document }) => {
    const [company] = ofScheme(document, node, legal, SIREN)
    return company !== undefined && NINE_DIGITS.test(document.trimmed(company))
  }
/** ARTEFACT: in CII the SIREN of a domestic buyer may have no blank around it. */
const hasExactSiren =
  (legal: Path): Condition =>
  (node, { document }) => {
    const [company] = ofScheme(document, node, legal, SIREN)
    return company !== undefined && NINE_DIGITS.test(document.text(company))
  }

const COMPANY = path('cbc:CompanyID')
const UBL_BUYER_COMPANY = path(`${UBL_BUYER}/cac:PartyLegalEntity/cbc:CompanyID`)
const CII_SELLER_COMPANY = path(`${CII_SELLER}/ram:SpecifiedLegalOrganization/ram:ID`)
const CII_BUYER_COMPANY = path(`${CII_BUYER}/ram:SpecifiedLegalOrganization/ram:ID`)

const whenDomestic =
  (isDomestic: (subject: RuleSubject) => boolean, isFine: Condition): Condition =>
  (node, subject) =>
    !isDomestic(subject) || isFine(node, subject)

const isSiren: Condition = (node, { document }) => NINE_DIGITS.test(document.trimmed(node))
const isOf =
  (...schemes: readonly string[]): Condition =>
  (node, { document }) =>
    schemes.includes(schemeOf(document, node) ?? '')

const nineDigits = (id: string, checks: Pick<Rule, 'ubl' | 'cii'>): Rule =>
  frRule({
    id,
    message: {
      en: 'An identifier with scheme 0002 or 0231 is not a SIREN of 9 digits.',
      fr: 'Un identifiant de schéma 0002 ou 0231 n’est pas un SIREN de 9 chiffres.',
    },
    remedy: {
      en: 'Give the SIREN, 9 digits without spaces, or the scheme that the identifier is of.',
      fr: 'Indiquez le SIREN, 9 chiffres sans espace, ou le schéma dont relève l’identifiant.',
    },
    ...checks,
  })

const hasScheme = (document: RuleSubject['document'], node: NodeId): boolean =>
  schemeOf(document, node) !== undefined
const haveSchemes =
  (ids: Path): Condition =>
  (node, { document }) =>
    document.all(node, ids).every((id) => hasScheme(document, id))
const areOfDistinctSchemes =
  (ids: Path): Condition =>
  (node, { document }) => {
    const schemes = document.all(node, ids).flatMap((id) => schemeOf(document, id) ?? [])
    return new Set(schemes).size === schemes.length
  }

/** ARTEFACT: the identifiers of a delivery are looked at in its location. */
const CO_10_PLACES: Readonly<Record<string, string>> = {
  'BT-71': 'cac:Delivery/cac:DeliveryLocation',
}

const schemeRules = ({ id, label, ubl, cii, ublIds }: Party): readonly Rule[] => {
  const ublSteps = path(ublIds === undefined ? 'cac:PartyIdentification/cbc:ID' : 'cbc:ID')
  const at = CO_10_PLACES[id] ?? (ublIds === undefined ? `//${ubl}` : ubl)
  return [
    frRule({
      id: `BR-FR-CO-10_${id}-1`,
      message: {
        en: `An identifier of the ${label.en} (${id}) has no scheme.`,
        fr: `Identifiant de la partie « ${label.fr} » (${id}) sans schéma.`,
      },
      remedy: {
        en: 'Give the scheme of each identifier: 0009 for a SIRET, 0224 for one of your own.',
        fr: 'Indiquez le schéma de chaque identifiant : 0009 pour un SIRET, 0224 pour un identifiant privé.',
      },
      ubl: [must(at, haveSchemes(ublSteps))],
      cii: [must(cii, haveSchemes(CII_IDS))],
    }),
    frRule({
      id: `BR-FR-CO-10_${id}-2`,
      message: {
        en: `Several identifiers of the ${label.en} (${id}) have the same scheme.`,
        fr: `Plusieurs identifiants de la partie « ${label.fr} » (${id}) ont le même schéma.`,
      },
      remedy: {
        en: 'Keep one identifier of each scheme.',
        fr: 'Ne conservez qu’un identifiant par schéma.',
      },
      ubl: [must(at, areOfDistinctSchemes(ublSteps))],
      cii: [must(cii, areOfDistinctSchemes(CII_IDS))],
    }),
  ]
}

/** BR-FR-09, BR-FR-10, BR-FR-11, BR-FR-32, BR-FR-CO-10. */
export const PARTY_RULES: readonly Rule[] = [
  ...PARTIES.map(siretRule),
  frRule({
    id: 'BR-FR-10_BT-30',
    code: F_CODES.supplier,
    message: {
      en: 'The seller has no SIREN of 9 digits as legal identifier (BT-30, scheme 0002).',
      fr: 'Le vendeur n’a pas de SIREN de 9 chiffres en identifiant légal (BT-30, schéma 0002).',
    },
    remedy: {
      en: 'Give the SIREN of the seller with scheme 0002.',
      fr: 'Indiquez le SIREN du vendeur avec le schéma 0002.',
    },
    ubl: [must(`//${UBL_SELLER}/cac:PartyLegalEntity`, hasSiren(COMPANY))],
    cii: [must('/', hasSiren(CII_SELLER_COMPANY))],
  }),
  frRule({
    id: 'BR-FR-11_BT-47',
    code: F_CODES.recipient,
    message: {
      en: 'A domestic invoice between companies (note BAR = B2B) needs the SIREN of the buyer (BT-47).',
      fr: 'Une facture domestique entre entreprises (note BAR = B2B) exige le SIREN de l’acheteur (BT-47).',
    },
    remedy: {
      en: 'Give the SIREN of the buyer, 9 digits, with scheme 0002.',
      fr: 'Indiquez le SIREN de l’acheteur, 9 chiffres, avec le schéma 0002.',
    },
    ubl: [must('/', whenDomestic(isDomesticInUbl, hasSiren(UBL_BUYER_COMPANY)))],
    cii: [must('/', whenDomestic(isDomesticInCii, hasExactSiren(CII_BUYER_COMPANY)))],
  }),
  nineDigits('BR-FR-32-LEGALID', {
    ubl: [mustWhere('//cac:PartyLegalEntity/cbc:CompanyID', isOf(SIREN), isSiren)],
    cii: [mustWhere('//ram:SpecifiedLegalOrganization/ram:ID', isOf(SIREN), isSiren)],
  }),
  nineDigits('BR-FR-32-ID', {
    ubl: [mustWhere('//cac:PartyIdentification/cbc:ID', isOf(SIREN, SINGLE_TAXABLE), isSiren)],
  }),
  nineDigits('BR-FR-32-GLOBALID', {
    cii: [mustWhere('//ram:GlobalID', isOf(SIREN, SINGLE_TAXABLE), isSiren)],
  }),
  ...PARTIES.flatMap(schemeRules),
]
