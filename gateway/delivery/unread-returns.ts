import { sql } from 'kysely'
import type { ConnectionId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'

/** What waits for a partner, in its box or to be brought. Milliseconds UTC, business time. */
export interface UnreadReturns {
  readonly count: number
  readonly oldest: number
}

/** By partner; one for whom nothing waits is not there. */
export async function unreadReturns(
  journal: Journal,
): Promise<ReadonlyMap<ConnectionId, UnreadReturns>> {
  const rows = await journal.read(
    journal.db
      .selectFrom('return_flows')
      .select(({ fn }) => [
        'connection_id',
        sql<number | string>`count(*)`.as('count'),
        fn.min('created_at').as('oldest'),
      ])
      .where('state', 'in', ['OFFERED', 'SENDING'])
      .groupBy('connection_id'),
  )
  return new Map(
    rows.map((row) => [row.connection_id, { count: Number(row.count), oldest: row.oldest }]),
  )
}
