import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findInterfaceCode, tellsStatuses } from '../config/interface-codes.ts'
import { stopwatch } from '../gateway/clock.ts'
import type { Finding } from '../gateway/flow.ts'
import type { Job } from '../gateway/queue/queue.ts'
import { decideFlowNow, runDecideJob } from './decide-job.ts'
import { enqueueChunks, enqueueNext } from './enqueue-next.ts'
import { boundFindings } from './finding-bounds.ts'
import { meetFault } from './flow-faults.ts'
import { addEvents, moveFlow, type FlowEvent } from './flow-writes.ts'
import { readFlow, type JournaledFlow, type PipelineContext } from './pipeline-context.ts'
import { takeStatusFlow } from './life-cycle/take-statuses.ts'
import { recordChecked } from './record-checked.ts'
import { recordExtraction, type ExtractedFlow } from './record-extraction.ts'
import { jobOfStage, type StageName } from './stages.ts'
import { extractChunks, type Extraction } from './stages/extraction.ts'
import { checkSubscription } from './stages/subscription.ts'
import { checkForViruses } from './stages/viruses.ts'
import { checkTechnical } from './stages/technical.ts'

/** Findings about a flow itself that are kept with it. */
const MAX_FLOW_FINDINGS = 100

/**
 * Stages technical, subscription and extraction of one flow. The first one that refuses the flow
 * sends it straight to its decision: no part is examined (reference §8.3). A flow of few chunks is
 * checked meanwhile, and taken to its end in the same hand: more jobs would cost it more than its
 * invoices do. What is cut short goes on from the journal, job by job.
 */
export async function runExtractJob(
  context: PipelineContext,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
  const received = await readFlow(context.journal, job.flowId)
  if (received === undefined || received.finished_at !== null) return
  if (jobOfStage(received.stage) !== 'extract') return await enqueueNext(context, received)
  const folder = join(context.workFolder, `extract-${randomUUID()}`)
  try {
    await extractFlowNow(context, job, { received, folder }, signal)
  } finally {
    // Nobody waits for this: the flow is recorded by now.
    await rm(folder, { recursive: true, force: true })
  }
}

async function extractFlowNow(
  context: PipelineContext,
  job: Job,
  { received, folder }: { readonly received: JournaledFlow; readonly folder: string },
  signal: AbortSignal,
): Promise<void> {
  const { journal, clock, observer } = context
  // The stages do not wait for the commit that says that the flow is taken in charge.
  const [inCharge, ran] = await Promise.allSettled([
    takeInCharge(context, received),
    runStages(context, received, folder, signal),
  ])
  if (inCharge.status === 'rejected') throw inCharge.reason
  const flow = inCharge.value
  if (flow === undefined) return
  if (ran.status === 'rejected') throw ran.reason
  const { found, events, extracted } = ran.value
  const code = findInterfaceCode(flow.interface_code)
  if (extracted !== undefined && code !== undefined && tellsStatuses(code)) {
    const { chunks } = extracted
    return await takeStatusFlow(context, flow, chunks, { findings: found, events }, signal)
  }

  const findingsJson = JSON.stringify(boundFindings(found, MAX_FLOW_FINDINGS))
  if (extracted !== undefined) {
    const isFirst = received.state === 'IN_RECU' && flow.state !== 'IN_RECU'
    return await goOn(context, job, { ...extracted, flow, isFirst, findingsJson, events }, signal)
  }
  const now = clock.now()
  const { committed } = await journal.write([
    moveFlow(journal, flow, flow.state, now, {
      stage: 'decision',
      findings_json: findingsJson,
      attempts: 0,
    }),
    addEvents(journal, flow, now, events),
  ])
  if (committed) observer?.stagesRan(events)
  signal.throwIfAborted()
  await runDecideJob(context, job, signal)
}

/** Records what was extracted, and decides the flow when all of it is checked. */
async function goOn(
  context: PipelineContext,
  job: Job,
  extracted: ExtractedFlow,
  signal: AbortSignal,
): Promise<void> {
  const { flow } = extracted
  const recorded = await recordExtraction(context, extracted)
  if (recorded === undefined) {
    // Another attempt has been faster: its row says what comes next.
    const current = await readFlow(context.journal, flow.id)
    return current === undefined ? undefined : await enqueueNext(context, current)
  }
  context.observer?.stagesRan(extracted.events)
  if (recorded.isChecked) {
    signal.throwIfAborted()
    const isStored = !extracted.isFirst
    return await decideFlowNow(context, recorded.flow, { isStored }, signal)
  }
  const stored = extracted.chunks.flatMap(({ checked }, ordinal) =>
    checked === undefined ? [ordinal] : [],
  )
  // Chunks in the store do not wait until those checked here are written.
  if (stored.length > 0) await enqueueChunks(context, flow.id, stored)
  for (const { ordinal, checked } of recorded.left) {
    signal.throwIfAborted()
    await recordChecked(context, flow.id, ordinal, checked)
  }
  if (stored.length === 0) await runDecideJob(context, job, signal)
}

interface StagesRan {
  readonly found: readonly Finding[]
  readonly events: readonly FlowEvent[]
  /** Undefined when a stage refused the flow. */
  readonly extracted: Pick<ExtractedFlow, 'parts' | 'chunks'> | undefined
}

async function runStages(
  context: PipelineContext,
  flow: JournaledFlow,
  folder: string,
  signal: AbortSignal,
): Promise<StagesRan> {
  const { settings } = context
  const connection = await context.connectionOf(flow.connection_id)
  const found: Finding[] = []
  const events: FlowEvent[] = []
  /** Runs one stage; true when the flow may go on. */
  const passes = async (stage: StageName, check: () => Promise<readonly Finding[]>) => {
    await meetFault(context, `stage:${stage}`, flow, signal)
    const elapsed = stopwatch()
    const findings = await check()
    const isRefused = findings.some(({ severity }) => severity === 'fatal')
    found.push(...findings)
    events.push({ stage, outcome: isRefused ? 'refused' : 'passed', milliseconds: elapsed() })
    return !isRefused
  }
  let extraction: Extraction | undefined
  const isExtracted =
    (await passes('technical', async () => [
      ...checkTechnical(flow, settings),
      ...(await checkForViruses(context, flow, signal)),
    ])) &&
    (await passes('subscription', async () =>
      checkSubscription(flow, connection, settings.environment),
    )) &&
    (await passes('extraction', async () => {
      extraction = await extractChunks(context, flow, connection, folder, signal)
      return extraction.result.findings
    }))
  if (!isExtracted || extraction === undefined) return { found, events, extracted: undefined }
  const chunks = await extraction.settle()
  if (chunks.some(({ checked }) => checked !== undefined)) {
    await meetFault(context, 'stage:format', flow, signal)
    await meetFault(context, 'stage:functional', flow, signal)
  }
  return { found, events, extracted: { parts: extraction.result.parts, chunks } }
}

/** The first move of a flow; undefined when it is finished meanwhile. */
async function takeInCharge(
  { journal, clock }: PipelineContext,
  flow: JournaledFlow,
): Promise<JournaledFlow | undefined> {
  if (flow.state !== 'IN_RECU') return flow
  const state = 'IN_TRAITE_SE_CPP'
  const { committed } = await journal.write([moveFlow(journal, flow, state, clock.now())])
  if (committed) return { ...flow, state }
  const moved = await readFlow(journal, flow.id)
  return moved === undefined || jobOfStage(moved.stage) !== 'extract' ? undefined : moved
}
