import { GatewayError } from '../errors.ts'
import type { BilingualText, Fidelity } from '../flow.ts'
import type { ConnectionsTable } from '../journal/connection-tables.ts'

/**
 * Every state of a connection form and every move between them (reference chorus-pro-edi §7.3).
 */
export type ConnectionState = ConnectionsTable['state']

export interface ConnectionStateRow {
  readonly label: BilingualText
  readonly meaning: string
  /** The partner may exchange flows. */
  readonly isOpen: boolean
}

export const CONNECTION_STATES: Readonly<Record<ConnectionState, ConnectionStateRow>> = {
  DRAFT: {
    label: { en: 'Draft', fr: 'Brouillon' },
    meaning: 'Saved, however incomplete; may be edited.',
    isOpen: false,
  },
  SENT: {
    label: { en: 'Sent', fr: 'Envoyé' },
    meaning: 'Confirmed and submitted; waits for the automatic processing.',
    isOpen: false,
  },
  SENT_UPDATED: {
    label: { en: 'Sent Updated', fr: 'Envoyé mis à jour' },
    meaning: 'A change is submitted; the parameters in force keep working until it is activated.',
    isOpen: true,
  },
  ACTIVATED: {
    label: { en: 'Activated', fr: 'Activé' },
    meaning: 'The partner may exchange flows, between the dates of the connection.',
    isOpen: true,
  },
  DEACTIVATED: {
    label: { en: 'Deactivated', fr: 'Désactivé' },
    meaning: 'Closed for good; it can only be duplicated into a new draft.',
    isOpen: false,
  },
}

export type ConnectionEvent = 'edit' | 'submit' | 'refuse' | 'activate' | 'change' | 'deactivate'

export interface ConnectionMove {
  readonly from: ConnectionState
  readonly event: ConnectionEvent
  readonly to: ConnectionState
  readonly fidelity: Fidelity
}

export const CONNECTION_MOVES: readonly ConnectionMove[] = [
  { from: 'DRAFT', event: 'edit', to: 'DRAFT', fidelity: 'documented' },
  { from: 'DRAFT', event: 'submit', to: 'SENT', fidelity: 'documented' },
  { from: 'SENT', event: 'activate', to: 'ACTIVATED', fidelity: 'documented' },
  { from: 'SENT', event: 'refuse', to: 'DRAFT', fidelity: 'simulated' },
  { from: 'ACTIVATED', event: 'change', to: 'SENT_UPDATED', fidelity: 'simulated' },
  { from: 'ACTIVATED', event: 'deactivate', to: 'DEACTIVATED', fidelity: 'documented' },
  { from: 'SENT_UPDATED', event: 'activate', to: 'ACTIVATED', fidelity: 'simulated' },
  { from: 'SENT_UPDATED', event: 'refuse', to: 'ACTIVATED', fidelity: 'simulated' },
  { from: 'SENT_UPDATED', event: 'deactivate', to: 'DEACTIVATED', fidelity: 'documented' },
]

/** @throws GatewayError CONNECTION_MOVE_ILLEGAL, naming state and event, when there is no such move */
export function stateAfter(from: ConnectionState, event: ConnectionEvent): ConnectionState {
  const move = CONNECTION_MOVES.find((row) => row.from === from && row.event === event)
  if (move === undefined) {
    throw new GatewayError(
      'CONNECTION_MOVE_ILLEGAL',
      `A connection in state ${from} cannot take the move ${event}.`,
    )
  }
  return move.to
}
