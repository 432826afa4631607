import type { BilingualText } from '../../../gateway/flow.ts'
import { NONE, path } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { remembered } from '../remembered.ts'
import type { Rule } from '../rule.ts'
import { isUblAllowance, isUblCharge, saysAllowance, saysCharge } from './allowance-context.ts'
import { isVatTax } from './cii-facts.ts'
import { enRule, mustWhen, type Condition } from './en-rule.ts'
import { named } from './term-names.ts'
import { has, needs, type Kind } from './needs.ts'
import { CII_DOCUMENT_INDICATOR, CII_LINE_INDICATOR, UBL_LINE_ALLOWANCE } from './paths.ts'
import { isVatScheme } from './ubl-facts.ts'

/** Allowances and charges of the document and of its lines: four kinds with the same rules. */
interface AllowanceKind {
  readonly ubl: string
  readonly isUbl: Condition
  readonly cii: string
  readonly isCii: Condition
}

const UBL_DOCUMENT = 'cac:AllowanceCharge'
const KINDS = {
  allowance: {
    ubl: UBL_DOCUMENT,
    isUbl: isUblAllowance,
    cii: CII_DOCUMENT_INDICATOR,
    isCii: saysAllowance,
  },
  charge: {
    ubl: UBL_DOCUMENT,
    isUbl: isUblCharge,
    cii: CII_DOCUMENT_INDICATOR,
    isCii: saysCharge,
  },
  lineAllowance: {
    ubl: UBL_LINE_ALLOWANCE,
    isUbl: isUblAllowance,
    cii: CII_LINE_INDICATOR,
    isCii: saysAllowance,
  },
  lineCharge: {
    ubl: UBL_LINE_ALLOWANCE,
    isUbl: isUblCharge,
    cii: CII_LINE_INDICATOR,
    isCii: saysCharge,
  },
} as const satisfies Record<string, AllowanceKind>

/** The condition on the allowance itself, looked at from its indicator. */
export const onParent = (condition: Condition): Condition => {
  const isSo = remembered(condition)
  return (node, subject) => isSo(subject.document.parent(node), subject)
}

function needsIn(row: {
  readonly id: string
  readonly terms: readonly string[]
  readonly what?: BilingualText
  readonly kind: keyof typeof KINDS
  readonly ubl: string
  readonly cii: string
}): Rule {
  const kind = KINDS[row.kind]
  const element: Kind = 'element'
  const rule = needs({
    id: row.id,
    terms: row.terms,
    ...(row.what === undefined ? {} : { what: row.what }),
    kind: element,
    ubl: { at: kind.ubl, needs: row.ubl, when: kind.isUbl },
    cii: { at: kind.cii, needs: row.cii, when: kind.isCii },
  })
  const isThere = onParent(has(row.cii, element))
  const cii = rule.cii?.map((check) => ({ ...check, ...mustWhen(kind.cii, kind.isCii, isThere) }))
  return { ...rule, ...(cii === undefined ? {} : { cii }) }
}

const REASON = 'cbc:AllowanceChargeReason | cbc:AllowanceChargeReasonCode'
const CII_REASON = 'ram:Reason | ram:ReasonCode'

function reason(id: string, terms: readonly string[], kind: keyof typeof KINDS): Rule {
  const [text, code] = terms.slice(-2)
  return needsIn({
    id,
    terms,
    what: {
      en: `${named(text ?? '').en} or ${named(code ?? '').en}`,
      fr: `${named(text ?? '').fr} ou ${named(code ?? '').fr}`,
    },
    kind,
    ubl: REASON,
    cii: CII_REASON,
  })
}

