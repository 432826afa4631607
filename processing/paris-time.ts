import { parisWallClock } from '../gateway/paris-days.ts'

/** A date as the platform writes it, with the offset of Paris that day: `2026-11-22T09:15:04+01:00`. */
export function parisDateTime(instant: number): string {
  const shown = parisWallClock(instant)
  const offsetMinutes = (shown - Math.floor(instant / 1_000) * 1_000) / 60_000
  const two = (value: number): string => String(value).padStart(2, '0')
  const sign = offsetMinutes < 0 ? '-' : '+'
  const size = Math.abs(offsetMinutes)
  const wallClock = new Date(shown).toISOString().slice(0, 19)
  return `${wallClock}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`
}
