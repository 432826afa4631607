import { path, type Path } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { booleanOf, codeOf, countOf, packed, type PackedCode } from '../element-values.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { enRule, must, type Condition } from './en-rule.ts'
import { has, needs } from './needs.ts'
import { onceRule } from './occurrence.ts'
import { AGREEMENT, DELIVERY, SETTLEMENT, TRANSACTION } from './paths.ts'

const LINE = `${TRANSACTION}/ram:IncludedSupplyChainTradeLineItem`
const PRODUCT = `${LINE}/ram:SpecifiedTradeProduct`
const LINE_AGREEMENT = `${LINE}/ram:SpecifiedLineTradeAgreement`
const LINE_SETTLEMENT = `${LINE}/ram:SpecifiedLineTradeSettlement`
const NET_PRICE = 'ram:NetPriceProductTradePrice/ram:ChargeAmount'

const TYPE_CODE = nameId('ram:TypeCode')
const OBJECT = packed('130')
const TENDER = packed('50')
const TRANSFERS = new Set([packed('30'), packed('58')])

/** Exactly one: a rule on its count, reported at its holder. */
function exactlyOne(
  id: string,
  at: string,
  steps: string,
  options: { readonly terms?: readonly string[]; readonly when?: Condition } = {},
): Rule {
  const counted = path(steps)
  const applies = options.when
  return {
    ...onceRule(
      id,
      'cii',
      'fatal',
      steps,
      must(
        at,
        (node, subject) =>
          (applies !== undefined && !applies(node, subject)) ||
          countOf(subject.document, node, counted, 2) === 1,
      ),
    ),
    terms: options.terms ?? [],
    code: F_CODES.missing,
    message: {
      en: `${steps} must come exactly once there.`,
      fr: `${steps} doit y figurer exactement une fois.`,
    },
    remedy: { en: 'Give it once.', fr: 'Indiquez-le une fois.' },
  }
}

/** How many references of this type hold such an element. */
const REFERENCES = path('ram:AdditionalReferencedDocument')
const referencesOf =
  (type: PackedCode, holding: Path): Condition =>
  (node, { document }) => {
    let count = 0
    for (const reference of document.all(node, REFERENCES)) {
      if (codeOf(document, document.child(reference, TYPE_CODE)) !== type) continue
      count += countOf(document, reference, holding, 2)
      if (count > 1) return false
    }
    return true
  }

function onceOfType(
  id: string,
  at: string,
  type: string,
  steps: string,
  terms: readonly string[],
): Rule {
  const shown = `ram:AdditionalReferencedDocument[ram:TypeCode=${type}]${steps === '' ? '' : `/${steps}`}`
  const isFine = referencesOf(packed(type), steps === '' ? [] : path(steps))
  return { ...onceRule(id, 'cii', 'warning', shown, must(at, isFine)), terms }
}

/** One of two identifiers. */
function oneIdentifier(id: string, at: string, party: string, terms: readonly string[]): Rule {
  const hasId = has(`${party}/ram:ID`, 'element')
  const hasGlobalId = has(`${party}/ram:GlobalID`, 'element')
  return {
    ...onceRule(
      id,
      'cii',
      'warning',
      `${party}: ram:ID, ram:GlobalID`,
      must(at, (node, subject) => !(hasId(node, subject) && hasGlobalId(node, subject))),
    ),
    terms,
    message: {
      en: `${party} should have either ram:ID or ram:GlobalID, not both.`,
      fr: `${party} devrait avoir soit ram:ID, soit ram:GlobalID, mais pas les deux.`,
    },
  }
}

function oneName(id: string, party: string, term: string): Rule {
  const person = has(`${party}/ram:DefinedTradeContact/ram:PersonName`, 'element')
  const department = has(`${party}/ram:DefinedTradeContact/ram:DepartmentName`, 'element')
  return {
    ...onceRule(
      id,
      'cii',
      'warning',
      `${party}/ram:DefinedTradeContact`,
      must(AGREEMENT, (node, subject) => !(person(node, subject) && department(node, subject))),
    ),
    terms: [term],
    message: {
      en: `The contact of ${party} should have either a person or a department (${term}), not both.`,
      fr: `Le contact de ${party} devrait indiquer soit une personne, soit un service (${term}), mais pas les deux.`,
    },
  }
}

