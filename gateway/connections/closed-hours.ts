import { z } from 'zod'
import { parisWallClock } from '../paris-days.ts'

/** As `Date` counts them. */
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM')

/** When a partner is not called: hours of Paris, business time; a range may go past midnight. */
export const closedHoursSchema = z
  .array(
    z.strictObject({
      /** On which days the range begins; absent = on all. */
      days: z.array(z.enum(DAYS)).min(1).max(7).exactOptional(),
      from: timeOfDay,
      /** The first minute after it; the same as `from` = a whole day. */
      to: timeOfDay,
    }),
  )
  .max(20)

export type ClosedHours = Readonly<z.output<typeof closedHoursSchema>>

const DAY_MINUTES = 1_440

/** Whether it is closed at an instant, milliseconds UTC. */
export function isClosedAt(hours: ClosedHours, instant: number): boolean {
  const shown = new Date(parisWallClock(instant))
  const minute = shown.getUTCHours() * 60 + shown.getUTCMinutes()
  return hours.some(({ days, from, to }) => {
    const start = minutesOf(from)
    const length = (minutesOf(to) - start + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES
    const isDay = (index: number): boolean => days === undefined || days.includes(DAYS[index]!)
    const today = shown.getUTCDay()
    const beganToday = minute >= start && minute < start + length && isDay(today)
    const beganYesterday =
      minute + DAY_MINUTES < start + length && isDay((today + DAYS.length - 1) % DAYS.length)
    return beganToday || beganYesterday
  })
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}
