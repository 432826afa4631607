/** Dates as the platform writes them: Europe/Paris, with the offset that holds that day. */

const PARIS = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Paris',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** Wall-clock time in Paris at `instant` (milliseconds UTC), as if it were UTC, to the second. */
function parisWallClock(instant: number): number {
  const parts = new Map(PARIS.formatToParts(instant).map(({ type, value }) => [type, value]))
  const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name))
  return Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
}

function parisOffsetMilliseconds(instant: number): number {
  return parisWallClock(instant) - Math.floor(instant / 1_000) * 1_000
}

/** `2026-11-22T09:15:04+01:00` (xs:dateTime). */
export function parisDateTime(instant: number): string {
  const offsetMinutes = parisOffsetMilliseconds(instant) / 60_000
  const wallClock = new Date(parisWallClock(instant)).toISOString().slice(0, 19)
  const two = (value: number): string => String(value).padStart(2, '0')
  const sign = offsetMinutes < 0 ? '-' : '+'
  const size = Math.abs(offsetMinutes)
  return `${wallClock}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** The next time it is `hour`:00 in Paris on a later calendar day than `instant`'s. */
export function nextDayInParis(instant: number, hour: number): number {
  const day = new Date(parisWallClock(instant))
  const wanted = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1, hour)
  // The offset of the wanted day, not of today: they differ on two nights of the year.
  return wanted - parisOffsetMilliseconds(wanted - parisOffsetMilliseconds(instant))
}
