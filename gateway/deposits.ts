import type { Deposits } from '../protocols/listener.ts'
import type { Clock } from './clock.ts'
import type { ConnectionId } from './flow.ts'
import type { Journal } from './journal/journal.ts'

export interface DepositsOptions {
  readonly journal: Journal
  readonly clock: Clock
  /** Setting intake.showDepositsSeconds; 0 shows none. */
  readonly showSeconds: number
}

/** A box with more entries than this shows the newest: listings are made in memory. */
const MAX_LISTED = 10_000

/** What a partner sees of its accepted flows, for a while, in its deposit box. */
export function createDeposits(options: DepositsOptions): Deposits {
  const { journal, clock } = options

  function recent(connectionId: ConnectionId) {
    return journal.db
      .selectFrom('flows')
      .select(['file_name as name', 'bytes', 'received_at as receivedAt'])
      .where('connection_id', '=', connectionId)
      .where('received_at', '>', clock.now() - options.showSeconds * 1_000)
  }

  return {
    list: (connectionId) =>
      journal.read(
        recent(connectionId).orderBy('received_at', 'desc').orderBy('id', 'desc').limit(MAX_LISTED),
      ),

    async find(connectionId, name) {
      const [deposit] = await journal.read(recent(connectionId).where('file_name', '=', name))
      return deposit
    },
  }
}
