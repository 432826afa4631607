import { GatewayError } from '../gateway/errors.ts'
import type { StoredContent } from '../gateway/flow.ts'
import type { Job } from '../gateway/queue/queue.ts'
import { enqueueNext } from './enqueue-next.ts'
import { meetFault } from './flow-faults.ts'
import { policyOf } from './flow-policy.ts'
import { moveFlow } from './flow-writes.ts'
import type { CheckedChunk } from './invoice-tasks.ts'
import { judgeRecipients } from './judge-recipients.ts'
import { readFlow, type JournaledFlow, type PipelineContext } from './pipeline-context.ts'
import { recordChecked } from './record-checked.ts'

/**
 * Stages format and functional of one chunk, in a worker thread. What they find is written under
 * (flow, ordinal), and the chunk becomes DONE once: run twice, it counts once.
 */
export async function runChunkJob(
  context: PipelineContext,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
  const { journal } = context
  const flow = await readFlow(journal, job.flowId)
  if (flow === undefined || flow.stage !== 'format' || job.chunk === undefined) return
  const [chunk] = await journal.read(
    journal.db
      .selectFrom('chunks')
      .selectAll()
      .where('flow_id', '=', flow.id)
      .where('ordinal', '=', job.chunk),
  )
  if (chunk === undefined || chunk.state === 'DONE') return
  await meetFault(context, 'stage:format', flow, signal)
  await meetFault(context, 'stage:functional', flow, signal)
  // Checking does not wait for the commit that says that it has begun; the decision makes up for one
  // that failed.
  const [checked] = await Promise.allSettled([
    checkChunk(context, flow, chunk, signal),
    beginProcessing(context, flow),
  ])
  if (checked.status === 'fulfilled') {
    return await recordChecked(context, flow.id, chunk.ordinal, checked.value)
  }
  const error: unknown = checked.reason
  if (!(error instanceof GatewayError) || error.code !== 'PAYLOAD_MISSING') throw error
  await extractAgain(context, flow)
}

async function checkChunk(
  { payloads, threads, directory, settings }: PipelineContext,
  flow: JournaledFlow,
  chunk: StoredContent,
  signal: AbortSignal,
): Promise<CheckedChunk> {
  const policy = policyOf(flow, settings)
  const content = await payloads.localFile(chunk)
  let checked: CheckedChunk
  try {
    checked = await threads.check({ path: content.path, policy }, signal)
  } finally {
    await content.release()
  }
  const invoices = await judgeRecipients(directory, checked.invoices, policy.settings)
  return { ...checked, invoices }
}

/** The move to "being processed": by the first chunk that starts, unnoticed by the others. */
export async function beginProcessing(
  { journal, clock }: PipelineContext,
  flow: JournaledFlow,
): Promise<void> {
  if (flow.state !== 'IN_EN_ATTENTE_TRAITEMENT_CPP') return
  await journal.write([moveFlow(journal, flow, 'IN_EN_COURS_TRAITEMENT_CPP', clock.now())])
}

/**
 * A chunk is only a copy of what the flow holds: when it is lost the flow is extracted again, with
 * the same ordinals, and what was checked already stays.
 */
async function extractAgain(context: PipelineContext, flow: JournaledFlow): Promise<void> {
  const { journal, clock, log } = context
  log.warn({ flowId: flow.id }, 'a chunk is lost, the flow is extracted again')
  const current = await readFlow(journal, flow.id)
  if (current === undefined || current.stage !== 'format') return
  await journal.write([
    moveFlow(journal, current, current.state, clock.now(), { stage: 'extraction' }),
  ])
  await enqueueNext(context, { id: flow.id, stage: 'extraction' })
}
