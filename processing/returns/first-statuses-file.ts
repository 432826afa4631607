import type { FlowState } from '../../gateway/flow-states.ts'
import type { FlowId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { STATUSES_TAIL, writeStatusesHead, writeStatusUnit } from './invoice-status-document.ts'
import type { SizedDocument } from './pack-report.ts'

/** A flow that was decided, as its report tells of it. */
export interface ReportedFlow {
  readonly flowId: FlowId
  readonly state: FlowState
  readonly identifier: string
  readonly receiver: string
  /** Milliseconds UTC. */
  readonly decidedAt: number
  readonly producedAt: number
  /** Base name of the report. */
  readonly name: string
}

const INVOICES_PER_READ = 200
const SIRET_CHARACTERS = 14

/**
 * The second file of a report, `…_FACTURES.xml` (setting report.includeInvoiceStatuses, reference
 * chorus-pro-edi §9.2): the first status of each invoice, 01, 22 or 37, as `FEN1200A` tells them.
 * One that names no supplier, number or SIRET of a recipient cannot be told of. Read twice, a page at
 * a time: the count and the size stand before the statuses.
 * @returns undefined when no invoice of the flow can be told of
 */
export async function firstStatusesFile(
  journal: Journal,
  flow: ReportedFlow,
): Promise<SizedDocument | undefined> {
  let count = 0
  let bytes = 0
  for await (const unit of unitsOf(journal, flow)) {
    count += 1
    bytes += Buffer.byteLength(unit)
  }
  if (count === 0) return undefined
  const head = writeStatusesHead(flow, count)
  async function* content(): AsyncGenerator<Buffer> {
    yield Buffer.from(head)
    for await (const unit of unitsOf(journal, flow)) yield Buffer.from(unit)
    yield Buffer.from(STATUSES_TAIL)
  }
  const frame = Buffer.byteLength(head + STATUSES_TAIL)
  return { name: `${flow.name}_FACTURES`, bytes: bytes + frame, content: content() }
}

async function* unitsOf(
  journal: Journal,
  { flowId, state, decidedAt }: ReportedFlow,
): AsyncGenerator<string> {
  const good = state === 'IN_REJETE' ? '22' : '01'
  let after = 0
  let index = 0
  for (;;) {
    const rows = await journal.read(
      journal.db
        .selectFrom('invoices')
        .selectAll()
        .where('flow_id', '=', flowId)
        .where('ordinal', '>', after)
        .orderBy('ordinal')
        .limit(INVOICES_PER_READ),
    )
    for (const row of rows) {
      const { number, supplier_type: supplierType, supplier_id: supplierId, recipient_id } = row
      if (number === null || supplierType === null || supplierId === null) continue
      if (recipient_id?.length !== SIRET_CHARACTERS) continue
      yield writeStatusUnit(
        {
          status: row.is_correct === 1 ? good : '37',
          at: decidedAt,
          comment: null,
          number,
          issueDate: row.issue_date,
          supplierType,
          supplierId,
          supplierName: row.supplier_name ?? '',
          recipientId: recipient_id,
          recipientName: row.recipient_name,
          serviceCode: row.service_code,
        },
        index,
      )
      index += 1
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < INVOICES_PER_READ) return
    after = last.ordinal
  }
}
