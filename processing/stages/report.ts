import { reportBaseName } from '../../config/flow-name.ts'
import type { FlowState } from '../../gateway/flow-states.ts'
import type { Finding, ReturnFlow } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { JournaledFlow, PipelineContext } from '../pipeline-context.ts'
import {
  measureCsoReport,
  writeCsoReport,
  type CsoReport,
  type ReportEntries,
} from '../returns/cso-report.ts'
import { packTarGz } from '../returns/pack-report.ts'
import { readReportEntries } from '../returns/report-entries.ts'
import type { ReportEntry } from '../returns/report-lines.ts'

/** What the report says besides the findings. */
export interface Verdict {
  readonly state: FlowState
  readonly integrated: number
  readonly refused: number
}

/**
 * Stage 8: writes the integration report of a verdict into the payload store. Nobody sees it until
 * the return flow it comes back as is recorded, together with the decision.
 */
export async function storeReport(
  context: PipelineContext,
  flow: JournaledFlow,
  verdict: Verdict,
  flowFindings: readonly Finding[],
): Promise<ReturnFlow> {
  const { journal, payloads, clock, settings } = context
  const connection = await context.connectionOf(flow.connection_id)
  const now = clock.now()
  const report: CsoReport = {
    flowIdentifier: flow.flow_identifier,
    receiver: flow.application_code,
    ...verdict,
    total: flow.total,
    decidedAt: now,
    producedAt: now,
    mode: connection?.overrides.reportMode ?? settings.report.mode,
    language: settings.report.language,
  }
  // Of an incident or a technical refusal no invoice is named: none was examined to the end.
  const hasInvoices = verdict.integrated + verdict.refused > 0
  const entries = (): AsyncGenerator<ReportEntry> =>
    readReportEntries(journal, flow.id, flowFindings, hasInvoices)
  const packing = connection?.overrides.reportPacking ?? settings.report.packing
  const name = reportBaseName(flow.file_name)
  return {
    id: newId('ret'),
    connectionId: flow.connection_id,
    flowId: flow.id,
    kind: 'report',
    interfaceCode: `C${flow.interface_code.slice(1)}`,
    fileName: `${name}.${packing}`,
    content: await payloads.put(await packReport(report, entries, { name, packing })),
    createdAt: now,
    availableUntil: now + settings.report.availableSeconds * 1_000,
    state: 'OFFERED',
  }
}

async function packReport(
  report: CsoReport,
  entries: ReportEntries,
  { name, packing }: { readonly name: string; readonly packing: 'tar.gz' | 'xml' },
): Promise<AsyncIterable<Uint8Array>> {
  const measured = await measureCsoReport(report, entries)
  const content = writeCsoReport(report, entries, measured)
  return packing === 'xml' ? content : packTarGz({ name, bytes: measured.bytes, content })
}
