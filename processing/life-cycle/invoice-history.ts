import type { Journal } from '../../gateway/journal/journal.ts'
import type { InvoiceDocument, InvoiceHistory } from '../../gateway/life-cycle/life-cycle.ts'
import { INVOICE_STATUSES, isInvoiceStatus } from '../returns/invoice-statuses.ts'
import type { PlanStep } from './profiles.ts'

/** An invoice with all it has been, the documents that were added, and what is planned. */
export async function readInvoiceHistory(
  journal: Journal,
  invoice: InvoiceDocument,
): Promise<InvoiceHistory> {
  const { flowId, ordinal } = invoice
  const { db } = journal
  const [statuses, documents, [plan]] = await Promise.all([
    journal.read(
      db
        .selectFrom('invoice_statuses')
        .selectAll()
        .where('flow_id', '=', flowId)
        .where('ordinal', '=', ordinal)
        .orderBy('sequence'),
    ),
    journal.read(
      db
        .selectFrom('invoice_documents')
        .selectAll()
        .where('flow_id', '=', flowId)
        .where('ordinal', '=', ordinal)
        .orderBy('number'),
    ),
    journal.read(
      db
        .selectFrom('invoice_plans')
        .selectAll()
        .where('flow_id', '=', flowId)
        .where('ordinal', '=', ordinal),
    ),
  ])
  return {
    ...invoice,
    history: statuses.map(({ status, at, actor, cause, comment }) => ({
      status,
      label: isInvoiceStatus(status) ? INVOICE_STATUSES[status].label : { en: '', fr: '' },
      at: new Date(at).toISOString(),
      actor,
      cause,
      comment,
    })),
    documents: documents.map((row) => ({
      name: row.name,
      mediaType: row.media_type,
      bytes: row.bytes,
      sha256: row.sha256,
      addedAt: new Date(row.added_at).toISOString(),
    })),
    plan: plan === undefined ? [] : stepsToCome(plan.due_at, plan.steps_json),
  }
}

function stepsToCome(dueAt: number, stepsJson: string): InvoiceHistory['plan'] {
  const steps = JSON.parse(stepsJson) as PlanStep[]
  let at = dueAt
  return steps.map(({ to, afterSeconds }, index) => {
    if (index > 0) at += afterSeconds * 1_000
    return { to, at: new Date(at).toISOString() }
  })
}
