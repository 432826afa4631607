import { sql } from 'kysely'
import type { ConnectionId, FlowId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { InvoiceCriteria, InvoiceDocument } from '../../gateway/life-cycle/life-cycle.ts'
import { INVOICE_STATUSES, isInvoiceStatus, movesFrom } from '../returns/invoice-statuses.ts'
import { invoiceId, parseInvoiceId } from './invoice-row.ts'

/** Invoices that have a status, newest flow first, in the order of their flow. */
export function selectInvoices(
  { db }: Pick<Journal, 'db'>,
  criteria: InvoiceCriteria & { readonly after?: string | undefined },
) {
  let query = db
    .selectFrom('invoices')
    .innerJoin('flows', 'flows.id', 'invoices.flow_id')
    .leftJoin('connections', 'connections.id', 'flows.connection_id')
    .select([
      'invoices.flow_id',
      'invoices.ordinal',
      'invoices.number',
      'invoices.issue_date',
      'invoices.type_code',
      'invoices.supplier_id',
      'invoices.supplier_name',
      'invoices.recipient_id',
      'invoices.recipient_name',
      'invoices.service_code',
      'invoices.engagement',
      'invoices.currency',
      'invoices.amount_due',
      'invoices.status',
      'invoices.status_sequence',
      'invoices.status_at',
      'invoices.acknowledged_at',
      'flows.connection_id',
      'flows.flow_identifier',
      'flows.application_code',
      'connections.siret',
    ])
    .where('invoices.status', 'is not', null)
    .orderBy('invoices.flow_id', 'desc')
    .orderBy('invoices.ordinal')
  const { sirets, status, connection, flow, supplier, recipient, number, after } = criteria
  if (sirets?.length === 0) query = query.where(sql`1`, '=', 0)
  else if (sirets !== undefined) query = query.where('connections.siret', 'in', sirets)
  if (status !== undefined) query = query.where('invoices.status', '=', status)
  if (connection !== undefined) {
    query = connection.startsWith('cnx_')
      ? query.where('flows.connection_id', '=', connection as ConnectionId)
      : query.where('flows.application_code', '=', connection)
  }
  if (flow !== undefined) {
    query = flow.startsWith('flw_')
      ? query.where('flows.id', '=', flow as FlowId)
      : query.where('flows.flow_identifier', '=', flow)
  }
  if (supplier !== undefined) query = query.where('invoices.supplier_id', '=', supplier)
  if (recipient !== undefined) query = query.where('invoices.recipient_id', '=', recipient)
  if (number !== undefined) query = query.where('invoices.number', '=', number)
  const place = after === undefined ? undefined : parseInvoiceId(after)
  if (place !== undefined) {
    query = query.where((where) =>
      where.or([
        where('invoices.flow_id', '<', place.flowId),
        where.and([
          where('invoices.flow_id', '=', place.flowId),
          where('invoices.ordinal', '>', place.ordinal),
        ]),
      ]),
    )
  }
  return query
}

/** The one of an id, or those of a number. */
export function selectNamed(
  journal: Pick<Journal, 'db'>,
  name: string,
  sirets: readonly string[] | undefined,
) {
  const place = parseInvoiceId(name)
  if (place === undefined) return selectInvoices(journal, { sirets, number: name })
  return selectInvoices(journal, { sirets, flow: place.flowId }).where(
    'invoices.ordinal',
    '=',
    place.ordinal,
  )
}

export type FoundInvoice = Awaited<ReturnType<ReturnType<typeof selectInvoices>['execute']>>[number]

export function documentOf(row: FoundInvoice): InvoiceDocument {
  const status = row.status !== null && isInvoiceStatus(row.status) ? row.status : '01'
  return {
    id: invoiceId({ flowId: row.flow_id, ordinal: row.ordinal }),
    flowId: row.flow_id,
    flowNumber: row.flow_identifier,
    applicationCode: row.application_code,
    ordinal: row.ordinal,
    number: row.number,
    issueDate: row.issue_date,
    type: row.type_code,
    supplier: { id: row.supplier_id, name: row.supplier_name },
    recipient: {
      id: row.recipient_id,
      name: row.recipient_name,
      service: row.service_code,
      engagement: row.engagement,
    },
    amountDue: row.amount_due,
    currency: row.currency,
    status,
    statusLabel: INVOICE_STATUSES[status].label,
    statusAt: new Date(row.status_at ?? 0).toISOString(),
    acknowledgedAt:
      row.acknowledged_at === null ? null : new Date(row.acknowledged_at).toISOString(),
    allowed: movesFrom(status).map(({ to }) => to),
  }
}
