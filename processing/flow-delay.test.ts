import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { OffsetClock } from '../gateway/clock.ts'
import { createFlowDelay } from './flow-delay.ts'

const id = 'flw_06f0000000000000000000000a'

// Time stands still: what is asked twice is answered alike.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

describe('the delay before a flow is processed', () => {
  test('none: at once', () => {
    const clock = new OffsetClock()
    expect(createFlowDelay('none', clock)({ id, receivedAt: clock.now() })).toBeUndefined()
  })

  test('real: two to five seconds after the reception, always the same for one flow', () => {
    const delay = createFlowDelay('real', new OffsetClock())
    const receivedAt = Date.now()
    const waits = Array.from({ length: 50 }, (_, index) => {
      const flow = { id: `flw_${index}` as const, receivedAt }
      expect(delay(flow)).toBe(delay(flow))
      return delay(flow)! - receivedAt
    })
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(2_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000)
    expect(new Set(waits.map((wait) => Math.floor(wait / 1_000))).size).toBeGreaterThan(1)
  })

  test('follows business time when the simulator moves it', () => {
    const clock = new OffsetClock()
    const delay = createFlowDelay('slow', clock)
    const receivedAt = clock.now()
    clock.setOffset(3_600_000)
    expect(delay({ id, receivedAt })!).toBeLessThan(Date.now())
  })
})
