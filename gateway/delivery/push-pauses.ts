import type { ConnectionId } from '../flow.ts'
import type { WriteStatement } from '../journal/journal.ts'
import type { PushJournal } from './push-claims.ts'

/** Has all return flows of a partner wait, whatever each of them is due for. */
export function pausePartner(
  { db }: PushJournal,
  pause: {
    readonly connectionId: ConnectionId
    readonly until: number
    readonly reason: string
    readonly now: number
  },
): WriteStatement {
  const { connectionId, until, reason, now } = pause
  return {
    query: db
      .insertInto('delivery_pauses')
      .values({ connection_id: connectionId, until, reason, set_at: now })
      .onConflict((conflict) =>
        conflict.column('connection_id').doUpdateSet({ until, reason, set_at: now }),
      ),
  }
}

/** Somebody wants a partner called now: that it did not answer last time counts no more. */
export function endPause({ db }: PushJournal, connectionId: ConnectionId): WriteStatement {
  return {
    query: db
      .deleteFrom('delivery_pauses')
      .where('connection_id', '=', connectionId)
      .where('reason', '=', 'unreachable'),
  }
}
