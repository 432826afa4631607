import { describe, expect, test } from 'vitest'
import { OffsetClock } from '../gateway/clock.ts'
import { createFlowDelay } from './flow-delay.ts'
import { nextDayInParis, parisDateTime } from './paris-time.ts'

const id = 'flw_06f0000000000000000000000a'

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
      expect(Math.abs(delay(flow)! - delay(flow)!)).toBeLessThan(50)
      return delay(flow)! - receivedAt
    })
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_999)
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_050)
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

describe('time in Paris', () => {
  test('is written with the offset that holds that day', () => {
    expect(parisDateTime(Date.parse('2026-11-22T08:15:04.999Z'))).toBe('2026-11-22T09:15:04+01:00')
    expect(parisDateTime(Date.parse('2026-07-01T22:00:00Z'))).toBe('2026-07-02T00:00:00+02:00')
    expect(parisDateTime(Date.parse('2026-12-31T23:30:00Z'))).toBe('2027-01-01T00:30:00+01:00')
  })

  test.each([
    ['2026-11-22T08:00:00Z', '2026-11-23T06:00:00+01:00'],
    ['2026-07-01T23:30:00Z', '2026-07-03T06:00:00+02:00'],
    // The night the clocks go forward (29 March 2026) and back (25 October 2026).
    ['2026-03-28T12:00:00Z', '2026-03-29T06:00:00+02:00'],
    ['2026-10-24T12:00:00Z', '2026-10-25T06:00:00+01:00'],
    ['2026-12-31T12:00:00Z', '2027-01-01T06:00:00+01:00'],
  ])('six in the morning after %s is %s', (instant, expected) => {
    expect(parisDateTime(nextDayInParis(Date.parse(instant), 6))).toBe(expected)
  })
})
