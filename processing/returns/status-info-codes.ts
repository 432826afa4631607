import type { InvoiceStatus } from './invoice-statuses.ts'

/** Of `AIFE_StatusInfo/…/Status` (reference chorus-pro-edi §10.4). */
export const STATUS_INFO_CODES = [
  'RECU PAR LE CONCENTRATEUR',
  'ANALYSE EN COURS',
  'NON VALIDE',
  'ENVOI IMPOSSIBLE',
  'NON CONFORME CONCENTRATEUR',
  'CONFORME CONCENTRATEUR',
  'GROUPAGE EFFECTUE',
  'ENVOI A CHORUS EFFECTUE',
  'IRRECEVABLE',
  'INTEGRATION CHORUS OK',
  'REJET PAR CHORUS',
  'COMPTABILISE',
  'BASCULE SUR EXERCICE SUIVANT',
  'SUPPRIME',
  'MISE EN PAIEMENT',
  'VERIFICATION SIGNATURE KO',
  'ARCHIVAGE OK',
  'FACTURE INVALIDE',
  'CONTREPASSE',
  'AVOIR RECU',
  'CARTE ACHAT',
  'TRANSFERT_DP',
] as const

export type StatusInfoCode = (typeof STATUS_INFO_CODES)[number]

/**
 * What becomes of our statuses in the format of the portal before this one [simulated]; a status
 * that is not here is not told in that format.
 */
export const STATUS_INFO_OF: Readonly<Partial<Record<InvoiceStatus, StatusInfoCode>>> = {
  '01': 'CONFORME CONCENTRATEUR',
  '02': 'ENVOI A CHORUS EFFECTUE',
  '03': 'INTEGRATION CHORUS OK',
  '04': 'REJET PAR CHORUS',
  '05': 'REJET PAR CHORUS',
  '10': 'COMPTABILISE',
  '11': 'MISE EN PAIEMENT',
  '22': 'CONFORME CONCENTRATEUR',
  '37': 'NON CONFORME CONCENTRATEUR',
}
