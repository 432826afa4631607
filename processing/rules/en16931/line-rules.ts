import { NONE, path, type Path } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { compareDoubles, doubleAt } from '../element-values.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { isVatTax } from './cii-facts.ts'
import { enRule, must, type Condition } from './en-rule.ts'
import { named } from './term-names.ts'
import { has, needs } from './needs.ts'
import { CII_LINE, UBL_LINE } from './paths.ts'
import { isVatScheme } from './ubl-facts.ts'

/** ARTEFACT: a price that is missing is not at least 0; one of several that is, is enough. */
const isPositive =
  (price: Path, mayMiss: boolean): Condition =>
  (node, { document }) => {
    const first = document.first(node, price)
    if (first === NONE) return mayMiss
    return document.some(node, price, (one) => {
      const amount = doubleAt(document, one)
      // Text that is no number is refused by the structure check.
      return amount === undefined || compareDoubles(amount, 0) >= 0
    })
  }

const ID = nameId('cbc:ID')
const CLASSIFIED = path('cac:Item/cac:ClassifiedTaxCategory')
const hasUblCategory: Condition = (node, { document }) =>
  document.some(
    node,
    CLASSIFIED,
    (one) => isVatScheme(document, one) && document.child(one, ID) !== NONE,
  )
const TRADE_TAX = path('ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax')
const CODE = nameId('ram:CategoryCode')
const hasCiiCategory: Condition = (node, { document }) =>
  document.some(
    node,
    TRADE_TAX,
    (tax) => isVatTax(document, tax) && document.child(tax, CODE) !== NONE,
  )

const ITEM_SCHEME = {
  en: 'scheme identifier of the item standard identifier (BT-157)',
  fr: 'identifiant du schéma de l’identifiant standard de l’article (BT-157)',
}
const CLASSIFICATION_LIST = {
  en: 'list identifier of the item classification (BT-158)',
  fr: 'identifiant de la liste de classification de l’article (BT-158)',
}
const NET_PRICE = 'ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount'
const GROSS_PRICE =
  'ram:SpecifiedLineTradeAgreement/ram:GrossPriceProductTradePrice/ram:ChargeAmount'

function notNegative(id: string, term: string, ubl: Condition, cii: Condition): Rule {
  const what = named(term)
  return enRule({
    id,
    terms: [term],
    code: F_CODES.amounts,
    message: {
      en: `Negative or missing: ${what.en}.`,
      fr: `Valeur négative ou absente : ${what.fr}.`,
    },
    remedy: {
      en: 'Give a price of 0 or more; a credit has a negative quantity instead.',
      fr: 'Indiquez un prix positif ou nul ; une déduction se note par une quantité négative.',
    },
    platformText: 'Le prix unitaire ne peut pas être négatif ({place}).',
    ubl: must(UBL_LINE, ubl),
    cii: must(CII_LINE, cii),
  })
}