/** BR-32, BR-37: a category in the tax scheme VAT. */
const ID = nameId('cbc:ID')
const TAX_CATEGORY = nameId('cac:TaxCategory')
const hasUblCategory: Condition = (node, { document }) => {
  let category = document.child(node, TAX_CATEGORY)
  while (category !== NONE) {
    if (isVatScheme(document, category) && document.child(category, ID) !== NONE) return true
    category = document.next(category)
  }
  return false
}
const CATEGORY_TAX = path('ram:CategoryTradeTax')
const CODE = nameId('ram:CategoryCode')
const hasCiiCategory: Condition = onParent((node, { document }) =>
  document
    .all(node, CATEGORY_TAX)
    .some((tax) => isVatTax(document, tax) && document.child(tax, CODE) !== NONE),
)

function category(id: string, terms: readonly string[], kind: 'allowance' | 'charge'): Rule {
  const { ubl, isUbl, cii, isCii } = KINDS[kind]
  const what = named(terms.at(-1) ?? '')
  return enRule({
    id,
    terms,
    message: { en: `Missing: ${what.en}.`, fr: `Élément manquant : ${what.fr}.` },
    remedy: {
      en: `Give the ${what.en}, in the tax scheme VAT.`,
      fr: `Indiquez : ${what.fr}, dans le régime de taxe VAT.`,
    },
    platformText: 'Élément obligatoire absent ({place}) : catégorie de TVA.',
    ubl: mustWhen(ubl, isUbl, hasUblCategory),
    cii: mustWhen(cii, isCii, hasCiiCategory),
  })
}

const AMOUNT = { ubl: 'cbc:Amount', cii: 'ram:ActualAmount' }

/** BR-31 to BR-44, BR-CO-05 to BR-CO-08, BR-CO-21 to BR-CO-24. */
export const ALLOWANCE_RULES: readonly Rule[] = [
  needsIn({ id: 'BR-31', terms: ['BG-20', 'BT-92'], kind: 'allowance', ...AMOUNT }),
  category('BR-32', ['BG-20', 'BT-95'], 'allowance'),
  reason('BR-33', ['BG-20', 'BT-97', 'BT-98'], 'allowance'),
  needsIn({ id: 'BR-36', terms: ['BG-21', 'BT-99'], kind: 'charge', ...AMOUNT }),
  category('BR-37', ['BG-21', 'BT-102'], 'charge'),
  reason('BR-38', ['BG-21', 'BT-104', 'BT-105'], 'charge'),
  needsIn({ id: 'BR-41', terms: ['BG-27', 'BT-136'], kind: 'lineAllowance', ...AMOUNT }),
  reason('BR-42', ['BG-27', 'BT-139', 'BT-140'], 'lineAllowance'),
  needsIn({ id: 'BR-43', terms: ['BG-28', 'BT-141'], kind: 'lineCharge', ...AMOUNT }),
  reason('BR-44', ['BG-28', 'BT-144', 'BT-145'], 'lineCharge'),
  reason('BR-CO-21', ['BG-20', 'BT-97', 'BT-98'], 'allowance'),
  reason('BR-CO-22', ['BG-21', 'BT-104', 'BT-105'], 'charge'),
  reason('BR-CO-23', ['BG-27', 'BT-139', 'BT-140'], 'lineAllowance'),
  reason('BR-CO-24', ['BG-28', 'BT-144', 'BT-145'], 'lineCharge'),
  ...(
    [
      ['BR-CO-05', 'BT-97', 'BT-98'],
      ['BR-CO-06', 'BT-104', 'BT-105'],
      ['BR-CO-07', 'BT-139', 'BT-140'],
      ['BR-CO-08', 'BT-144', 'BT-145'],
    ] as const
  ).map(([id, text, code]) =>
    // No program can compare their meaning: the artefacts list these rules and never report them.
    enRule({
      id,
      terms: [text, code],
      message: {
        en: `The ${named(text).en} and the ${named(code).en} must mean the same.`,
        fr: `Ces deux éléments doivent désigner la même chose : ${named(text).fr} et ${named(code).fr}.`,
      },
      remedy: {
        en: 'Give a reason that says what the code says.',
        fr: 'Indiquez un motif qui dit la même chose que le code.',
      },
      ubl: [],
      cii: [],
    }),
  ),
]
