import { findInterfaceCode } from '../config/interface-codes.ts'
import { stopwatch } from '../gateway/clock.ts'
import type { Finding } from '../gateway/flow.ts'
import type { WriteStatement } from '../gateway/journal/journal.ts'
import type { Job } from '../gateway/queue/queue.ts'
import { boundFindings } from './finding-bounds.ts'
import { meetFault } from './flow-faults.ts'
import { runChunkJob } from './chunk-job.ts'
import { runDecideJob } from './decide-job.ts'
import { enqueueNext } from './enqueue-next.ts'
import { addEvents, moveFlow, type FlowEvent } from './flow-writes.ts'
import type { ExtractResult } from './extract-flow.ts'
import { readFlow, type JournaledFlow, type PipelineContext } from './pipeline-context.ts'
import { takeStatusFlow } from './life-cycle/take-statuses.ts'
import { jobOfStage, type StageName } from './stages.ts'
import { extractChunks } from './stages/extraction.ts'
import { checkSubscription } from './stages/subscription.ts'
import { checkForViruses } from './stages/viruses.ts'
import { checkTechnical } from './stages/technical.ts'

/** Findings about a flow itself that are kept with it. */
const MAX_FLOW_FINDINGS = 100
/** Chunk rows of one message: well under the journal's bound, and SQLite's on values. */
const ROWS_PER_WRITE = 500

/**
 * Stages technical, subscription and extraction of one flow. The first one that refuses the flow
 * sends it straight to its decision: no part is examined (reference §8.3).
 */
export async function runExtractJob(
  context: PipelineContext,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
  const { journal, clock } = context
  const received = await readFlow(journal, job.flowId)
  if (received === undefined || received.finished_at !== null) return
  if (jobOfStage(received.stage) !== 'extract') return await enqueueNext(context, received)
  // The stages do not wait for the commit that says that the flow is taken in charge.
  const [inCharge, ran] = await Promise.allSettled([
    takeInCharge(context, received),
    runStages(context, received, signal),
  ])
  if (inCharge.status === 'rejected') throw inCharge.reason
  const flow = inCharge.value
  if (flow === undefined) return
  if (ran.status === 'rejected') throw ran.reason
  const { found, events, extracted } = ran.value
  if (extracted !== undefined && findInterfaceCode(flow.interface_code)?.format === 'life-cycle') {
    const { chunks } = extracted
    return await takeStatusFlow(context, flow, chunks, { findings: found, events }, signal)
  }

  const findings_json = JSON.stringify(boundFindings(found, MAX_FLOW_FINDINGS))
  const now = clock.now()
  let isRecorded: boolean
  if (extracted === undefined) {
    const { committed } = await journal.write([
      moveFlow(journal, flow, flow.state, now, { stage: 'decision', findings_json, attempts: 0 }),
      addEvents(journal, flow, now, events),
    ])
    isRecorded = committed
  } else {
    // A flow extracted again, because a chunk was lost, stays in the state it had.
    const state = flow.state === 'IN_TRAITE_SE_CPP' ? 'IN_EN_ATTENTE_TRAITEMENT_CPP' : flow.state
    isRecorded = await recordChunks(context, flow, extracted.chunks, [
      moveFlow(journal, flow, state, now, {
        stage: 'format',
        total: extracted.parts,
        findings_json,
        attempts: 0,
      }),
      addEvents(journal, flow, now, events),
    ])
  }
  if (isRecorded) context.observer?.stagesRan(events)
  // Refused guard or not: the row now says what comes next.
  const next = await readFlow(journal, flow.id)
  if (next === undefined) return
  const chunks = extracted?.chunks.length ?? 0
  await (chunks > 1 ? enqueueNext(context, next) : goOn(context, job, next, signal))
}

interface StagesRan {
  readonly found: readonly Finding[]
  readonly events: readonly FlowEvent[]
  /** Undefined when a stage refused the flow. */
  readonly extracted: ExtractResult | undefined
}

async function runStages(
  context: PipelineContext,
  flow: JournaledFlow,
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
  let extracted: ExtractResult | undefined
  const isExtracted =
    (await passes('technical', async () => [
      ...checkTechnical(flow, settings),
      ...(await checkForViruses(context, flow, signal)),
    ])) &&
    (await passes('subscription', async () =>
      checkSubscription(flow, connection, settings.environment),
    )) &&
    (await passes('extraction', async () => {
      extracted = await extractChunks(context, flow, connection, signal)
      return extracted.findings
    }))
  return { found, events, extracted: isExtracted ? extracted : undefined }
}

/**
 * A flow of one chunk, or of none, is taken to its end in the same hand: two more jobs would cost it
 * more than its invoices do. What is cut short goes on from the journal, job by job.
 */
async function goOn(
  context: PipelineContext,
  job: Job,
  flow: JournaledFlow,
  signal: AbortSignal,
): Promise<void> {
  if (flow.stage === 'format') await runChunkJob(context, { ...job, chunk: 0 }, signal)
  signal.throwIfAborted()
  await runDecideJob(context, job, signal)
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

/**
 * Writes the chunk rows of the flow, in place of any from an earlier attempt, and `conclusion` in
 * the same message as the last of them. Nothing, and false, when another attempt has been faster.
 */
async function recordChunks(
  { journal }: PipelineContext,
  flow: JournaledFlow,
  chunks: ExtractResult['chunks'],
  conclusion: readonly WriteStatement[],
): Promise<boolean> {
  const { db } = journal
  const isStillExtracting: WriteStatement = {
    query: db
      .updateTable('flows')
      .set({ stage: flow.stage })
      .where('id', '=', flow.id)
      .where('stage', '=', flow.stage),
    expectRows: 1,
  }
  const [earlier] = await journal.read(
    db
      .selectFrom('chunks')
      .select((row) => row.fn.max('ordinal').as('last'))
      .where('flow_id', '=', flow.id),
  )
  for (let start = 0; start <= (earlier?.last ?? -1); start += ROWS_PER_WRITE) {
    const removal = db
      .deleteFrom('chunks')
      .where('flow_id', '=', flow.id)
      .where('ordinal', '>=', start)
      .where('ordinal', '<', start + ROWS_PER_WRITE)
    const { committed } = await journal.write([isStillExtracting, { query: removal }])
    if (!committed) return false
  }
  const rows = chunks.map(({ sha256, bytes, firstPart, parts }, ordinal) => ({
    flow_id: flow.id,
    ordinal,
    state: 'READY' as const,
    sha256,
    bytes,
    first_part: firstPart,
    parts,
    refused: 0,
    structure_failed: 0,
    milliseconds: 0,
  }))
  for (let start = 0; start < rows.length; start += ROWS_PER_WRITE) {
    const slice = rows.slice(start, start + ROWS_PER_WRITE)
    const isLast = start + ROWS_PER_WRITE >= rows.length
    const { committed } = await journal.write([
      isStillExtracting,
      { query: db.insertInto('chunks').values(slice) },
      ...(isLast ? conclusion : []),
    ])
    if (!committed) return false
  }
  return true
}