/** BR-21 to BR-28, BR-54, BR-64, BR-65, BR-CO-04: what each line must give. */
export const LINE_RULES: readonly Rule[] = [
  needs({
    id: 'BR-21',
    terms: ['BG-25', 'BT-126'],
    kind: 'text',
    ubl: { at: UBL_LINE, needs: 'cbc:ID' },
    cii: { at: CII_LINE, needs: 'ram:AssociatedDocumentLineDocument/ram:LineID' },
  }),
  needs({
    id: 'BR-22',
    terms: ['BG-25', 'BT-129'],
    kind: 'element',
    ubl: { at: UBL_LINE, needs: 'cbc:InvoicedQuantity | cbc:CreditedQuantity' },
    cii: { at: CII_LINE, needs: 'ram:SpecifiedLineTradeDelivery/ram:BilledQuantity' },
  }),
  needs({
    id: 'BR-23',
    terms: ['BG-25', 'BT-130'],
    kind: 'element',
    ubl: { at: UBL_LINE, needs: 'cbc:InvoicedQuantity/@unitCode | cbc:CreditedQuantity/@unitCode' },
    cii: { at: CII_LINE, needs: 'ram:SpecifiedLineTradeDelivery/ram:BilledQuantity/@unitCode' },
  }),
  needs({
    id: 'BR-24',
    terms: ['BG-25', 'BT-131'],
    kind: 'element',
    ubl: { at: UBL_LINE, needs: 'cbc:LineExtensionAmount' },
    cii: {
      at: CII_LINE,
      needs:
        'ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount',
    },
  }),
  needs({
    id: 'BR-25',
    terms: ['BG-25', 'BT-153'],
    kind: 'text',
    ubl: { at: UBL_LINE, needs: 'cac:Item/cbc:Name' },
    cii: { at: CII_LINE, needs: 'ram:SpecifiedTradeProduct/ram:Name' },
  }),
  needs({
    id: 'BR-26',
    terms: ['BG-25', 'BT-146'],
    kind: 'element',
    ubl: { at: UBL_LINE, needs: 'cac:Price/cbc:PriceAmount' },
    cii: { at: CII_LINE, needs: NET_PRICE },
  }),
  notNegative(
    'BR-27',
    'BT-146',
    isPositive(path('cac:Price/cbc:PriceAmount'), false),
    isPositive(path(NET_PRICE), false),
  ),
  notNegative(
    'BR-28',
    'BT-148',
    isPositive(path('cac:Price/cac:AllowanceCharge/cbc:BaseAmount'), true),
    isPositive(path(GROSS_PRICE), true),
  ),
  needs({
    id: 'BR-54',
    terms: ['BG-32', 'BT-160', 'BT-161'],
    what: {
      en: 'name (BT-160) or value (BT-161) of an item attribute',
      fr: 'nom (BT-160) ou valeur (BT-161) d’un attribut d’article',
    },
    kind: 'element',
    ubl: [
      {
        at: '//cac:AdditionalItemProperty',
        needs: 'cbc:Name',
        when: has('cbc:Value', 'element'),
      },
      { at: '//cac:AdditionalItemProperty', needs: 'cbc:Value' },
    ],
    cii: [
      {
        at: '//ram:ApplicableProductCharacteristic',
        needs: 'ram:Description',
        when: has('ram:Value', 'element'),
      },
      { at: '//ram:ApplicableProductCharacteristic', needs: 'ram:Value' },
    ],
  }),
  needs({
    id: 'BR-64',
    terms: ['BT-157'],
    what: ITEM_SCHEME,
    kind: 'element',
    ciiKind: 'text',
    ubl: {
      at: '//cac:InvoiceLine/cac:Item/cac:StandardItemIdentification/cbc:ID | //cac:CreditNoteLine/cac:Item/cac:StandardItemIdentification/cbc:ID',
      needs: '@schemeID',
    },
    cii: {
      at: CII_LINE,
      needs: 'ram:SpecifiedTradeProduct/ram:GlobalID/@schemeID',
      when: has('ram:SpecifiedTradeProduct/ram:GlobalID', 'element'),
    },
  }),
  needs({
    id: 'BR-65',
    terms: ['BT-158'],
    what: CLASSIFICATION_LIST,
    kind: 'element',
    ciiKind: 'text',
    ubl: {
      at: '//cac:InvoiceLine/cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode | //cac:CreditNoteLine/cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode',
      needs: '@listID',
    },
    cii: {
      at: '//ram:DesignatedProductClassification',
      needs: 'ram:ClassCode/@listID',
      when: has('ram:ClassCode', 'element'),
    },
  }),
  enRule({
    id: 'BR-CO-04',
    terms: ['BG-25', 'BT-151'],
    message: {
      en: `Missing: ${named('BT-151').en}, in the tax scheme VAT.`,
      fr: `Élément manquant : ${named('BT-151').fr}, dans le régime de taxe VAT.`,
    },
    remedy: {
      en: 'Give each line one VAT category: its code, and VAT as its tax scheme.',
      fr: 'Donnez à chaque ligne une catégorie de TVA : son code, et VAT comme régime de taxe.',
    },
    platformText: 'Élément obligatoire absent ({place}) : catégorie de TVA de la ligne.',
    ubl: must(UBL_LINE, hasUblCategory),
    cii: must(CII_LINE, hasCiiCategory),
  }),
]
