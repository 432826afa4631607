import { nameId } from '../../formats/xml/xml-names.ts'
import { codeOf, exactCodeOf } from '../element-values.ts'
import type { KindOf } from '../rule.ts'
import { isCiiCharge, isVatTax } from './cii-facts.ts'
import { isCharge, isVatScheme } from './ubl-facts.ts'
import { CATEGORY, categoryOf } from './vat-category.ts'

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

/** Of a UBL category element, in the tax scheme VAT; `other` in any other. */
export const ublCategory: KindOf = (node, { document }) =>
  isVatScheme(document, node)
    ? categoryOf(codeOf(document, document.child(node, VAT_NAMES.id)))
    : CATEGORY.other

/** Of a CII tax whose type is VAT; `other` of any other. */
export const ciiCategory: KindOf = (node, { document }) =>
  isVatTax(document, node)
    ? categoryOf(exactCodeOf(document, document.child(node, VAT_NAMES.categoryCode)))
    : CATEGORY.other

/** The same by the code of such a tax: of a tax of any type, of one whose type is VAT. */
export const ciiCodeCategory: KindOf = (node, { document }) =>
  categoryOf(exactCodeOf(document, node))
export const ciiVatCodeCategory: KindOf = (node, { document }) =>
  isVatTax(document, document.parent(node))
    ? categoryOf(exactCodeOf(document, node))
    : CATEGORY.other

/** Of the category of an allowance or charge: `other` when it hangs on the other of the two. */
export const ublCategoryOn =
  (isOfCharge: boolean): KindOf =>
  (node, subject) =>
    isCharge(subject.document, subject.document.parent(node)) === isOfCharge
      ? ublCategory(node, subject)
      : CATEGORY.other
export const ciiCategoryOn =
  (isOfCharge: boolean): KindOf =>
  (node, subject) =>
    isCiiCharge(subject.document, subject.document.parent(node)) === isOfCharge
      ? ciiCategory(node, subject)
      : CATEGORY.other
