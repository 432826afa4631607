import { FLOW_STATES } from '../gateway/flow-states.ts'
import type { FlowId } from '../gateway/flow.ts'
import { releaseInvoiceNumbers } from './invoice-numbers.ts'
import { readFlow, type PipelineContext } from './pipeline-context.ts'

/** Chunks removed at a time. */
const CHUNKS_PER_SLICE = 500

/**
 * What is left to do once a flow is finished: the numbers of a refused one are free again, and the
 * copies that the chunks were go. Its chunk rows go last: while there are any, this is not done,
 * and the reconciler calls it again. Idempotent.
 */
export async function cleanUpFlow(
  { journal, payloads }: Pick<PipelineContext, 'journal' | 'payloads'>,
  flowId: FlowId,
): Promise<void> {
  const flow = await readFlow(journal, flowId)
  if (flow === undefined || !FLOW_STATES[flow.state].isFinal) return
  const { db } = journal
  const ofFlow = db
    .selectFrom('chunks')
    .select(['ordinal', 'sha256'])
    .where('flow_id', '=', flowId)
    .orderBy('ordinal')
    .limit(CHUNKS_PER_SLICE)
  let chunks = await journal.read(ofFlow)
  if (chunks.length > 0 && flow.integrated === 0) await releaseInvoiceNumbers(journal, flowId)
  while (chunks.length > 0) {
    const addresses = chunks.map(({ sha256 }) => sha256)
    // The same batch in two flows makes the same chunks: the other flow may still need them.
    const shared = await journal.read(
      db
        .selectFrom('chunks')
        .select('sha256')
        .where('sha256', 'in', addresses)
        .where('flow_id', '<>', flowId),
    )
    const kept = new Set(shared.map(({ sha256 }) => sha256))
    for (const sha256 of addresses) {
      if (!kept.has(sha256)) await payloads.remove(sha256)
    }
    const removal = db
      .deleteFrom('chunks')
      .where('flow_id', '=', flowId)
      .where('ordinal', '<=', chunks.at(-1)!.ordinal)
    await journal.write([{ query: removal }])
    chunks = await journal.read(ofFlow)
  }
}

/** Finished flows that still have chunk rows: their cleaning up was cut short. */
export async function cleanUpLeftovers(
  context: Pick<PipelineContext, 'journal' | 'payloads'>,
): Promise<void> {
  const { journal } = context
  const rows = await journal.read(
    journal.db
      .selectFrom('chunks')
      .innerJoin('flows', 'flows.id', 'chunks.flow_id')
      .select('chunks.flow_id')
      .distinct()
      .where('flows.finished_at', 'is not', null)
      .limit(100),
  )
  for (const { flow_id } of rows) await cleanUpFlow(context, flow_id)
}
