import type { Clock } from '../clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'

/** How a session ended that a dying gateway took with it. */
export const LOST = 'lost: the gateway ended without closing it'

/** Below the rows that one message may change. */
const ROWS_PER_WRITE = 1_000

/** Ends, in the journal, the sessions that a process which died has left open there. */
export async function closeLostSessions(options: {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
}): Promise<void> {
  const { journal, clock, log } = options
  const some = journal.db
    .selectFrom('sessions')
    .select('id')
    .where('ended_at', 'is', null)
    .limit(ROWS_PER_WRITE)
  let sessions = 0
  for (;;) {
    const result = await journal.write([
      {
        query: journal.db
          .updateTable('sessions')
          .set({ ended_at: clock.now(), outcome: LOST })
          .where('id', 'in', some),
      },
    ])
    const changed = result.committed ? (result.results[0]?.changed ?? 0) : 0
    sessions += changed
    if (changed < ROWS_PER_WRITE) break
  }
  if (sessions > 0) log.warn({ sessions }, 'sessions of a gateway that ended abruptly closed')
}
