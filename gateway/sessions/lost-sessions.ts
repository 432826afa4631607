import type { ExpressionBuilder } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { JournalSchema } from '../journal/schema.ts'
import type { Logger } from '../logger.ts'

/** How a session ended that a dying gateway took with it. */
export const LOST = 'lost: the gateway ended without closing it'

/** Below the rows that one message may change. */
const ROWS_PER_WRITE = 1_000

interface Ground {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
}

/** Ends every session that is open in a journal which one process alone has. */
export function closeAllSessions(ground: Ground): Promise<number> {
  return close(ground, (where) => where.lit(true))
}

/**
 * Ends, in a journal that several processes share, the sessions of those that have no row any more.
 * One that lives all the same (it was cut off for long) says what becomes of its sessions, and that
 * is the last word.
 */
export function closeSessionsOfTheDead(ground: Ground): Promise<number> {
  return close(ground, (where) =>
    where.and([
      where('process_id', 'is not', null),
      where.not(
        where.exists(
          where
            .selectFrom('processes')
            .select('processes.id')
            .whereRef('processes.id', '=', 'sessions.process_id'),
        ),
      ),
    ]),
  )
}

/** @returns how many there were */
async function close(
  { journal, clock, log }: Ground,
  areLost: (
    builder: ExpressionBuilder<JournalSchema, 'sessions'>,
  ) => ReturnType<ExpressionBuilder<JournalSchema, 'sessions'>['and']>,
): Promise<number> {
  const some = journal.db
    .selectFrom('sessions')
    .select('id')
    .where('ended_at', 'is', null)
    .where(areLost)
    .limit(ROWS_PER_WRITE)
  let sessions = 0
  for (;;) {
    const result = await journal.write([
      {
        query: journal.db
          .updateTable('sessions')
          .set({ ended_at: clock.now(), outcome: LOST, doing_json: null })
          .where('id', 'in', some),
      },
    ])
    const changed = result.committed ? (result.results[0]?.changed ?? 0) : 0
    sessions += changed
    if (changed < ROWS_PER_WRITE) break
  }
  if (sessions > 0) log.warn({ sessions }, 'sessions of a gateway that ended abruptly closed')
  return sessions
}