/** CII-SR-119: an allowance with its amount, or neither. */
const PRICE_CHARGE = 'ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge'
const PRICE_INDICATOR = path(`${PRICE_CHARGE}/ram:ChargeIndicator`)
const INDICATOR = nameId('udt:Indicator')
const hasPriceAmount = has(`${PRICE_CHARGE}/ram:ActualAmount`, 'element')
const isPriceAllowance: Condition = (node, subject) => {
  const { document } = subject
  const indicators = document.all(node, PRICE_INDICATOR)
  const isAllowance = indicators.some(
    (one) => booleanOf(document, document.child(one, INDICATOR)) === false,
  )
  const hasAmount = hasPriceAmount(node, subject)
  return (isAllowance && hasAmount) || (indicators.length === 0 && !hasAmount)
}

/** CII-SR-470: credit transfers name an account. */
const MEANS = path('ram:SpecifiedTradeSettlementPaymentMeans')
const hasAccount = has(
  'ram:PayeePartyCreditorFinancialAccount/ram:IBANID | ram:PayeePartyCreditorFinancialAccount/ram:ProprietaryID',
  'element',
)
const haveAccounts: Condition = (node, subject) => {
  const { document } = subject
  return document
    .all(node, MEANS)
    .every(
      (means) =>
        !TRANSFERS.has(codeOf(document, document.child(means, TYPE_CODE))) ||
        hasAccount(means, subject),
    )
}

const same = (
  id: string,
  terms: readonly string[],
  en: string,
  fr: string,
  isFine: Condition,
): Rule =>
  enRule({
    id,
    terms,
    code: F_CODES.value,
    message: { en: `There are different ${en}.`, fr: `Il y a plusieurs ${fr} différents.` },
    remedy: {
      en: 'Give the same everywhere.',
      fr: 'Indiquez partout le même.',
    },
    platformText: `Valeurs différentes ({place}) : ${fr}.`,
    cii: must('/', isFine),
  })

const hasOrigin = has('ram:OriginTradeCountry', 'element')

