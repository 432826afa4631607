import type { Connection } from '../connections/connection.ts'
import type { Journal } from '../journal/journal.ts'
import type { ClaimedReturn } from './push-claims.ts'

/**
 * What the listener kept of the flow that a return flow answers; read only for partners whose route
 * is given back (`pesit.routing: relay`).
 */
export async function answeredEvidence(
  journal: Pick<Journal, 'db' | 'read'>,
  { flow_id: flowId }: Pick<ClaimedReturn, 'flow_id'>,
  { overrides }: Pick<Connection, 'overrides'>,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (flowId === null || overrides.pesit?.routing !== 'relay') return undefined
  const [flow] = await journal.read(
    journal.db.selectFrom('flows').select('evidence_json').where('id', '=', flowId),
  )
  return flow === undefined ? undefined : (JSON.parse(flow.evidence_json) as Record<string, string>)
}
