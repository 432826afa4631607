import type { Selectable } from 'kysely'
import type {
  BilingualText,
  ConnectionId,
  DeliveryDocument,
  FlowId,
  Proof,
  ReturnFlowId,
} from '../flow.ts'
import type { DeliveriesTable, ReturnFlowsTable } from '../journal/delivery-tables.ts'
import type { Journal } from '../journal/journal.ts'
import { isOneOf } from '../journal/text-list.ts'
import { RETURN_STATES } from './return-states.ts'

/** A return flow as API and commands show it. */
export interface ReturnDocument {
  readonly id: ReturnFlowId
  readonly name: string
  readonly kind: ReturnFlowsTable['kind']
  readonly interfaceCode: string
  readonly connectionId: ConnectionId
  readonly applicationCode: string | null
  /** The flow it answers. */
  readonly flowId: FlowId | null
  readonly state: ReturnFlowsTable['state']
  readonly stateLabel: BilingualText
  /** What an operator may do with it now. */
  readonly moves: readonly string[]
  readonly size: number
  readonly sha256: string
  /** When its content was past its time (gateway/retention); null: it is kept. */
  readonly contentRemovedAt: string | null
  readonly createdAt: string
  readonly availableUntil: string
  readonly deliveredAt: string | null
  readonly attempts: number
  /** Of a partner that is called. */
  readonly nextAttemptAt: string | null
  /** Why all return flows of the partner wait, and until when. */
  readonly waits: { readonly reason: string; readonly until: string } | null
  readonly deliveries: readonly DeliveryDocument[]
}

export interface ReturnCriteria {
  /** Structures whose return flows there are to see; undefined = all. */
  readonly sirets?: readonly string[] | undefined
  /** Full id, a unique start of it, or the name without or with its extension. */
  readonly id?: string
  readonly states?: readonly ReturnFlowsTable['state'][]
  readonly kind?: ReturnFlowsTable['kind']
  /** Id of a connection, or its application code. */
  readonly connection?: string
  /** Issued at or after, business time in milliseconds UTC. */
  readonly since?: number
  /** Only those older than this one: where the last page ended. */
  readonly before?: string
  readonly limit: number
}

/** Return flows that match, newest first, each with its attempts. */
export async function readReturnDocuments(
  journal: Journal,
  criteria: ReturnCriteria,
): Promise<ReturnDocument[]> {
  const rows = await journal.read(
    selectReturns(journal, criteria)
      .leftJoin('connections', 'connections.id', 'return_flows.connection_id')
      .leftJoin('delivery_pauses', 'delivery_pauses.connection_id', 'return_flows.connection_id')
      .selectAll('return_flows')
      .select([
        'connections.application_code',
        'delivery_pauses.until as pause_until',
        'delivery_pauses.reason as pause_reason',
      ])
      .orderBy('return_flows.id', 'desc')
      .limit(criteria.limit),
  )
  const deliveries = await readDeliveries(
    journal,
    rows.map(({ id }) => id),
  )
  const now = Date.now()
  return rows.map((row) => ({
    id: row.id,
    name: row.file_name,
    kind: row.kind,
    interfaceCode: row.interface_code,
    connectionId: row.connection_id,
    applicationCode: row.application_code,
    flowId: row.flow_id,
    state: row.state,
    stateLabel: RETURN_STATES[row.state].label,
    // Past its time there is nothing left to send.
    moves: row.payload_removed_at === null ? RETURN_STATES[row.state].moves : [],
    size: row.bytes,
    sha256: row.sha256,
    contentRemovedAt: timeOf(row.payload_removed_at),
    createdAt: new Date(row.created_at).toISOString(),
    availableUntil: new Date(row.available_until).toISOString(),
    deliveredAt: timeOf(row.delivered_at),
    attempts: row.attempts,
    nextAttemptAt: row.state === 'OFFERED' ? timeOf(row.next_attempt_at) : null,
    waits:
      row.state === 'OFFERED' &&
      row.next_attempt_at !== null &&
      row.pause_until !== null &&
      row.pause_until > now
        ? { reason: row.pause_reason ?? '', until: new Date(row.pause_until).toISOString() }
        : null,
    deliveries: deliveries.get(row.id) ?? [],
  }))
}

