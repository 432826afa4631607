import { describe, expect, test } from 'vitest'
import { jobsOfFlow } from './flow-jobs.ts'
import { jobOfStage, STAGE_DONE, STAGES } from './stages.ts'

describe('the stages', () => {
  test('stand in the order of the platform’s controls', () => {
    expect(STAGES.map(({ name }) => name)).toEqual([
      'technical',
      'subscription',
      'extraction',
      'format',
      'functional',
      'decision',
      'integration',
      'report',
    ])
  })

  test('refuse the whole flow up to extraction, one part afterwards', () => {
    expect(STAGES.map(({ refuses }) => refuses)).toEqual([
      ...Array.from({ length: 3 }, () => 'flow'),
      ...Array.from({ length: 2 }, () => 'part'),
      ...Array.from({ length: 3 }, () => 'nothing'),
    ])
  })

  test('are labelled in both languages', () => {
    for (const { label } of STAGES) expect(label.en !== '' && label.fr !== '').toBe(true)
  })
})

describe('the jobs of a flow', () => {
  const id = 'flw_x'

  test('follow from where the journal says it stands', () => {
    expect(jobsOfFlow({ id, stage: 'technical', openChunks: [] }, 42)).toEqual([
      { id: 'extract-flw_x', kind: 'extract', flowId: id, runAt: 42 },
    ])
    expect(jobsOfFlow({ id, stage: 'format', openChunks: [1, 3] })).toEqual([
      { id: 'chunk-flw_x-1', kind: 'chunk', flowId: id, chunk: 1, parent: 'decide-flw_x' },
      { id: 'chunk-flw_x-3', kind: 'chunk', flowId: id, chunk: 3, parent: 'decide-flw_x' },
      { id: 'decide-flw_x', kind: 'decide', flowId: id, waitsForChildren: true },
    ])
    expect(jobsOfFlow({ id, stage: STAGE_DONE, openChunks: [] })).toEqual([])
  })

  test('exist for every stage, and none has a colon, which one queue engine refuses', () => {
    for (const { name } of STAGES) {
      expect(jobOfStage(name)).toBeDefined()
      for (const job of jobsOfFlow({ id, stage: name, openChunks: [0] })) {
        expect(job.id).not.toContain(':')
      }
    }
  })
})
