import { sentIdentifier } from '../../config/flow-name.ts'
import type { ConnectionId, Environment, ReturnFlow } from '../../gateway/flow.ts'
import type { Faults } from '../../gateway/faults.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import { isInvoiceStatus } from '../returns/invoice-statuses.ts'
import { writeInvoiceStatuses } from '../returns/invoice-status-document.ts'
import { issueReturnFlow, wholeDocument, type IssueContext } from '../returns/issue-return-flow.ts'
import { writeStatusInfo } from '../returns/status-info-document.ts'
import type { LifeCycleDocument, ToldStatus } from '../returns/told-status.ts'
import { invoiceId } from './invoice-row.ts'
import { meetLifeCycleFault } from './life-cycle-faults.ts'
import { carriedBy, readWaiting, type WaitingItem } from './waiting-items.ts'

export interface LifeCycleFlowsOptions extends IssueContext {
  readonly environment: Environment
  readonly faults: Faults
  /** Settings `lifeCycle.batchSeconds`, `lifeCycle.batchStatuses`. */
  readonly settings: { readonly batchSeconds: number; readonly batchStatuses: number }
}

const WRITERS: Readonly<Record<string, (document: LifeCycleDocument) => string>> = {
  FEN1200A: writeInvoiceStatuses,
  FEN1201A: writeStatusInfo,
}

/**
 * Issues the life-cycle flows that are due: of each subscribed connection, once its oldest status
 * has waited for `batchSeconds`, or as soon as there are `batchStatuses`. A status is told once:
 * what a flow carries is marked in the message that issues it.
 * @returns how many return flows were issued
 */
export async function sendLifeCycleFlows(options: LifeCycleFlowsOptions): Promise<number> {
  let issued = 0
  for (const code of Object.keys(WRITERS)) {
    for (const connectionId of await dueConnections(options, code)) {
      issued += await sendToConnection(options, code, connectionId)
    }
  }
  return issued
}

async function dueConnections(
  { journal, clock, settings }: LifeCycleFlowsOptions,
  code: string,
): Promise<readonly ConnectionId[]> {
  const rows = await journal.read(
    journal.db
      .selectFrom('return_items')
      .select(({ fn }) => [
        'connection_id',
        fn.countAll<number | string>().as('count'),
        fn.min('at').as('oldest'),
      ])
      .where('code', '=', code)
      .where('return_flow_id', 'is', null)
      .groupBy('connection_id'),
  )
  const before = clock.now() - settings.batchSeconds * 1_000
  return rows
    .filter(({ count, oldest }) => oldest <= before || Number(count) >= settings.batchStatuses)
    .map((row) => row.connection_id)
}

/** As many flows as it takes; stops when another process is faster. */
async function sendToConnection(
  options: LifeCycleFlowsOptions,
  code: string,
  connectionId: ConnectionId,
): Promise<number> {
  const { journal, environment, settings } = options
  const { batchStatuses } = settings
  let issued = 0
  for (;;) {
    const items = await readWaiting(journal, { code, connectionId, limit: batchStatuses })
    if (items.length === 0) return issued
    const statuses = await readTold(journal, items)
    const returnFlow = await issueReturnFlow(options, {
      connectionId,
      interfaceCode: code,
      kind: 'life-cycle',
      write: async (flow) => {
        const fault = await meetLifeCycleFault(options, { connectionId, code, items })
        const document = { ...flow, environment, statuses, ...fault }
        return wholeDocument(WRITERS[code]!(document))
      },
      statements: (issuing: ReturnFlow): WriteStatement[] =>
        carriedBy(journal, code, items, issuing),
    })
    if (returnFlow === undefined) return issued
    issued += 1
    if (items.length < batchStatuses) return issued
  }
}

/** What is told of each item, in their order. */
async function readTold(journal: Journal, items: readonly WaitingItem[]): Promise<ToldStatus[]> {
  const rows = await journal.read(
    journal.db
      .selectFrom('invoice_statuses')
      .innerJoin('invoices', (join) =>
        join
          .onRef('invoices.flow_id', '=', 'invoice_statuses.flow_id')
          .onRef('invoices.ordinal', '=', 'invoice_statuses.ordinal'),
      )
      .innerJoin('flows', 'flows.id', 'invoice_statuses.flow_id')
      .select([
        'invoice_statuses.flow_id',
        'invoice_statuses.ordinal',
        'invoice_statuses.sequence',
        'invoice_statuses.status',
        'invoice_statuses.at',
        'invoice_statuses.comment',
        'number',
        'issue_date',
        'type_code',
        'supplier_type',
        'supplier_id',
        'supplier_name',
        'recipient_id',
        'recipient_name',
        'service_code',
        'engagement',
        'amount_due',
        'flow_identifier',
        'protocol',
        'received_at',
      ])
      .where('invoice_statuses.flow_id', 'in', [...new Set(items.map((item) => item.flow_id))])
      .where('invoice_statuses.ordinal', 'in', [...new Set(items.map((item) => item.ordinal))]),
  )
  const byKey = new Map(rows.map((row) => [keyOf(row), row]))
  return items.flatMap((item): ToldStatus[] => {
    const row = byKey.get(keyOf(item))
    if (row === undefined || !isInvoiceStatus(row.status)) return []
    return [
      {
        status: row.status,
        at: row.at,
        comment: row.comment,
        invoiceId: invoiceId({ flowId: row.flow_id, ordinal: row.ordinal }),
        number: row.number ?? '',
        issueDate: row.issue_date,
        typeCode: row.type_code,
        supplierType: row.supplier_type ?? '1',
        supplierId: row.supplier_id ?? '',
        supplierName: row.supplier_name ?? '',
        recipientId: row.recipient_id ?? '',
        recipientName: row.recipient_name,
        serviceCode: row.service_code,
        engagement: row.engagement,
        amountDue: row.amount_due,
        flowIdentifier: sentIdentifier(row.flow_identifier),
        protocol: row.protocol,
        receivedAt: row.received_at,
      },
    ]
  })
}

function keyOf(item: Pick<WaitingItem, 'flow_id' | 'ordinal' | 'sequence'>): string {
  return `${item.flow_id} ${item.ordinal} ${item.sequence}`
}
