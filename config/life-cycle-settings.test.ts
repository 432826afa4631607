import { expect, test } from 'vitest'
import { lifeCycleSettings } from './life-cycle-settings.ts'

test('invoices wait for somebody to move them, and statuses a minute for others', () => {
  expect(lifeCycleSettings.parse({})).toEqual({
    batchSeconds: 60,
    batchStatuses: 500,
    profile: 'none',
    seed: 1,
  })
})

test('every profile there is can be set', () => {
  for (const profile of ['none', 'quick', 'slow', 'suspends', 'refuses']) {
    expect(lifeCycleSettings.safeParse({ profile }).success).toBe(true)
  }
})

test.each([
  { profile: 'moody' },
  { batchStatuses: 0 },
  { batchStatuses: 1_001 },
  { batchSeconds: -1 },
  { batchSeconds: 86_401 },
  { seed: 1.5 },
])('%o is refused', (settings) => {
  expect(lifeCycleSettings.safeParse(settings).success).toBe(false)
})
