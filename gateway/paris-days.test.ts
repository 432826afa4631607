import { expect, test } from 'vitest'
import { dayInParis, endOfDayInParis, nextDayInParis, startOfDayInParis } from './paris-days.ts'

const iso = (instant: number): string => new Date(instant).toISOString()

test('a day starts and ends at midnight in Paris, in winter, in summer and when the offset changes', () => {
  expect(iso(startOfDayInParis('2026-01-15'))).toBe('2026-01-14T23:00:00.000Z')
  expect(iso(startOfDayInParis('2026-07-15'))).toBe('2026-07-14T22:00:00.000Z')
  expect(iso(endOfDayInParis('2026-03-29'))).toBe('2026-03-29T22:00:00.000Z')
  expect(iso(startOfDayInParis('2026-03-29'))).toBe('2026-03-28T23:00:00.000Z')
  expect(iso(endOfDayInParis('2026-10-25'))).toBe('2026-10-25T23:00:00.000Z')
  expect(iso(endOfDayInParis('2026-12-31'))).toBe('2026-12-31T23:00:00.000Z')
})

test('the day of an instant is the one Paris has', () => {
  expect(dayInParis(Date.parse('2026-07-14T21:59:59Z'))).toBe('2026-07-14')
  expect(dayInParis(Date.parse('2026-07-14T22:00:00Z'))).toBe('2026-07-15')
  for (const day of ['2026-01-01', '2026-03-29', '2026-10-25', '2028-02-29']) {
    expect(dayInParis(startOfDayInParis(day))).toBe(day)
    expect(dayInParis(endOfDayInParis(day) - 1)).toBe(day)
  }
})

test.each([
  ['2026-11-22T08:00:00Z', '2026-11-23T05:00:00.000Z'],
  ['2026-07-01T23:30:00Z', '2026-07-03T04:00:00.000Z'],
  // The night the clocks go forward (29 March 2026) and back (25 October 2026).
  ['2026-03-28T12:00:00Z', '2026-03-29T04:00:00.000Z'],
  ['2026-10-24T12:00:00Z', '2026-10-25T05:00:00.000Z'],
  ['2026-10-24T23:30:00Z', '2026-10-26T05:00:00.000Z'],
  ['2026-12-31T12:00:00Z', '2027-01-01T05:00:00.000Z'],
])('after %s the next day at six in Paris is %s', (instant, next) => {
  expect(iso(nextDayInParis(Date.parse(instant), 6))).toBe(next)
})
