import { EPOCH_MARK, parseInboundName } from '../config/flow-name.ts'
import type { Deposits } from '../protocols/listener.ts'
import type { Clock } from './clock.ts'
import type { ConnectionId } from './flow.ts'
import { compileOnce } from './journal/compiled-query.ts'
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

  const columns = ['file_name as name', 'bytes', 'received_at as receivedAt'] as const
  const earliest = (): number => clock.now() - options.showSeconds * 1_000
  // By the unique identifier, for every client asks about a name before it puts a file: a search
  // among the flows of the connection would cost more with each flow.
  const findCompiled = compileOnce(
    journal.db
      .selectFrom('flows')
      .select(columns)
      .where('flow_identifier', '=', '')
      .where('connection_id', '=', 'cnx_')
      .where('file_name', '=', '')
      .where('received_at', '>', 0),
  )

  return {
    list: (connectionId: ConnectionId) =>
      journal.read(
        journal.db
          .selectFrom('flows')
          .select(columns)
          .where('connection_id', '=', connectionId)
          .where('received_at', '>', earliest())
          .where('replay_of', 'is', null)
          .where('flow_identifier', 'not like', `%${EPOCH_MARK}%`)
          .orderBy('received_at', 'desc')
          .orderBy('id', 'desc')
          .limit(MAX_LISTED),
      ),

    async find(connectionId, name) {
      const parsed = parseInboundName(name)
      if ('fault' in parsed) return undefined // no flow has such a name
      const { flowIdentifier } = parsed.name
      const [deposit] = await journal.read(
        findCompiled([flowIdentifier, connectionId, name, earliest()]),
      )
      return deposit
    },
  }
}
