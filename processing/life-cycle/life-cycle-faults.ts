import type { Faults } from '../../gateway/faults.ts'
import type { ConnectionId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { LifeCycleDocument } from '../returns/told-status.ts'
import type { WaitingItem } from './waiting-items.ts'

/** A life-cycle flow that is about to be written. */
interface FlowToBe {
  readonly connectionId: ConnectionId
  readonly code: string
  /** What it tells, in its order. */
  readonly items: readonly WaitingItem[]
}

/**
 * Asks for a fault on a life-cycle flow, of FEN1200A only: FEN1201A tells by names. The hit is told to
 * the flow whose invoice comes last. Whatever it does is done to the document: what the journal says
 * of the invoices stays true.
 */
export async function meetLifeCycleFault(
  { faults, journal }: { readonly faults: Faults; readonly journal: Journal },
  { connectionId, code, items }: FlowToBe,
): Promise<Pick<LifeCycleDocument, 'lastStatus'>> {
  const last = items.at(-1)
  if (code !== 'FEN1200A' || last === undefined) return {}
  const [connection] = await journal.read(
    journal.db.selectFrom('connections').select('protocol').where('id', '=', connectionId),
  )
  if (connection === undefined) return {}
  const action = faults.at('life-cycle', {
    protocol: connection.protocol,
    connectionId,
    interfaceCode: code,
    flowId: last.flow_id,
  })
  if (action?.kind !== 'answer' || action.name !== 'unknown-status') return {}
  return { lastStatus: unknownStatus(action.value) }
}

/** What `IdStatut` can hold, of what was asked for. */
export function unknownStatus(asked = ''): string {
  return asked.replaceAll(/[^\w]/g, '') || '99'
}
