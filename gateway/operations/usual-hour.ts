import { dayInParis, parisWallClock, startOfDayInParis } from '../paris-days.ts'

const DAY = 86_400_000
/** After the usual time, before a partner is called silent. */
const GRACE_MILLISECONDS = 3_600_000
/** A partner is expected on a weekday on which it came in at least this many of the last four weeks. */
const MIN_SAME_WEEKDAYS = 3

/**
 * Whether a partner should have sent something by now, from its own history: it is expected today
 * when it came on three of the last four same weekdays, by the latest hour it came at on those, and
 * an hour more.
 * @param firsts first flow of each day in Paris, today first, four weeks at least; null = none
 * @returns since when it is silent, milliseconds UTC; null when it came or is not expected yet
 */
export function usualHourOf(
  firsts: readonly (number | null)[],
  now: number,
): { readonly silentSince: number | null } {
  if (typeof firsts[0] === 'number') return { silentSince: null }
  const same = [7, 14, 21, 28].flatMap((days) => firsts[days] ?? [])
  if (same.length < MIN_SAME_WEEKDAYS) return { silentSince: null }
  // Minutes of the clock on the wall: the hour is the same before and after it changes.
  const latest = Math.max(...same.map((at) => parisWallClock(at) % DAY))
  const expected = startOfDayInParis(dayInParis(now)) + latest
  return { silentSince: now >= expected + GRACE_MILLISECONDS ? expected : null }
}
