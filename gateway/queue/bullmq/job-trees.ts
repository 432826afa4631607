import type { FlowJob, JobsOptions } from 'bullmq'
import type { FlowId } from '../../flow.ts'
import type { Job, JobKind } from '../queue.ts'

/** BullMQ's queue: one for every kind of job, so that one worker's concurrency bounds them all. */
export const QUEUE_NAME = 'flows'
/** Every key on one slot of a Redis Cluster. */
export const KEY_PREFIX = '{raccord}'

/** What a job carries in Redis: ids, nothing of what is in a flow. */
export interface JobData {
  readonly flowId: FlowId
  readonly chunk?: number
  readonly parent?: string
  readonly waitsForChildren?: boolean
}

export type JobTree = FlowJob & { readonly name: JobKind; readonly data: JobData }

/** Never reached: attempts are counted in the journal, which also ends them. */
const UNLIMITED_ATTEMPTS = 1_000_000

const OPTIONS: JobsOptions = {
  attempts: UNLIMITED_ATTEMPTS,
  // The strategy is the worker's.
  backoff: { type: 'custom' },
  // An id is alive or gone: the journal remembers how it ended.
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
}

/**
 * Jobs as BullMQ adds them: children below their parent, so that it waits for them.
 * @param aliveParents ids of parents that are not among `jobs`, but in the queue already
 * @param maxJobs of one tree; a parent with more children comes again with the next ones, which
 *   adds nothing but them
 */
export function jobTrees(
  jobs: readonly Job[],
  options: {
    readonly aliveParents: ReadonlySet<string>
    readonly now: number
    readonly maxJobs: number
  },
): JobTree[] {
  const { aliveParents, now, maxJobs } = options
  const given = new Set(jobs.map(({ id }) => id))
  const isBelow = ({ parent }: Job): boolean => parent !== undefined && given.has(parent)
  const below = Map.groupBy(jobs.filter(isBelow), ({ parent }) => parent)
  return jobs
    .filter((job) => !isBelow(job))
    .flatMap((job) => {
      const children = below.get(job.id) ?? []
      const isLinked = job.parent !== undefined && aliveParents.has(job.parent)
      const root = node(job, now, isLinked ? { parent: parentOf(job.parent) } : {})
      if (children.length === 0) return [root]
      const trees: JobTree[] = []
      for (let start = 0; start < children.length; start += maxJobs - 1) {
        const some = children.slice(start, start + maxJobs - 1)
        trees.push({ ...root, children: some.map((child) => node(child, now, {})) })
      }
      return trees
    })
}

/** Parents that `jobs` name without having them. */
export function absentParents(jobs: readonly Job[]): string[] {
  const given = new Set(jobs.map(({ id }) => id))
  const named = jobs.flatMap(({ parent }) => (parent === undefined ? [] : [parent]))
  return [...new Set(named)].filter((id) => !given.has(id))
}

function node(job: Job, now: number, link: Pick<JobsOptions, 'parent'>): JobTree {
  const { id, kind, flowId, chunk, runAt, waitsForChildren, parent } = job
  const delay = Math.max(0, (runAt ?? 0) - now)
  return {
    name: kind,
    queueName: QUEUE_NAME,
    data: {
      flowId,
      ...(chunk === undefined ? {} : { chunk }),
      ...(parent === undefined ? {} : { parent }),
      ...(waitsForChildren === true ? { waitsForChildren } : {}),
    },
    opts: { ...OPTIONS, ...link, jobId: id, ...(delay === 0 ? {} : { delay }) },
  }
}

const parentOf = (id: string) => ({ id, queue: `${KEY_PREFIX}:${QUEUE_NAME}` })
