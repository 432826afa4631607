import type { Selectable } from 'kysely'
import type { ReturnFlow } from '../flow.ts'
import type { ReturnFlowsTable } from '../journal/delivery-tables.ts'

/** A return flow as every part knows it, from its row in the outbox. */
export function returnFlowOf(row: Selectable<ReturnFlowsTable>): ReturnFlow {
  return {
    id: row.id,
    connectionId: row.connection_id,
    ...(row.flow_id === null ? {} : { flowId: row.flow_id }),
    kind: row.kind,
    interfaceCode: row.interface_code,
    fileName: row.file_name,
    content: { sha256: row.sha256, bytes: row.bytes },
    createdAt: row.created_at,
    availableUntil: row.available_until,
    state: row.state,
  }
}
