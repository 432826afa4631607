import { stopwatch } from '../gateway/clock.ts'
import { GatewayError } from '../gateway/errors.ts'
import type { Finding } from '../gateway/flow.ts'
import type { Journal } from '../gateway/journal/journal.ts'
import { JobDelayed, type Job } from '../gateway/queue/queue.ts'
import { resumeFlow } from './blocked-flow.ts'
import { FURTHER_INVOICES } from './check-invoices.ts'
import { beginProcessing } from './chunk-job.ts'
import { cleanUpFlow } from './clean-up.ts'
import { decideFlow, whatIfs, type DecisionInput } from './decision.ts'
import { enqueueNext, readOpenChunks } from './enqueue-next.ts'
import { finishFlow } from './finish-flow.ts'
import { meetFault } from './flow-faults.ts'
import { extractJobId } from './flow-jobs.ts'
import type { FlowEvent } from './flow-writes.ts'
import { meetInvoiceFault } from './invoice-faults.ts'
import { claimInvoiceNumbers } from './invoice-numbers.ts'
import { readFlow, type JournaledFlow, type PipelineContext } from './pipeline-context.ts'
import { jobOfStage } from './stages.ts'

/** Time before a decision looks again whether every chunk is checked. */
const WAIT_FOR_CHUNKS_MILLISECONDS = 500

/**
 * The end of a flow: uniqueness, decision, report, and the one write that makes them true. What
 * comes before that write can be done again; what comes after it is cleaning up.
 */
export async function runDecideJob(
  context: PipelineContext,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
  const read = await readFlow(context.journal, job.flowId)
  if (read === undefined) return
  if (read.finished_at !== null) return await cleanUpFlow(context, read.id)
  if (jobOfStage(read.stage) === 'extract') return await enqueueNext(context, read)
  const flow = await whenChecked(context, read)
  await decideFlowNow(context, flow, { isStored: true }, signal)
}

/**
 * The same for a flow that is known to be checked, as its row stands.
 * @param copies whether a chunk of it may be in the payload store
 */
export async function decideFlowNow(
  context: PipelineContext,
  read: JournaledFlow,
  copies: { readonly isStored: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { journal, settings } = context
  const resumed = await resumeFlow(context, read)
  const flow = resumed ?? read
  const elapsed = stopwatch()
  const findings = JSON.parse(flow.findings_json) as Finding[]
  const technicalFailure = findings.some(({ severity }) => severity === 'fatal')
  const events: FlowEvent[] = []
  if (!technicalFailure) {
    const { uniqueWithinYear } = settings.invoices
    await claimInvoiceNumbers(journal, flow, { withinYear: uniqueWithinYear })
    if (flow.stage === 'format') await meetInvoiceFault(context, flow)
  }
  const counts = await countInvoices(journal, flow)
  if (!technicalFailure) events.push(...checkEvents(counts, elapsed()))

  if (resumed === undefined) await meetFault(context, 'stage:decision', flow, signal)
  const decided = stopwatch()
  const input: DecisionInput = {
    mode: flow.mode,
    technicalFailure,
    total: counts.total,
    bad: counts.bad,
    structureFailed: counts.structureFailed,
    xsdFailure: settings.pipeline.xsdFailure,
  }
  const decision = decideFlow(input)
  events.push({
    stage: 'decision',
    outcome: decision.state,
    milliseconds: decided(),
    detail: { ...input, ...decision, whatIfs: whatIfs(input) },
  })
  await meetFault(context, 'stage:integration', flow, signal)
  events.push({
    stage: 'integration',
    outcome: decision.integrated > 0 ? 'passed' : 'nothing',
    milliseconds: 0,
    detail: { integrated: decision.integrated },
  })
  await finishFlow(context, { ...flow, total: counts.total }, decision, {
    findings,
    events,
    copies,
  })
}

/** The flow once every chunk of it is checked. @throws JobDelayed while one is not */
async function whenChecked(context: PipelineContext, flow: JournaledFlow): Promise<JournaledFlow> {
  if (flow.stage !== 'format') return flow
  const openChunks = await readOpenChunks(context.journal, flow)
  if (openChunks.length > 0) {
    // Who extracts it may hold the results of some: else they are work for others.
    const first = extractJobId(flow.id)
    if (!(await context.queue.alive([first])).has(first)) await enqueueNext(context, flow)
    throw new JobDelayed(WAIT_FOR_CHUNKS_MILLISECONDS)
  }
  if (flow.state !== 'IN_EN_ATTENTE_TRAITEMENT_CPP') return flow
  await beginProcessing(context, flow)
  const current = await readFlow(context.journal, flow.id)
  if (current === undefined || current.stage !== 'format' || current.finished_at !== null) {
    throw new JobDelayed(WAIT_FOR_CHUNKS_MILLISECONDS)
  }
  return current
}

/** One engine counts in numbers, the other one in text. */
type SqlCount = number | string

interface InvoiceCounts {
  /** More than files when files hold several invoices. */
  readonly total: number
  readonly bad: number
  readonly structureFailed: number
  readonly duplicates: number
  readonly milliseconds: number
}

/** @throws GatewayError INTERNAL when the journal has not every invoice of the flow */
async function countInvoices(journal: Journal, flow: JournaledFlow): Promise<InvoiceCounts> {
  if (flow.stage !== 'format') {
    return { total: flow.total, bad: 0, structureFailed: 0, duplicates: 0, milliseconds: 0 }
  }
  const [[invoices], [chunks]] = await Promise.all([
    journal.read(
      journal.db
        .selectFrom('invoices')
        .select(({ fn }) => [
          fn.countAll<SqlCount>().as('all'),
          fn.countAll<SqlCount>().filterWhere('ordinal', '<', FURTHER_INVOICES).as('files'),
          fn.sum<SqlCount>('is_correct').as('correct'),
        ])
        .where('flow_id', '=', flow.id),
    ),
    journal.read(
      journal.db
        .selectFrom('chunks')
        .select(({ fn }) => [
          fn.sum<SqlCount>('refused').as('refused'),
          fn.sum<SqlCount>('structure_failed').as('structureFailed'),
          fn.sum<SqlCount>('milliseconds').as('milliseconds'),
        ])
        .where('flow_id', '=', flow.id),
    ),
  ])
  const all = Number(invoices?.all ?? 0)
  const files = Number(invoices?.files ?? 0)
  if (files !== flow.total) {
    throw new GatewayError('INTERNAL', `${files} files are recorded of a flow of ${flow.total}`)
  }
  const bad = all - Number(invoices?.correct ?? 0)
  return {
    total: all,
    bad,
    structureFailed: Number(chunks?.structureFailed ?? 0),
    duplicates: bad - Number(chunks?.refused ?? 0),
    milliseconds: Number(chunks?.milliseconds ?? 0),
  }
}

/**
 * Timeline of the stages that ran in chunks. Format and rules are checked in one pass over each
 * invoice: its time stands with the format, that of uniqueness with the functional rules.
 */
function checkEvents(counts: InvoiceCounts, uniquenessMilliseconds: number): FlowEvent[] {
  const { bad, structureFailed, duplicates, milliseconds } = counts
  return [
    {
      stage: 'format',
      outcome: structureFailed > 0 ? 'refused' : 'passed',
      milliseconds,
      detail: { refused: structureFailed },
    },
    {
      stage: 'functional',
      outcome: bad > structureFailed ? 'refused' : 'passed',
      milliseconds: uniquenessMilliseconds,
      detail: { refused: bad - structureFailed, duplicates },
    },
  ]
}