/** CII-SR rules that are more than a path: see `TABLED_RULES`. */
export const CII_SYNTAX_RULES: readonly Rule[] = [
  exactlyOne(
    'CII-SR-009',
    'rsm:ExchangedDocumentContext',
    'ram:GuidelineSpecifiedDocumentContextParameter',
    { terms: ['BT-24'] },
  ),
  exactlyOne(
    'CII-SR-010',
    'rsm:ExchangedDocumentContext',
    'ram:GuidelineSpecifiedDocumentContextParameter/ram:ID',
    { terms: ['BT-24'] },
  ),
  exactlyOne('CII-SR-014', 'rsm:ExchangedDocument', 'ram:TypeCode', { terms: ['BT-3'] }),
  needs({
    id: 'CII-SR-046',
    terms: ['BT-157'],
    what: {
      en: 'scheme identifier of the item standard identifier (BT-157)',
      fr: 'identifiant du schéma de l’identifiant standard de l’article (BT-157)',
    },
    kind: 'element',
    cii: {
      at: PRODUCT,
      needs: 'ram:GlobalID/@schemeID',
      when: has('ram:GlobalID', 'element'),
    },
  }),
  exactlyOne('CII-SR-069', `${PRODUCT}/ram:ApplicableProductCharacteristic`, 'ram:Description', {
    terms: ['BT-160'],
  }),
  exactlyOne('CII-SR-072', `${PRODUCT}/ram:ApplicableProductCharacteristic`, 'ram:Value', {
    terms: ['BT-161'],
  }),
  exactlyOne('CII-SR-090', PRODUCT, 'ram:OriginTradeCountry/ram:ID', {
    terms: ['BT-159'],
    when: hasOrigin,
  }),
  {
    ...onceRule(
      'CII-SR-119',
      'cii',
      'warning',
      PRICE_CHARGE,
      must(LINE_AGREEMENT, isPriceAllowance),
    ),
    terms: ['BT-147'],
    message: {
      en: 'A price discount (BT-147) should be an allowance (ram:ChargeIndicator false) with its amount.',
      fr: 'Un rabais sur le prix (BT-147) devrait être une remise (ram:ChargeIndicator à false) avec son montant.',
    },
    remedy: {
      en: 'Give both the indicator false and the amount, or neither.',
      fr: 'Indiquez à la fois l’indicateur false et le montant, ou aucun des deux.',
    },
  },
  exactlyOne('CII-SR-439', LINE_AGREEMENT, NET_PRICE, { terms: ['BT-146'] }),
  oneIdentifier('CII-SR-449', DELIVERY, 'ram:ShipToTradeParty', ['BT-71']),
  oneIdentifier('CII-SR-450', AGREEMENT, 'ram:BuyerTradeParty', ['BT-46']),
  oneIdentifier('CII-SR-451', SETTLEMENT, 'ram:PayeeTradeParty', ['BT-60']),
  {
    ...exactlyOne('CII-SR-454', LINE_SETTLEMENT, 'ram:ApplicableTradeTax', { terms: ['BT-151'] }),
    severity: 'warning',
  },
  {
    ...onceRule(
      'CII-SR-457',
      'cii',
      'warning',
      'ram:AdditionalReferencedDocument[ram:TypeCode=50]',
      must(AGREEMENT, referencesOf(TENDER, [])),
    ),
    terms: ['BT-17'],
  },
  {
    ...onceRule(
      'CII-SR-458',
      'cii',
      'warning',
      'ram:AdditionalReferencedDocument[ram:TypeCode=130]',
      must(AGREEMENT, referencesOf(OBJECT, [])),
    ),
    terms: ['BT-18'],
  },
  {
    ...same(
      'CII-SR-462',
      ['BT-8'],
      'VAT point date codes (BT-8)',
      'codes de date d’exigibilité de la TVA (BT-8)',
      () => true,
    ),
    cii: [must(SETTLEMENT, (_, { facts }) => !facts.cii.dueDateCodes.hasSeveral)],
  },
  needs({
    id: 'CII-SR-463',
    terms: ['BG-20', 'BG-21'],
    what: {
      en: 'indicator of an allowance or charge (ram:ChargeIndicator)',
      fr: 'indicateur de remise ou de frais (ram:ChargeIndicator)',
    },
    kind: 'element',
    cii: { at: '//ram:SpecifiedTradeAllowanceCharge', needs: 'ram:ChargeIndicator' },
  }),
  oneName('CII-SR-465', 'ram:SellerTradeParty', 'BT-41'),
  oneName('CII-SR-466', 'ram:BuyerTradeParty', 'BT-56'),
  same(
    'CII-SR-467',
    ['BT-81'],
    'payment means codes (BT-81)',
    'codes de moyen de paiement (BT-81)',
    (_, { facts }) => !facts.cii.paymentMeansCodes.hasSeveral,
  ),
  same(
    'CII-SR-468',
    ['BT-82'],
    'payment means texts (BT-82)',
    'libellés de moyen de paiement (BT-82)',
    (_, { facts }) => !facts.cii.paymentMeansTexts.hasSeveral,
  ),
  {
    ...onceRule(
      'CII-SR-469',
      'cii',
      'fatal',
      'ram:ApplicableHeaderTradeSettlement/ram:PaymentReference',
      must('/', (_, { facts }) => facts.cii.paymentReferences <= 1),
    ),
    terms: ['BT-83'],
  },
  enRule({
    id: 'CII-SR-470',
    terms: ['BT-84'],
    code: F_CODES.conditional,
    message: {
      en: 'A credit transfer (payment means 30 or 58) names no account (BT-84).',
      fr: 'Un virement (moyen de paiement 30 ou 58) n’indique aucun compte (BT-84).',
    },
    remedy: {
      en: 'Give the account: ram:PayeePartyCreditorFinancialAccount/ram:IBANID, or ram:ProprietaryID.',
      fr: 'Indiquez le compte : ram:PayeePartyCreditorFinancialAccount/ram:IBANID, ou ram:ProprietaryID.',
    },
    platformText: 'Compte à créditer absent ({place}).',
    cii: must(SETTLEMENT, haveAccounts),
  }),
  onceOfType('CII-SR-474', LINE_SETTLEMENT, '130', '', ['BT-128']),
  onceOfType('CII-SR-475', AGREEMENT, '916', 'ram:Name', ['BT-123']),
  onceOfType('CII-SR-476', AGREEMENT, '916', 'ram:AttachmentBinaryObject', ['BT-125']),
]
