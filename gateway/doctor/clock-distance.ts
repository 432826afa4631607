import { found, type Diagnosis } from './diagnosis.ts'

/** Processes of one gateway are to be within a few seconds of each other (docs/operations.md). */
const MOST_MILLISECONDS = 5_000

/**
 * What is wrong with our clock by another one.
 * @param theirs, ours milliseconds UTC, taken at the same moment
 */
export function clockDistance(whose: string, theirs: number, ours: number): Diagnosis[] {
  const distance = ours - theirs
  if (Math.abs(distance) <= MOST_MILLISECONDS) return []
  const seconds = Math.round(Math.abs(distance) / 1_000)
  return [
    found('clock-off', {
      en: `${seconds} s ${distance > 0 ? 'ahead of' : 'behind'} ${whose}`,
      fr: `${seconds} s ${distance > 0 ? 'd’avance sur' : 'de retard sur'} ${whose}`,
    }),
  ]
}
