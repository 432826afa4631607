import { sql, type RawBuilder } from 'kysely'
import { parisWallClock } from '../paris-days.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/**
 * SQL of the day in Paris of a column of instants, as the midnight of that day written as if it
 * were UTC (milliseconds). Right for instants from `since` to `until`, both whole milliseconds UTC.
 */
export function parisDayOf(column: string, since: number, until: number): RawBuilder<number> {
  const at = sql.ref(column)
  let shown = sql<number>`${at} + ${sql.lit(offsetAt(since))}`
  for (const { from, offset } of changesOf(since, until)) {
    shown = sql<number>`case when ${at} >= ${sql.lit(from)} then ${at} + ${sql.lit(offset)} else ${shown} end`
  }
  return sql<number>`(${shown}) / ${sql.lit(DAY)} * ${sql.lit(DAY)}`
}

/** When clocks change in Paris, oldest first, and by how much they are ahead of UTC from then on. */
function changesOf(since: number, until: number) {
  const changes: { readonly from: number; readonly offset: number }[] = []
  let start = since - (since % HOUR)
  while (start < until) {
    const end = start + 7 * DAY
    if (offsetAt(end) !== offsetAt(start)) {
      let from = start
      while (offsetAt(from) === offsetAt(start)) from += HOUR
      changes.push({ from, offset: offsetAt(from) })
    }
    start = end
  }
  return changes
}

function offsetAt(instant: number): number {
  return parisWallClock(instant) - Math.floor(instant / 1_000) * 1_000
}
