import type { Label } from './br-fr-rule.ts'
import {
  AGREEMENT,
  CII_BUYER,
  CII_LINE,
  CII_SELLER,
  DELIVERY,
  SETTLEMENT,
  UBL_BUYER,
  UBL_SELLER,
  ublLines,
} from './places.ts'

/** A party of the invoice or of the French extension, by the terms of its identifiers. */
export interface Party {
  /** Of its identifier: BT-29. */
  readonly id: string
  /** Of its electronic address, when rules speak of it. */
  readonly address?: string
  readonly label: Label
  readonly ubl: string
  readonly cii: string
  /**
   * Identifiers below it in UBL; in CII they are always `ram:GlobalID`. Default:
   * `cac:PartyIdentification/cbc:ID`.
   */
  readonly ublIds?: string
  /** Legal entity below it in UBL; default: `cac:PartyLegalEntity`. */
  readonly ublLegal?: string
  /** Without a SIREN of its own, the SIRET is compared with nothing. */
  readonly needsSiren?: boolean
}

export const SELLER: Party = {
  id: 'BT-29',
  address: 'BT-34',
  label: { en: 'seller', fr: 'vendeur' },
  ubl: UBL_SELLER,
  cii: CII_SELLER,
  needsSiren: true,
}

export const BUYER: Party = {
  id: 'BT-46',
  address: 'BT-49',
  label: { en: 'buyer', fr: 'acheteur' },
  ubl: UBL_BUYER,
  cii: CII_BUYER,
  needsSiren: true,
}

/** Parties whose address is an electronic one in some rule. */
export const PARTIES: readonly Party[] = [
  SELLER,
  BUYER,
  {
    id: 'BT-60',
    address: 'EXT-FR-FE-29',
    label: { en: 'payee', fr: 'bénéficiaire' },
    ubl: 'cac:PayeeParty',
    cii: `${SETTLEMENT}/ram:PayeeTradeParty`,
  },
  {
    id: 'EXT-FR-FE-06',
    address: 'EXT-FR-FE-12',
    label: { en: 'buyer’s agent', fr: 'agent de l’acheteur' },
    ubl: `${UBL_BUYER}/cac:AgentParty`,
    cii: `${AGREEMENT}/ram:BuyerAgentTradeParty`,
  },
  {
    id: 'EXT-FR-FE-46',
    address: 'EXT-FR-FE-52',
    label: { en: 'payer', fr: 'payeur' },
    ubl: 'cac:PaymentMeans/cac:PaymentMandate/cac:PayerParty',
    cii: `${SETTLEMENT}/ram:PayerTradeParty`,
  },
  {
    id: 'EXT-FR-FE-69',
    address: 'EXT-FR-FE-75',
    label: { en: 'seller’s agent', fr: 'agent du vendeur' },
    ubl: `${UBL_SELLER}/cac:AgentParty`,
    cii: `${AGREEMENT}/ram:SalesAgentTradeParty`,
  },
  {
    id: 'EXT-FR-FE-92',
    address: 'EXT-FR-FE-98',
    label: { en: 'invoicee', fr: 'facturé à' },
    ubl: `${UBL_BUYER}/cac:ServiceProviderParty/cac:Party`,
    cii: `${SETTLEMENT}/ram:InvoiceeTradeParty`,
  },
  {
    id: 'EXT-FR-FE-115',
    address: 'EXT-FR-FE-121',
    label: { en: 'invoicer', fr: 'facturant' },
    ubl: `${UBL_SELLER}/cac:ServiceProviderParty/cac:Party`,
    cii: `${SETTLEMENT}/ram:InvoicerTradeParty`,
  },
  {
    id: 'BT-71',
    label: { en: 'deliver-to party', fr: 'livré à' },
    ubl: 'cac:Delivery',
    cii: `${DELIVERY}/ram:ShipToTradeParty`,
    ublIds: 'cac:DeliveryLocation/cbc:ID',
    ublLegal: 'cac:DeliveryParty/cac:PartyLegalEntity',
  },
  {
    id: 'EXT-FR-FE-146',
    label: { en: 'deliver-to party of the line', fr: 'livré à de la ligne' },
    // ARTEFACT: looks for a location inside the location, so no valid document breaks BR-FR-09 there.
    ubl: ublLines('cac:Delivery/cac:DeliveryLocation'),
    cii: `${CII_LINE}/ram:SpecifiedLineTradeDelivery/ram:ShipToTradeParty`,
    ublIds: 'cac:DeliveryLocation/cbc:ID',
    ublLegal: 'cac:DeliveryParty/cac:PartyLegalEntity',
  },
]
