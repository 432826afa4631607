import { expect, test } from 'vitest'
import { usualHourOf } from './usual-hour.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const DAY = 86_400_000
const EIGHT = Date.parse('2026-11-20T07:00:00Z')

/** First flows: on these days before today, at 08:00 in Paris and `late` later. */
const on = (days: readonly number[], late = 0) =>
  Array.from({ length: 29 }, (_, day) => (days.includes(day) ? EIGHT - day * DAY + late : null))

test('a partner that comes on this weekday by eight is silent since eight', () => {
  expect(usualHourOf(on([7, 14, 21]), NOW)).toEqual({ silentSince: EIGHT })
})

test('one that came today, or comes later, or on other days, is not', () => {
  expect(usualHourOf(on([0, 7, 14, 21, 28]), NOW)).toEqual({ silentSince: null })
  expect(usualHourOf(on([7, 14, 21], 4.5 * 3_600_000), NOW)).toEqual({ silentSince: null })
  expect(usualHourOf(on([1, 2, 3, 7, 14]), NOW)).toEqual({ silentSince: null })
  expect(usualHourOf([], NOW)).toEqual({ silentSince: null })
})
