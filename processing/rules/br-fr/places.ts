/** Contexts that several families share; all hang below the root. */
export const UBL_SELLER = 'cac:AccountingSupplierParty/cac:Party'
export const UBL_BUYER = 'cac:AccountingCustomerParty/cac:Party'

export const TRANSACTION = 'rsm:SupplyChainTradeTransaction'
export const AGREEMENT = `${TRANSACTION}/ram:ApplicableHeaderTradeAgreement`
export const DELIVERY = `${TRANSACTION}/ram:ApplicableHeaderTradeDelivery`
export const SETTLEMENT = `${TRANSACTION}/ram:ApplicableHeaderTradeSettlement`
export const CII_LINE = `${TRANSACTION}/ram:IncludedSupplyChainTradeLineItem`
export const CII_LINE_SETTLEMENT = `${CII_LINE}/ram:SpecifiedLineTradeSettlement`
export const CII_TOTALS = `${SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation`
export const CII_SELLER = `${AGREEMENT}/ram:SellerTradeParty`
export const CII_BUYER = `${AGREEMENT}/ram:BuyerTradeParty`

/** The same steps below the lines of an invoice and of a credit note. */
export function ublLines(steps: string): string {
  return `cac:InvoiceLine/${steps} | cac:CreditNoteLine/${steps}`
}
