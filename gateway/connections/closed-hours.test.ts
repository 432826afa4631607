import { expect, test } from 'vitest'
import { closedHoursSchema, isClosedAt, type ClosedHours } from './closed-hours.ts'

/** Monday 2 March 2026, in Paris an hour later than UTC. */
const at = (time: string, day = 2): number =>
  Date.parse(`2026-03-${String(day).padStart(2, '0')}T${time}:00Z`)

const cases: readonly (readonly [ClosedHours, readonly number[], readonly number[]])[] = [
  [[{ from: '12:00', to: '14:00' }], [at('11:00'), at('12:59')], [at('10:59'), at('13:00')]],
  [
    [{ from: '22:00', to: '06:00' }],
    [at('21:00'), at('23:30'), at('04:59')],
    [at('05:00'), at('20:59')],
  ],
  // Friday evening to Saturday morning; Sunday, all day.
  [
    [
      { days: ['fri'], from: '20:00', to: '08:00' },
      { days: ['sun'], from: '00:00', to: '00:00' },
    ],
    [at('19:30', 6), at('06:59', 7), at('12:00', 8)],
    [at('19:30', 5), at('07:30', 7), at('12:00', 9), at('23:30', 8)],
  ],
]

test.each(cases)('hours %j are closed and open when they say', (hours, closed, open) => {
  expect(closed.map((instant) => isClosedAt(hours, instant))).toEqual(closed.map(() => true))
  expect(open.map((instant) => isClosedAt(hours, instant))).toEqual(open.map(() => false))
})

test('a range is two times of day', () => {
  expect(closedHoursSchema.safeParse([{ from: '24:00', to: '06:00' }]).success).toBe(false)
  expect(closedHoursSchema.safeParse([{ from: '08:00', to: '06:00' }]).success).toBe(true)
})
