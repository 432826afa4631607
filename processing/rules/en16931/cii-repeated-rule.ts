import { path, type NodeId } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { countOf } from '../element-values.ts'
import type { Rule } from '../rule.ts'
import { isGeneral } from './breakdown-rules.ts'
import { must, type Condition } from './en-rule.ts'
import { onceRule } from './occurrence.ts'
import { CII_BREAKDOWN, CII_LINE } from './paths.ts'

/**
 * The reference engine stops on what comes twice where its rules expect one, although the schema
 * allows it; such a document is refused (reference invoices §2).
 */
const SINGLES: readonly (readonly [at: string, steps: string, when?: Condition])[] = [
  [CII_LINE, 'ram:SpecifiedTradeProduct/ram:Name'],
  [
    CII_LINE,
    'ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount',
  ],
  [CII_BREAKDOWN, 'ram:BasisAmount', isGeneral],
  [CII_BREAKDOWN, 'ram:CalculatedAmount', isGeneral],
]
const REPRESENTATIVE_ID = path('ram:SpecifiedTaxRegistration/ram:ID')
const SCHEME_ID = nameId('schemeID')

/** EN-REPEATED, an id of ours. */
export const CII_REPEATED_RULE: Rule = {
  ...onceRule('EN-REPEATED', 'cii', 'fatal', 'An element', [
    ...SINGLES.map(([at, steps, when]) => {
      const counted = path(steps)
      const texts = {
        remedy: {
          en: `Keep one ${steps} there.`,
          fr: `N’y conservez qu’un élément ${steps}.`,
        },
      }
      const isFine: Condition = (node, subject) =>
        (when !== undefined && !when(node, subject)) ||
        countOf(subject.document, node, counted, 2) <= 1
      return { ...must(at, isFine), ...texts }
    }),
    must('//ram:SellerTaxRepresentativeTradeParty', (node, { document }) => {
      const isVat = (id: NodeId): boolean => document.attribute(id, SCHEME_ID) === 'VA'
      return document.all(node, REPRESENTATIVE_ID).filter(isVat).length <= 1
    }),
  ]),
  message: {
    en: 'An element comes twice where the rules of EN 16931 can only work with one.',
    fr: 'Un élément figure deux fois là où les règles EN 16931 n’en admettent qu’un.',
  },
}
