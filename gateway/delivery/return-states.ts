import type { BilingualText, ReturnFlowState } from '../flow.ts'

/** What an operator may do with a return flow. */
export const RETURN_MOVES = ['again', 'hold', 'release', 'cancel'] as const
export type ReturnMove = (typeof RETURN_MOVES)[number]

interface ReturnStateRow {
  readonly label: BilingualText
  /** What an operator may do from there. */
  readonly moves: readonly ReturnMove[]
}

/** Every state of a return flow; what delivers moves it besides (docs/delivery.md). */
export const RETURN_STATES: Readonly<Record<ReturnFlowState, ReturnStateRow>> = {
  OFFERED: {
    label: { en: 'Offered', fr: 'À remettre' },
    moves: ['again', 'hold', 'cancel'],
  },
  SENDING: { label: { en: 'Being sent', fr: 'En cours d’envoi' }, moves: [] },
  HELD: { label: { en: 'Held', fr: 'Retenu' }, moves: ['release', 'cancel'] },
  DELIVERED: { label: { en: 'Delivered', fr: 'Remis' }, moves: ['again'] },
  EXPIRED: { label: { en: 'Expired', fr: 'Expiré' }, moves: ['again'] },
  FAILED: { label: { en: 'Failed', fr: 'Échec' }, moves: ['again', 'cancel'] },
  CANCELLED: { label: { en: 'Cancelled', fr: 'Annulé' }, moves: ['again'] },
}

/** From which states a move is allowed. */
export function statesBefore(move: ReturnMove): readonly ReturnFlowState[] {
  return (Object.keys(RETURN_STATES) as ReturnFlowState[]).filter((state) =>
    RETURN_STATES[state].moves.includes(move),
  )
}
