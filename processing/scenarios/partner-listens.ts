import type { ConnectionId } from '../../gateway/flow.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'

/** Our own partner side is there now: what waits for it until later is brought at once. */
export function partnerListens({ db }: Journal, id: ConnectionId): WriteStatement[] {
  return [
    { query: db.deleteFrom('delivery_pauses').where('connection_id', '=', id) },
    {
      query: db
        .updateTable('return_flows')
        .set({ next_attempt_at: Date.now() })
        .where('connection_id', '=', id)
        .where('state', '=', 'OFFERED')
        .where('next_attempt_at', 'is not', null)
        // A fault asked for that wait.
        .where((row) =>
          row.or([row('offered_from', 'is', null), row('offered_from', '<=', Date.now())]),
        ),
      announce: 'returns',
    },
  ]
}
