import type { FlowId } from '../gateway/flow.ts'
import type { Journal, WriteStatement } from '../gateway/journal/journal.ts'
import type { CheckedChunk, CheckedInvoice } from './invoice-tasks.ts'
import type { PipelineContext } from './pipeline-context.ts'

/** Rows of one insert: 17 values each, under SQLite's 32,766 in a statement. */
const ROWS_PER_INSERT = 250
/** Inserts of one message: with the guards, under the journal's 2,000 rows. */
const INSERTS_PER_WRITE = 4

/** What the row of a chunk says once it is checked. */
export function checkedChunkRow({ invoices, milliseconds }: CheckedChunk) {
  return {
    state: 'DONE' as const,
    refused: invoices.filter(({ isCorrect }) => !isCorrect).length,
    structure_failed: invoices.filter(({ structureFailed }) => structureFailed).length,
    milliseconds: Math.round(milliseconds),
  }
}

/** The statements that add invoices under (flow, ordinal); those that are there stay as they are. */
export function insertInvoices(
  { db }: Journal,
  flowId: FlowId,
  invoices: readonly CheckedInvoice[],
): WriteStatement[] {
  const inserts: WriteStatement[] = []
  for (let start = 0; start < invoices.length; start += ROWS_PER_INSERT) {
    const rows = invoices
      .slice(start, start + ROWS_PER_INSERT)
      .map((invoice) => invoiceRow(flowId, invoice))
    inserts.push({
      query: db
        .insertInto('invoices')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing()),
    })
  }
  return inserts
}

/** Records the invoices of a chunk, and that it is checked with the last of them: once, or not at all. */
export async function recordChecked(
  { journal, clock }: PipelineContext,
  flowId: FlowId,
  ordinal: number,
  checked: CheckedChunk,
): Promise<void> {
  const { db } = journal
  const isUndecided: WriteStatement = {
    query: db
      .updateTable('flows')
      .set({ updated_at: clock.now() })
      .where('id', '=', flowId)
      .where('stage', '=', 'format'),
    expectRows: 1,
    announce: 'flows',
  }
  const becomesDone: WriteStatement = {
    query: db
      .updateTable('chunks')
      .set(checkedChunkRow(checked))
      .where('flow_id', '=', flowId)
      .where('ordinal', '=', ordinal)
      .where('state', '=', 'READY'),
    expectRows: 1,
  }
  const inserts = insertInvoices(journal, flowId, checked.invoices)
  for (let start = 0; start < inserts.length; start += INSERTS_PER_WRITE) {
    const isLast = start + INSERTS_PER_WRITE >= inserts.length
    const { committed } = await journal.write([
      isUndecided,
      ...inserts.slice(start, start + INSERTS_PER_WRITE),
      ...(isLast ? [becomesDone] : []),
    ])
    // Another run of this chunk has been faster, or the flow is over: nothing more to say.
    if (!committed) return
  }
}

function invoiceRow(
  flowId: FlowId,
  { part, file, header, isCorrect, findingsJson }: CheckedInvoice,
) {
  return {
    flow_id: flowId,
    ordinal: part,
    file_name: file,
    number: header.number,
    issue_date: header.issueDate,
    type_code: header.typeCode,
    supplier_type: header.supplierType,
    supplier_id: header.supplierId,
    supplier_name: header.supplierName,
    recipient_id: header.recipientId,
    recipient_name: header.recipientName,
    service_code: header.serviceCode,
    engagement: header.engagement,
    currency: header.currency,
    amount_due: header.amountDue,
    is_correct: isCorrect ? 1 : 0,
    findings_json: findingsJson,
  }
}