/** Attempts of return flows, by their ids, in order. */
export async function readDeliveries(
  journal: Journal,
  ids: readonly ReturnFlowId[],
): Promise<ReadonlyMap<ReturnFlowId, readonly DeliveryDocument[]>> {
  if (ids.length === 0) return new Map()
  const rows = await journal.read(
    journal.db
      .selectFrom('deliveries')
      .selectAll()
      .where('return_flow_id', 'in', ids)
      .orderBy('return_flow_id')
      .orderBy('attempt'),
  )
  const byFlow = Map.groupBy(rows, (row) => row.return_flow_id)
  return new Map([...byFlow].map(([id, of]) => [id, of.map(deliveryDocument)]))
}

/** The structure of the newest that matches; null = of none, undefined = there is no such. */
export async function siretOfReturn(
  journal: Journal,
  criteria: Omit<ReturnCriteria, 'limit'>,
): Promise<string | null | undefined> {
  const [row] = await journal.read(
    selectReturns(journal, criteria)
      .leftJoin('connections', 'connections.id', 'return_flows.connection_id')
      .select('connections.siret')
      .orderBy('return_flows.id', 'desc')
      .limit(1),
  )
  return row?.siret
}

function selectReturns(journal: Journal, criteria: Omit<ReturnCriteria, 'limit'>) {
  const { id, states, kind, connection, since, before, sirets } = criteria
  const { db } = journal
  let query = db.selectFrom('return_flows')
  if (sirets !== undefined) {
    query = query.where(
      'return_flows.connection_id',
      'in',
      db
        .selectFrom('connections')
        .select('id')
        .where((where) => isOneOf(journal, where.ref('siret'), sirets)),
    )
  }
  if (id?.startsWith('ret_') === true) {
    query = query
      .where('return_flows.id', '>=', id as ReturnFlowId)
      .where('return_flows.id', '<', `${id}~` as ReturnFlowId)
  } else if (id !== undefined) {
    query = query.where('return_flows.file_name', 'in', [id, `${id}.tar.gz`, `${id}.xml`])
  }
  if (states !== undefined) query = query.where('return_flows.state', 'in', states)
  if (kind !== undefined) query = query.where('return_flows.kind', '=', kind)
  if (connection?.startsWith('cnx_') === true) {
    query = query.where('return_flows.connection_id', '=', connection as ConnectionId)
  } else if (connection !== undefined) {
    query = query.where(
      'return_flows.connection_id',
      'in',
      db.selectFrom('connections').select('id').where('application_code', '=', connection),
    )
  }
  if (since !== undefined) query = query.where('return_flows.created_at', '>=', since)
  if (before !== undefined) query = query.where('return_flows.id', '<', before as ReturnFlowId)
  return query
}

function deliveryDocument(row: Selectable<DeliveriesTable>): DeliveryDocument {
  const proof = JSON.parse(row.proof_json) as Partial<Proof>
  return {
    attempt: row.attempt,
    at: new Date(row.at).toISOString(),
    endedAt: timeOf(row.ended_at),
    outcome: row.outcome,
    proof:
      proof.kind === undefined
        ? null
        : {
            kind: proof.kind,
            at: new Date(proof.at ?? row.at).toISOString(),
            evidence: proof.evidence ?? {},
          },
    failure:
      row.failure_json === null
        ? null
        : (JSON.parse(row.failure_json) as DeliveryDocument['failure']),
  }
}

const timeOf = (time: number | null): string | null =>
  time === null ? null : new Date(time).toISOString()
