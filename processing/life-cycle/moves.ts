import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type { InvoicesTable } from '../../gateway/journal/schema.ts'
import type { Updateable } from 'kysely'
import { movesFrom, type InvoiceStatus, type StatusActor } from '../returns/invoice-statuses.ts'
import type { StandingInvoice } from './invoice-row.ts'
import { addReturnItems } from './return-items.ts'

/** How an invoice is moved. */
export interface Move {
  readonly to: InvoiceStatus
  /** Business time, milliseconds UTC. */
  readonly at: number
  /** Who or what, for people. */
  readonly cause: string
  readonly comment?: string | null
  /** What has to count once, however often it is tried. */
  readonly origin?: string
  /** What a supplier changes with it. */
  readonly changes?: Pick<
    Updateable<InvoicesTable>,
    'recipient_id' | 'recipient_name' | 'service_code' | 'engagement'
  >
}

/** Who makes that move; undefined when there is none. */
export function actorOf(from: InvoiceStatus, to: InvoiceStatus): StatusActor | undefined {
  return movesFrom(from).find((move) => move.to === to)?.by
}

/**
 * The statements of one move: guarded on the status it was read in, so that of two who move an
 * invoice one does; with what waits to be told of it. The move is a legal one.
 */
export function moveStatements(
  journal: Journal,
  invoice: StandingInvoice,
  move: Move,
): WriteStatement[] {
  const { db } = journal
  const { flowId, ordinal, status, sequence } = invoice
  return [
    {
      query: db
        .updateTable('invoices')
        .set({
          ...move.changes,
          status: move.to,
          status_sequence: sequence + 1,
          status_at: move.at,
          acknowledged_at: null,
        })
        .where('flow_id', '=', flowId)
        .where('ordinal', '=', ordinal)
        .where('status', '=', status)
        .where('status_sequence', '=', sequence),
      expectRows: 1,
      announce: 'flows',
    },
    {
      query: db.insertInto('invoice_statuses').values({
        flow_id: flowId,
        ordinal,
        sequence: sequence + 1,
        status: move.to,
        at: move.at,
        actor: actorOf(status, move.to) ?? 'gateway',
        cause: move.cause,
        comment: move.comment ?? null,
        origin: move.origin ?? null,
      }),
      expectRows: 1,
    },
    ...addReturnItems(journal, { flowId, first: ordinal, last: ordinal }, [move.to]),
  ]
}
