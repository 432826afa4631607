import type { FlowId } from '../gateway/flow.ts'
import type { Journal } from '../gateway/journal/journal.ts'
import type { WorkQueue } from '../gateway/queue/queue.ts'
import { jobsOfFlow } from './flow-jobs.ts'
import type { JournaledFlow } from './pipeline-context.ts'

/** Adds the jobs that take `flow` on; those that are alive already stay as they are. */
export async function enqueueNext(
  { journal, queue }: { readonly journal: Journal; readonly queue: WorkQueue },
  flow: Pick<JournaledFlow, 'id' | 'stage'>,
): Promise<void> {
  const openChunks = await readOpenChunks(journal, flow)
  await queue.enqueue(jobsOfFlow({ id: flow.id, stage: flow.stage, openChunks }))
}

/** Adds the jobs of these chunks, and the decision that waits for them. */
export async function enqueueChunks(
  { queue }: { readonly queue: WorkQueue },
  flowId: FlowId,
  openChunks: readonly number[],
): Promise<void> {
  await queue.enqueue(jobsOfFlow({ id: flowId, stage: 'format', openChunks }))
}

/** Ordinals of the chunks of `flow` that are not checked yet. */
export async function readOpenChunks(
  journal: Journal,
  flow: Pick<JournaledFlow, 'id' | 'stage'>,
): Promise<number[]> {
  if (flow.stage !== 'format') return []
  const rows = await journal.read(
    journal.db
      .selectFrom('chunks')
      .select('ordinal')
      .where('flow_id', '=', flow.id)
      .where('state', '=', 'READY')
      .orderBy('ordinal'),
  )
  return rows.map(({ ordinal }) => ordinal)
}
