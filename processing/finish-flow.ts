import { isReportCode } from '../config/flow-name.ts'
import { stopwatch } from '../gateway/clock.ts'
import type { Finding, ReturnFlow } from '../gateway/flow.ts'
import { cleanUpFlow } from './clean-up.ts'
import { rejectionStatements } from './flow-rejections.ts'
import { addEvents, moveFlow, type FlowEvent } from './flow-writes.ts'
import type { JournaledFlow, PipelineContext } from './pipeline-context.ts'
import { meetReportFault } from './report-faults.ts'
import { STAGE_DONE } from './stages.ts'
import { storeReport, type StoredReport, type Verdict } from './stages/report.ts'

/** What is recorded with a verdict, and what it leaves to clean up. */
export interface Conclusion {
  readonly findings: readonly Finding[]
  readonly events: readonly FlowEvent[]
  /** Whether a chunk of the flow may be in the payload store. */
  readonly copies: { readonly isStored: boolean }
}

/**
 * Gives a flow its last state. One message, guarded on the state the flow was read in, holds the
 * state and the counters, the timeline and the return flow: it happens whole, once, or not at all.
 */
export async function finishFlow(
  context: PipelineContext,
  flow: JournaledFlow,
  verdict: Verdict,
  { findings, events, copies }: Conclusion,
): Promise<void> {
  const { journal, clock, log } = context
  const elapsed = stopwatch()
  // No copy was stored and no number goes back: its few chunk rows are all there is to clean up.
  const isTidy = !copies.isStored && verdict.integrated > 0
  // Nothing is reported on a report: the two would go on for ever.
  const isAnswered = !isReportCode(flow.interface_code)
  // The report on a replay waits for an operator as it is.
  const fault = isAnswered && flow.replay_of === null ? await meetReportFault(context, flow) : {}
  const stored = isAnswered
    ? await storeReport(context, flow, verdict, { findings, fault })
    : undefined
  // What is put through again was counted when it came.
  const rejections =
    flow.replay_of === null ? await rejectionStatements(journal, flow, verdict, findings) : []
  const now = clock.now()
  const told: readonly FlowEvent[] =
    stored === undefined ? events : [...events, reported(stored, elapsed())]
  const { committed } = await journal.write([
    moveFlow(journal, flow, verdict.state, now, {
      stage: STAGE_DONE,
      total: flow.total,
      integrated: verdict.integrated,
      refused: verdict.refused,
      findings_json: JSON.stringify(findings),
    }),
    addEvents(journal, flow, now, told),
    ...rejections,
    ...(stored === undefined
      ? []
      : [context.offerReturnFlow(stored.returnFlow, fault.terms), ...stored.landing]),
    ...(isTidy ? [{ query: journal.db.deleteFrom('chunks').where('flow_id', '=', flow.id) }] : []),
  ])
  if (committed) {
    context.observer?.stagesRan(told)
    context.observer?.flowDecided(flow, verdict)
    const { state, integrated, refused } = verdict
    log.info({ flowId: flow.id, state, total: flow.total, integrated, refused }, 'flow decided')
  } else if (stored?.landing.length === 0) {
    await dropReport(context, flow, stored.returnFlow)
  }
  if (!committed || !isTidy) await cleanUpFlow(context, flow.id)
}

const reported = ({ returnFlow }: StoredReport, milliseconds: number): FlowEvent => ({
  stage: 'report',
  outcome: 'passed',
  milliseconds,
  detail: { name: returnFlow.fileName },
})

/** Another attempt has decided this flow: the report made here is nobody's, unless it is the same. */
async function dropReport(
  { journal, payloads }: PipelineContext,
  flow: JournaledFlow,
  { content }: ReturnFlow,
): Promise<void> {
  const rows = await journal.read(
    journal.db.selectFrom('return_flows').select('sha256').where('flow_id', '=', flow.id),
  )
  if (rows.every(({ sha256 }) => sha256 !== content.sha256)) await payloads.remove(content.sha256)
}
