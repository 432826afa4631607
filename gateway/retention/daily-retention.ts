import type { Clock } from '../clock.ts'
import { Housekeeping } from '../housekeeping.ts'
import type { ClockControl } from '../journaled-clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { Retention } from './retention.ts'

const FACT = 'retention-last'
const DAY_MILLISECONDS = 86_400_000
const HOUR_MILLISECONDS = 3_600_000
const LOOK_SECONDS = 10
/** Business time further than this from the system's is that of a test. */
const MOVED_MILLISECONDS = 60_000

export interface DailyRetentionOptions {
  readonly retention: Retention
  readonly journal: Journal
  readonly clock: Clock
  /** How far business time is moved away from the system's. */
  readonly clockControl: Pick<ClockControl, 'offsetMilliseconds'>
  readonly log: Logger
  /** Contents that need not wait for their age (`payloads.keep`): then it runs every hour. */
  readonly isHourly: boolean
}

/**
 * Runs the retention by business time, in one of the processes; on its own, for it may take long. While
 * business time is moved it does not, and says so once: what goes does not come back with the time.
 */
export function startDailyRetention(options: DailyRetentionOptions): { stop(): Promise<void> } {
  const ending = new AbortController()
  const { clockControl, log } = options
  const housekeeping = new Housekeeping(log)
  let isTold = false
  housekeeping.start([
    {
      name: 'what is past its time',
      everySeconds: LOOK_SECONDS,
      run: () => {
        if (isMoved(clockControl) && !isTold) {
          const { offsetMilliseconds } = clockControl
          log.info({ offsetMilliseconds }, 'the clock is moved: retention runs by hand only')
        }
        isTold = isMoved(clockControl)
        return runWhenDue(options, ending.signal)
      },
    },
  ])
  return {
    async stop() {
      ending.abort()
      await housekeeping.stop()
    },
  }
}

/**
 * Runs it when its time has come, for the first time a day after the first start, and no other process has begun: whoever writes the time of the run
 * first does it. One that dies in the middle leaves the rest to the next run.
 * @returns how many things were removed; none while business time is moved
 */
export async function runWhenDue(
  options: Omit<DailyRetentionOptions, 'log'>,
  signal?: AbortSignal,
): Promise<number> {
  const { retention, journal, clock, clockControl, isHourly } = options
  if (isMoved(clockControl)) return 0
  const { db } = journal
  const [fact] = await journal.read(db.selectFrom('facts').select('value').where('name', '=', FACT))
  const now = clock.now()
  const since = now - Number(fact?.value ?? now)
  // A clock that was set back must not put it off.
  if (fact !== undefined && since >= 0 && since < (isHourly ? HOUR_MILLISECONDS : DAY_MILLISECONDS))
    return 0
  const claimed = await journal.write([
    fact === undefined
      ? {
          query: db.insertInto('facts').values({ name: FACT, value: String(now) }),
          expectRows: 1,
        }
      : {
          query: db
            .updateTable('facts')
            .set({ value: String(now) })
            .where('name', '=', FACT)
            .where('value', '=', fact.value),
          expectRows: 1,
        },
  ])
  if (!claimed.committed || fact === undefined) return 0
  const { kinds } = await retention.run(undefined, signal)
  return kinds.reduce((sum, { count }) => sum + count, 0)
}

function isMoved({ offsetMilliseconds }: DailyRetentionOptions['clockControl']): boolean {
  return Math.abs(offsetMilliseconds) > MOVED_MILLISECONDS
}
