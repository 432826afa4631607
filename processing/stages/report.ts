import { createHash } from 'node:crypto'
import { reportBaseName } from '../../config/flow-name.ts'
import type { FlowState } from '../../gateway/flow-states.ts'
import type { Finding, ReturnFlow, StoredContent } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { WriteStatement } from '../../gateway/journal/journal.ts'
import type { JournaledFlow, PipelineContext, PipelinePayloads } from '../pipeline-context.ts'
import type { ReportFault } from '../report-faults.ts'
import {
  measureCsoReport,
  writeCsoReport,
  type CsoReport,
  type ReportEntries,
} from '../returns/cso-report.ts'
import { firstStatusesFile } from '../returns/first-statuses-file.ts'
import { packTarGz, type SizedDocument } from '../returns/pack-report.ts'
import { readReportEntries } from '../returns/report-entries.ts'
import type { ReportEntry } from '../returns/report-lines.ts'

/** What the report says besides the findings. */
export interface Verdict {
  readonly state: FlowState
  readonly integrated: number
  readonly refused: number
}

/** A report up to this size becomes durable with the commit that names it (ADR 8). */
const MAX_LANDED_BYTES = 32 * 1024

export interface StoredReport {
  readonly returnFlow: ReturnFlow
  /** To be written in the same message as the return flow: the content, when it is not in the store. */
  readonly landing: readonly WriteStatement[]
}

/**
 * Stage 8: makes the integration report of a verdict, a large one in the payload store. Nobody sees
 * it until the return flow it comes back as is recorded, together with the decision.
 */
export async function storeReport(
  context: PipelineContext,
  flow: JournaledFlow,
  verdict: Verdict,
  { findings, fault = {} }: { readonly findings: readonly Finding[]; readonly fault?: ReportFault },
): Promise<StoredReport> {
  const { journal, payloads, clock, settings } = context
  const connection = await context.connectionOf(flow.connection_id)
  const now = clock.now()
  const report: CsoReport = {
    flowIdentifier: fault.flowIdentifier ?? flow.flow_identifier,
    ...(fault.status === undefined ? {} : { status: fault.status }),
    receiver: flow.application_code,
    ...verdict,
    total: flow.total,
    decidedAt: now,
    producedAt: now,
    mode: connection?.overrides.reportMode ?? settings.report.mode,
    language: settings.report.language,
  }
  // Of an incident or a technical refusal no invoice is named: none was examined to the end.
  const hasInvoices = verdict.refused > 0
  const entries = (): AsyncGenerator<ReportEntry> =>
    readReportEntries(journal, flow.id, findings, hasInvoices)
  const packing = connection?.overrides.reportPacking ?? settings.report.packing
  // The partner has its report on what it sent: the one on a replay has a name and a number of its
  // own, and waits for an operator.
  const isReplay = flow.replay_of !== null
  const name = reportBaseName(
    isReplay
      ? `${flow.interface_code}_${flow.application_code}_${flow.flow_identifier}`
      : flow.file_name,
  )
  const includes =
    connection?.overrides.reportInvoiceStatuses ?? settings.report.includeInvoiceStatuses
  // A bare document has no room for a second one; of a flow that was not examined there is none.
  const hasStatuses = includes && packing === 'tar.gz' && verdict.integrated + verdict.refused > 0
  const statuses = hasStatuses
    ? await firstStatusesFile(journal, {
        ...report,
        flowId: flow.id,
        identifier: flow.flow_identifier,
        name,
      })
    : undefined
  const { content, landing } = await store(
    payloads,
    await packReport(report, entries, { name, packing, statuses }),
  )
  const returnFlow: ReturnFlow = {
    id: newId('ret'),
    connectionId: flow.connection_id,
    flowId: flow.id,
    kind: 'report',
    interfaceCode: `C${flow.interface_code.slice(1)}`,
    fileName: `${name}.${packing}`,
    content,
    createdAt: now,
    availableUntil: now + settings.report.availableSeconds * 1_000 + (fault.lateMilliseconds ?? 0),
    state: isReplay || fault.isNever === true ? 'HELD' : 'OFFERED',
  }
  return { returnFlow, landing }
}

async function store(
  payloads: PipelinePayloads,
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ readonly content: StoredContent; readonly landing: readonly WriteStatement[] }> {
  if (payloads.land === undefined) return { content: await payloads.put(pieces), landing: [] }
  const iterator = pieces[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  let bytes = 0
  while (bytes <= MAX_LANDED_BYTES) {
    const next = await iterator.next()
    if (next.done === true) {
      const whole = Buffer.concat(head)
      const content = { sha256: createHash('sha256').update(whole).digest('hex'), bytes }
      return { content, landing: [payloads.land(whole, content)] }
    }
    head.push(next.value)
    bytes += next.value.length
  }
  return { content: await payloads.put(rest(head, iterator)), landing: [] }
}

/** What has been taken from a stream, then what is left of it. */
async function* rest(
  head: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head
  yield* { [Symbol.asyncIterator]: () => iterator }
}

async function packReport(
  report: CsoReport,
  entries: ReportEntries,
  {
    name,
    packing,
    statuses,
  }: {
    readonly name: string
    readonly packing: 'tar.gz' | 'xml'
    readonly statuses: SizedDocument | undefined
  },
): Promise<AsyncIterable<Uint8Array>> {
  const measured = await measureCsoReport(report, entries)
  const content = writeCsoReport(report, entries, measured)
  if (packing === 'xml') return content
  const document = { name, bytes: measured.bytes, content }
  return statuses === undefined ? packTarGz(document) : packTarGz(document, statuses)
}
