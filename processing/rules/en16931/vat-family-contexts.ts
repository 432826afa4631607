import { nameId } from '../../formats/xml/xml-names.ts'
import { codeOf, exactCodeOf } from '../element-values.ts'
import { isCiiCharge, isVatTax } from './cii-facts.ts'
import type { Condition } from './en-rule.ts'
import { isCharge, isVatScheme } from './ubl-facts.ts'
import { categoryOf, type VatCategory } from './vat-category.ts'

export const VAT_NAMES = {
  id: nameId('cbc:ID'),
  percent: nameId('cbc:Percent'),
  categoryCode: nameId('ram:CategoryCode'),
  rate: nameId('ram:RateApplicablePercent'),
}

export const UBL_LINE_CATEGORY =
  '//cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory | //cac:CreditNoteLine/cac:Item/cac:ClassifiedTaxCategory'
export const UBL_ALLOWANCE_CATEGORY = '//cac:AllowanceCharge/cac:TaxCategory'
export const UBL_BREAKDOWN_CATEGORY = 'cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory'
export const CII_LINE_TAX =
  '//rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem/ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax'
export const CII_ALLOWANCE_TAX = '//ram:SpecifiedTradeAllowanceCharge/ram:CategoryTradeTax'
export const CII_HEADER_TAX =
  '//rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax'
export const CII_ANY_HEADER_CODE =
  '//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:CategoryCode'

/** A UBL category element of this category, in the tax scheme VAT. */
export const isUblCategory =
  (category: VatCategory): Condition =>
  (node, { document }) =>
    categoryOf(codeOf(document, document.child(node, VAT_NAMES.id))) === category &&
    isVatScheme(document, node)

/** A CII tax of this category, whose type is VAT. */
export const isCiiTax =
  (category: VatCategory): Condition =>
  (node, { document }) =>
    categoryOf(exactCodeOf(document, document.child(node, VAT_NAMES.categoryCode))) === category &&
    isVatTax(document, node)

export const onlyOf =
  (condition: Condition, isOfCharge: boolean): Condition =>
  (node, subject) =>
    condition(node, subject) &&
    isCharge(subject.document, subject.document.parent(node)) === isOfCharge
export const onlyOfCii =
  (condition: Condition, isOfCharge: boolean): Condition =>
  (node, subject) =>
    condition(node, subject) &&
    isCiiCharge(subject.document, subject.document.parent(node)) === isOfCharge
