import type { Finding, FlowId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { ReportEntry } from './report-lines.ts'

const ENTRIES_PER_READ = 200

/** The flow’s own findings, then each refused invoice in the order of the flow, a page at a time. */
export async function* readReportEntries(
  journal: Journal,
  flowId: FlowId,
  flowFindings: readonly Finding[],
  hasInvoices: boolean,
): AsyncGenerator<ReportEntry> {
  yield* entriesOf(flowFindings)
  if (!hasInvoices) return
  let after = 0
  for (;;) {
    const rows = await journal.read(
      journal.db
        .selectFrom('invoices')
        .select(['ordinal', 'number', 'supplier_id', 'recipient_id', 'findings_json'])
        .where('flow_id', '=', flowId)
        .where('ordinal', '>', after)
        .where('is_correct', '=', 0)
        .orderBy('ordinal')
        .limit(ENTRIES_PER_READ),
    )
    for (const row of rows) {
      yield {
        part: row.ordinal,
        ...(row.number === null ? {} : { invoice: row.number }),
        ...(row.supplier_id === null ? {} : { supplier: row.supplier_id }),
        ...(row.recipient_id === null ? {} : { recipient: row.recipient_id }),
        findings: JSON.parse(row.findings_json) as Finding[],
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < ENTRIES_PER_READ) return
    after = last.ordinal
  }
}

/** Findings kept with the flow: of the flow itself, and of the statuses of a life-cycle flow. */
function entriesOf(findings: readonly Finding[]): ReportEntry[] {
  const byPart = Map.groupBy(findings, ({ part = 0 }) => part)
  const parts = [...byPart.keys()].filter((part) => part > 0).toSorted((one, other) => one - other)
  return [0, ...parts].map((part) => ({ part, findings: byPart.get(part) ?? [] }))
}
