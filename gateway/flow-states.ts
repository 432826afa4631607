import { GatewayError } from './errors.ts'

/**
 * Every state of an incoming flow, its label and the moves allowed from it.
 * Codes and labels: reference chorus-pro-edi §8.2. A label is what people read; a code never
 * changes on its way to a report, the API or a screen.
 */
export interface FlowStateRow {
  readonly label: { readonly en: string; readonly fr: string }
  readonly meaning: string
  /** No further move is possible. */
  readonly isFinal: boolean
  /** The sender may send the same invoices again, in a new flow. */
  readonly mayResend: boolean
  readonly next: readonly FlowState[]
}

export type FlowState =
  | 'IN_RECU'
  | 'IN_TRAITE_SE_CPP'
  | 'IN_EN_ATTENTE_TRAITEMENT_CPP'
  | 'IN_EN_COURS_TRAITEMENT_CPP'
  | 'IN_EN_ATTENTE_RETRAITEMENT_CPP'
  | 'IN_A_RELANCER'
  | 'IN_INTEGRE'
  | 'IN_INTEGRE_PARTIEL'
  | 'IN_REJETE'
  | 'IN_INCIDENTE'
  | 'IN_ERREUR_INTERNE'

export const FLOW_STATES: Readonly<Record<FlowState, FlowStateRow>> = {
  IN_RECU: {
    label: { en: 'Received', fr: 'Reçu' },
    meaning: 'The flow is stored and recorded; nothing has been looked at.',
    isFinal: false,
    mayResend: false,
    next: ['IN_TRAITE_SE_CPP', 'IN_INCIDENTE', 'IN_ERREUR_INTERNE'],
  },
  IN_TRAITE_SE_CPP: {
    label: { en: 'Taken in charge', fr: 'Traité' },
    meaning: 'The flow has arrived in the exchange system.',
    isFinal: false,
    mayResend: false,
    next: ['IN_EN_ATTENTE_TRAITEMENT_CPP', 'IN_REJETE', 'IN_INCIDENTE', 'IN_ERREUR_INTERNE'],
  },
  IN_EN_ATTENTE_TRAITEMENT_CPP: {
    label: { en: 'Waiting for processing', fr: 'En attente de traitement' },
    meaning: 'The flow is extracted and its invoices are queued.',
    isFinal: false,
    mayResend: false,
    next: ['IN_EN_COURS_TRAITEMENT_CPP', 'IN_REJETE', 'IN_INCIDENTE', 'IN_ERREUR_INTERNE'],
  },
  IN_EN_COURS_TRAITEMENT_CPP: {
    label: { en: 'Being processed', fr: 'En cours de traitement' },
    meaning: 'The invoices of the flow are being checked.',
    isFinal: false,
    mayResend: false,
    next: [
      'IN_INTEGRE',
      'IN_INTEGRE_PARTIEL',
      'IN_REJETE',
      'IN_EN_ATTENTE_RETRAITEMENT_CPP',
      'IN_INCIDENTE',
      'IN_ERREUR_INTERNE',
    ],
  },
  IN_EN_ATTENTE_RETRAITEMENT_CPP: {
    label: { en: 'Waiting to be resumed', fr: 'En attente de retraitement' },
    meaning: 'Blocked; an operator has to resume it.',
    isFinal: false,
    mayResend: false,
    next: ['IN_EN_COURS_TRAITEMENT_CPP', 'IN_REJETE', 'IN_INCIDENTE'],
  },
  IN_A_RELANCER: {
    label: { en: 'To be relaunched', fr: 'À relancer' },
    meaning: 'The sender is asked to send the flow again.',
    isFinal: false,
    mayResend: true,
    next: ['IN_EN_COURS_TRAITEMENT_CPP', 'IN_REJETE', 'IN_INCIDENTE'],
  },
  IN_INTEGRE: {
    label: { en: 'Integrated', fr: 'Intégré' },
    meaning: 'Every invoice is integrated.',
    isFinal: true,
    mayResend: false,
    next: [],
  },
  IN_INTEGRE_PARTIEL: {
    label: { en: 'Partially integrated', fr: 'Intégré partiellement' },
    meaning: 'Only the correct invoices are integrated.',
    isFinal: true,
    mayResend: true,
    next: [],
  },
  IN_REJETE: {
    label: { en: 'Rejected', fr: 'Rejeté' },
    meaning: 'Processed and refused because of anomalies; nothing is integrated.',
    isFinal: true,
    mayResend: true,
    next: [],
  },
  IN_INCIDENTE: {
    label: { en: 'Incident', fr: 'Incidenté' },
    meaning: 'Not processed by the exchange system; the whole flow has to be sent again.',
    isFinal: true,
    mayResend: true,
    next: [],
  },
  IN_ERREUR_INTERNE: {
    label: { en: 'Internal error', fr: 'Erreur interne' },
    meaning: 'The gateway failed; the cause is in its log.',
    isFinal: true,
    mayResend: true,
    next: [],
  },
}

/** @throws GatewayError FLOW_MOVE_ILLEGAL, naming both states, when the table has no such move */
export function assertMove(from: FlowState, to: FlowState): void {
  if (!FLOW_STATES[from].next.includes(to)) {
    throw new GatewayError('FLOW_MOVE_ILLEGAL', `A flow cannot go from ${from} to ${to}.`)
  }
}
