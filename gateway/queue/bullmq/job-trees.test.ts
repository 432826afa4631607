import { describe, expect, test } from 'vitest'
import type { Job } from '../queue.ts'
import { absentParents, jobTrees, type JobTree } from './job-trees.ts'

const DECIDE: Job = { id: 'decide-flw_1', kind: 'decide', flowId: 'flw_1', waitsForChildren: true }
const extract: Job = { id: 'extract-flw_2', kind: 'extract', flowId: 'flw_2', runAt: 1_500 }
const chunk = (number: number): Job => ({
  id: `chunk-flw_1-${number}`,
  kind: 'chunk',
  flowId: 'flw_1',
  chunk: number,
  parent: DECIDE.id,
})

/** Ids alone: `[parent, [children]]`. */
const shape = ({ opts, children = [] }: JobTree): unknown =>
  children.length === 0 ? opts?.jobId : [opts?.jobId, children.map((child) => child.opts?.jobId)]

function trees(
  jobs: readonly Job[],
  options: Partial<Parameters<typeof jobTrees>[1]> = {},
): JobTree[] {
  return jobTrees(jobs, { aliveParents: new Set(), now: 1_000, maxJobs: 500, ...options })
}

describe('jobs as BullMQ adds them', () => {
  test('have their children below them, in whatever order they came', () => {
    expect(trees([chunk(0), extract, DECIDE, chunk(1)]).map(shape)).toEqual([
      'extract-flw_2',
      ['decide-flw_1', ['chunk-flw_1-0', 'chunk-flw_1-1']],
    ])
  })

  test('are cut into transactions of a bounded size, each with the parent', () => {
    const jobs = [DECIDE, ...[0, 1, 2, 3, 4].map(chunk)]
    expect(trees(jobs, { maxJobs: 3 }).map(shape)).toEqual([
      ['decide-flw_1', ['chunk-flw_1-0', 'chunk-flw_1-1']],
      ['decide-flw_1', ['chunk-flw_1-2', 'chunk-flw_1-3']],
      ['decide-flw_1', ['chunk-flw_1-4']],
    ])
  })

  test('are linked to a parent in the queue, and to none that is not there', () => {
    expect(absentParents([chunk(0), chunk(1), extract])).toEqual([DECIDE.id])
    expect(absentParents([chunk(0), DECIDE])).toEqual([])
    const aliveParents = new Set([DECIDE.id])
    expect(trees([chunk(0)], { aliveParents })[0]?.opts?.parent).toEqual({
      id: DECIDE.id,
      queue: '{raccord}:flows',
    })
    expect(trees([chunk(0)])[0]?.opts).not.toHaveProperty('parent')
  })

  test('carry ids, and the time until they may run', () => {
    expect(trees([extract])[0]).toMatchObject({
      name: 'extract',
      data: { flowId: 'flw_2' },
      opts: { delay: 500, removeOnComplete: true, removeOnFail: true },
    })
    expect(trees([extract], { now: 2_000 })[0]?.opts).not.toHaveProperty('delay')
    expect(trees([chunk(7)])[0]?.data).toEqual({ flowId: 'flw_1', chunk: 7, parent: DECIDE.id })
  })
})
