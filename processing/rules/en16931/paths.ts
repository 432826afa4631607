/** Paths that many rules share; CII ones from the root (reference invoices §3). */
export const UBL_LINE = '//cac:InvoiceLine | //cac:CreditNoteLine'
export const UBL_SELLER = 'cac:AccountingSupplierParty/cac:Party'
export const UBL_BUYER = 'cac:AccountingCustomerParty/cac:Party'
export const UBL_TOTALS = '//cac:LegalMonetaryTotal'
export const UBL_BREAKDOWN = '//cac:TaxTotal/cac:TaxSubtotal'
export const UBL_LINE_ALLOWANCE =
  '//cac:InvoiceLine/cac:AllowanceCharge | //cac:CreditNoteLine/cac:AllowanceCharge'

export const TRANSACTION = 'rsm:SupplyChainTradeTransaction'
export const AGREEMENT = `${TRANSACTION}/ram:ApplicableHeaderTradeAgreement`
export const DELIVERY = `${TRANSACTION}/ram:ApplicableHeaderTradeDelivery`
export const SETTLEMENT = `${TRANSACTION}/ram:ApplicableHeaderTradeSettlement`
export const CII_SELLER = `${AGREEMENT}/ram:SellerTradeParty`
export const CII_BUYER = `${AGREEMENT}/ram:BuyerTradeParty`
export const CII_LINE = '//ram:IncludedSupplyChainTradeLineItem'
export const CII_TOTALS = '//ram:SpecifiedTradeSettlementHeaderMonetarySummation'
export const CII_BREAKDOWN = '//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax'
/** Allowances and charges are looked at from their indicator. */
export const CII_DOCUMENT_INDICATOR =
  '//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge/ram:ChargeIndicator'
export const CII_LINE_INDICATOR =
  '//ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeAllowanceCharge/ram:ChargeIndicator'
