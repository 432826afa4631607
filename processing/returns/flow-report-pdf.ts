import { reportBaseName, sentIdentifier } from '../../config/flow-name.ts'
import { FLOW_STATES } from '../../gateway/flow-states.ts'
import type { Finding, FlowId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { readFlow } from '../pipeline-context.ts'
import { readReportEntries } from './report-entries.ts'
import { writeReportPdf } from './report-pdf.ts'

/**
 * The report on a flow as a PDF, made from the journal when it is asked for: what was sent to the
 * partner, in words for people.
 * @returns undefined while the flow is not decided
 */
export async function flowReportPdf(
  journal: Journal,
  id: FlowId,
  language: 'fr' | 'en',
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const flow = await readFlow(journal, id)
  if (flow === undefined || !FLOW_STATES[flow.state].isFinal) return undefined
  const { integrated, refused, total } = flow
  const findings = JSON.parse(flow.findings_json) as Finding[]
  const decidedAt = flow.finished_at ?? flow.updated_at
  const report = {
    flowIdentifier: sentIdentifier(flow.flow_identifier),
    receiver: flow.application_code,
    state: flow.state,
    integrated,
    refused,
    total,
    decidedAt,
    producedAt: decidedAt,
    mode: 'full',
    language,
    reportName: reportBaseName(flow.file_name),
    fileName: flow.file_name,
    interfaceCode: flow.interface_code,
    flowMode: flow.mode,
    receivedAt: flow.received_at,
  } as const
  const hasInvoices = integrated + refused > 0
  return writeReportPdf(report, () => readReportEntries(journal, id, findings, hasInvoices))
}
