import type { Selectable } from 'kysely'
import type { ConnectionId, ReturnFlow } from '../../gateway/flow.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type { ReturnItemsTable } from '../../gateway/journal/life-cycle-tables.ts'

export type WaitingItem = Pick<
  Selectable<ReturnItemsTable>,
  'flow_id' | 'ordinal' | 'sequence' | 'at'
>

/** What waits for the next return flow of a code to a connection, oldest first. */
export function readWaiting(
  journal: Journal,
  wanted: { readonly code: string; readonly connectionId: ConnectionId; readonly limit: number },
): Promise<WaitingItem[]> {
  return journal.read(
    journal.db
      .selectFrom('return_items')
      .select(['flow_id', 'ordinal', 'sequence', 'at'])
      .where('code', '=', wanted.code)
      .where('connection_id', '=', wanted.connectionId)
      .where('return_flow_id', 'is', null)
      .orderBy('at')
      .orderBy('flow_id')
      .orderBy('ordinal')
      .orderBy('sequence')
      .limit(wanted.limit),
  )
}

/**
 * The statements that mark items as carried by a return flow, one a flow they are of; each guarded,
 * so that no item is carried twice.
 */
export function carriedBy(
  journal: Journal,
  code: string,
  items: readonly WaitingItem[],
  returnFlow: Pick<ReturnFlow, 'id'>,
): WriteStatement[] {
  const bySequence = Map.groupBy(items, ({ flow_id, sequence }) => `${flow_id} ${sequence}`)
  return [...bySequence.values()].map((group) => ({
    query: journal.db
      .updateTable('return_items')
      .set({ return_flow_id: returnFlow.id })
      .where('code', '=', code)
      .where('flow_id', '=', group[0]!.flow_id)
      .where('sequence', '=', group[0]!.sequence)
      .where(
        'ordinal',
        'in',
        group.map(({ ordinal }) => ordinal),
      )
      .where('return_flow_id', 'is', null),
    expectRows: group.length,
  }))
}
