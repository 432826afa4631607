import type { FlowId } from '../gateway/flow.ts'
import type { Job } from '../gateway/queue/queue.ts'
import { jobOfStage } from './stages.ts'

/** Where a flow stands, as far as its next jobs depend on it. */
export interface FlowProgress {
  readonly id: FlowId
  readonly stage: string
  /** Ordinals of the chunks that are not checked yet. */
  readonly openChunks: readonly number[]
}

/** The job that begins a flow, and takes a small one to its end. */
export const extractJobId = (id: FlowId): string => `extract-${id}`

/**
 * The jobs that take a flow on from where the journal says it stands: the same for the pipeline,
 * which adds them on the way, and the reconciler, which adds those that are missing.
 */
export function jobsOfFlow({ id, stage, openChunks }: FlowProgress, runAt?: number): Job[] {
  switch (jobOfStage(stage)) {
    case 'extract':
      return [
        {
          id: extractJobId(id),
          kind: 'extract',
          flowId: id,
          ...(runAt === undefined ? {} : { runAt }),
        },
      ]
    case 'chunk':
      return [
        ...openChunks.map((chunk) => ({
          id: `chunk-${id}-${chunk}`,
          kind: 'chunk' as const,
          flowId: id,
          chunk,
          parent: `decide-${id}`,
        })),
        { id: `decide-${id}`, kind: 'decide', flowId: id, waitsForChildren: true },
      ]
    case 'decide':
      return [{ id: `decide-${id}`, kind: 'decide', flowId: id, waitsForChildren: true }]
    case undefined:
      return []
  }
}
