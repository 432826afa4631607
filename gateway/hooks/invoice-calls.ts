import { invoiceEvent, type Hook } from '../connections/hook-overrides.ts'
import type { ConnectionId, FlowId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { NewCall } from './new-call.ts'

/** A status that an invoice was given, with the invoice and its flow as they are now. */
interface WaitingStatus {
  readonly flow_id: FlowId
  readonly ordinal: number
  readonly sequence: number
  readonly connection_id: ConnectionId
  readonly status: string
  readonly at: number
  readonly actor: string
  readonly cause: string
  readonly comment: string | null
  readonly number: string | null
  readonly supplier_id: string | null
  readonly recipient_id: string | null
  readonly amount_due: string | null
  readonly currency: string | null
  readonly flow_identifier: string
  readonly interface_code: string
  readonly application_code: string
}

/** Statuses that wait for the calls of hooks, each invoice's in their order. */
export function selectWaitingStatuses({ db }: Pick<Journal, 'db'>, limit: number) {
  return db
    .selectFrom('hook_items')
    .innerJoin('invoice_statuses', (join) =>
      join
        .onRef('invoice_statuses.flow_id', '=', 'hook_items.flow_id')
        .onRef('invoice_statuses.ordinal', '=', 'hook_items.ordinal')
        .onRef('invoice_statuses.sequence', '=', 'hook_items.sequence'),
    )
    .innerJoin('invoices', (join) =>
      join
        .onRef('invoices.flow_id', '=', 'hook_items.flow_id')
        .onRef('invoices.ordinal', '=', 'hook_items.ordinal'),
    )
    .innerJoin('flows', 'flows.id', 'hook_items.flow_id')
    .select([
      'hook_items.flow_id',
      'hook_items.ordinal',
      'hook_items.sequence',
      'hook_items.connection_id',
      'invoice_statuses.status',
      'invoice_statuses.at',
      'invoice_statuses.actor',
      'invoice_statuses.cause',
      'invoice_statuses.comment',
      'invoices.number',
      'invoices.supplier_id',
      'invoices.recipient_id',
      'invoices.amount_due',
      'invoices.currency',
      'flows.flow_identifier',
      'flows.interface_code',
      'flows.application_code',
    ])
    .orderBy('hook_items.flow_id')
    .orderBy('hook_items.ordinal')
    .orderBy('hook_items.sequence')
    .limit(limit)
}

/** The calls of a connection's hooks for a status. */
export function callsOfStatus(row: WaitingStatus, hooks: readonly Hook[]): readonly NewCall[] {
  const event = invoiceEvent(row.status)
  const body = {
    event,
    at: new Date(row.at).toISOString(),
    invoice: {
      id: `${row.flow_id}.${row.ordinal}`,
      number: row.number,
      status: row.status,
      sequence: row.sequence,
      actor: row.actor,
      cause: row.cause,
      comment: row.comment,
      supplier: row.supplier_id,
      recipient: row.recipient_id,
      amountDue: row.amount_due,
      currency: row.currency,
    },
    flow: {
      id: row.flow_id,
      number: row.flow_identifier,
      interfaceCode: row.interface_code,
      applicationCode: row.application_code,
      connectionId: row.connection_id,
    },
  }
  const key = `${event} ${row.ordinal}.${row.sequence}`
  return hooks.flatMap((hook, index) =>
    hook.on.includes(event)
      ? [{ connectionId: row.connection_id, flowId: row.flow_id, hook: index, key, body }]
      : [],
  )
}
