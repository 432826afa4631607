/**
 * Days as the portal's: from midnight to midnight in Europe/Paris. A day is written `YYYY-MM-DD`,
 * an instant is milliseconds UTC.
 */

const PARIS = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Paris',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** The day it is in Paris at an instant. */
export function dayInParis(instant: number): string {
  return new Date(parisWallClock(instant)).toISOString().slice(0, 10)
}

/** Its first instant. */
export function startOfDayInParis(day: string): number {
  return parisInstant(Date.parse(`${day}T00:00:00Z`))
}

/** The first instant of the next day: what ends with `day` is over from then on. */
export function endOfDayInParis(day: string): number {
  return startOfDayInParis(dayAfter(day))
}

/** The next time it is `hour`:00 on a later day than that of `instant`. */
export function nextDayInParis(instant: number, hour: number): number {
  const day = dayAfter(dayInParis(instant))
  return parisInstant(Date.parse(`${day}T00:00:00Z`) + hour * 3_600_000)
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}

/** The instant at which clocks in Paris show `shown`, itself written as if it were UTC. */
function parisInstant(shown: number): number {
  // The offset near that instant: midnight and 06:00 are never within the hour that changes.
  const guess = shown - (parisWallClock(shown) - shown)
  return shown - (parisWallClock(guess) - guess)
}

/** What clocks in Paris show, to the second, as if it were UTC. */
export function parisWallClock(instant: number): number {
  const parts = new Map(PARIS.formatToParts(instant).map(({ type, value }) => [type, value]))
  const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name))
  const [year, month, day] = [part('year'), part('month') - 1, part('day')]
  return Date.UTC(year, month, day, part('hour'), part('minute'), part('second'))
}
