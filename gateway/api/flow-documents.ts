import { FLOW_STATES } from '../flow-states.ts'
import type { Finding, FlowDocument, FlowId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { FlowsTable } from '../journal/schema.ts'
import type { Selectable } from 'kysely'

/** Which flows; every criterion given must hold. */
export interface FlowCriteria {
  /** Full id, unique prefix of one, or the sender's 25-character identifier. */
  readonly id?: string
  readonly state?: string
  readonly connectionId?: string
  readonly interfaceCode?: string
  /** Received at or after, business time in milliseconds UTC. */
  readonly since?: number
  /** Only flows older than this one: where the last page ended. */
  readonly before?: string
  readonly limit: number
}

/** Findings of one flow that its document carries at most; the report has them all. */
const MAX_FINDINGS = 1_000

/** Flow documents from the journal, newest first. */
export async function readFlowDocuments(
  journal: Journal,
  criteria: FlowCriteria,
): Promise<FlowDocument[]> {
  let query = journal.db.selectFrom('flows').selectAll().orderBy('id', 'desc').limit(criteria.limit)
  const { id, state, connectionId, interfaceCode, since, before } = criteria
  if (id !== undefined) {
    query = query.where((where) =>
      where.or([
        where('flow_identifier', '=', id),
        where.and([where('id', '>=', id as FlowId), where('id', '<', `${id}~` as FlowId)]),
      ]),
    )
  }
  if (state !== undefined) query = query.where('state', 'in', statesNamed(state))
  if (connectionId !== undefined)
    query = query.where('connection_id', '=', connectionId as FlowsTable['connection_id'])
  if (interfaceCode !== undefined) query = query.where('interface_code', '=', interfaceCode)
  if (since !== undefined) query = query.where('received_at', '>=', since)
  if (before !== undefined) query = query.where('id', '<', before as FlowId)
  const flows = await journal.read(query)
  if (flows.length === 0) return []
  const ids = flows.map((flow) => flow.id)
  const [events, returns, invoices] = await Promise.all([
    journal.read(
      journal.db.selectFrom('flow_events').selectAll().where('flow_id', 'in', ids).orderBy('id'),
    ),
    journal.read(
      journal.db
        .selectFrom('return_flows')
        .selectAll()
        .where('flow_id', 'in', ids)
        .orderBy('created_at'),
    ),
    journal.read(
      journal.db
        .selectFrom('invoices')
        .select(['flow_id', 'findings_json'])
        .where('flow_id', 'in', ids)
        .where('findings_json', '<>', '[]')
        .orderBy('flow_id')
        .orderBy('ordinal')
        .limit(MAX_FINDINGS * ids.length),
    ),
  ])
  return flows.map((flow) => ({
    ...documentHead(flow),
    findings: [
      ...(JSON.parse(flow.findings_json) as Finding[]),
      ...(FLOW_STATES[flow.state].isFinal
        ? invoices
            .filter((invoice) => invoice.flow_id === flow.id)
            .flatMap((invoice) => JSON.parse(invoice.findings_json) as Finding[])
        : []),
    ].slice(0, MAX_FINDINGS),
    timeline: events
      .filter((event) => event.flow_id === flow.id)
      .map((event) => ({
        at: new Date(event.at).toISOString(),
        stage: event.stage,
        outcome: event.outcome,
        ms: event.milliseconds,
      })),
    returns: returns
      .filter((row) => row.flow_id === flow.id)
      .map((row) => ({
        name: row.file_name,
        state: row.state,
        attempts: row.attempts,
        deliveredAt: row.delivered_at === null ? null : new Date(row.delivered_at).toISOString(),
        retrieved: row.state === 'DELIVERED',
      })),
    refusal: null,
  }))
}

function documentHead(
  flow: Selectable<FlowsTable>,
): Omit<FlowDocument, 'findings' | 'timeline' | 'returns' | 'refusal'> {
  const isFinal = FLOW_STATES[flow.state].isFinal
  return {
    id: flow.id,
    number: flow.flow_identifier,
    state: flow.state,
    stateLabel: FLOW_STATES[flow.state].label,
    protocol: flow.protocol,
    interfaceCode: flow.interface_code,
    applicationCode: flow.application_code,
    mode: flow.mode,
    connectionId: flow.connection_id,
    receivedAt: new Date(flow.received_at).toISOString(),
    finishedAt: flow.finished_at === null ? null : new Date(flow.finished_at).toISOString(),
    file: { name: flow.file_name, size: flow.bytes, sha256: flow.sha256 },
    invoices: {
      total: flow.total,
      integrated: isFinal ? flow.integrated : 0,
      // In Complete mode one bad invoice has all the others refused with it.
      refused: isFinal ? flow.total - flow.integrated : 0,
      incorrect: isFinal ? flow.refused : 0,
    },
  }
}

/** States by code (`IN_REJETE`) or label in either language (`rejected`, `Rejeté`). */
function statesNamed(text: string): (keyof typeof FLOW_STATES)[] {
  const wanted = text.toLowerCase()
  return (Object.keys(FLOW_STATES) as (keyof typeof FLOW_STATES)[]).filter((state) =>
    [state, FLOW_STATES[state].label.en, FLOW_STATES[state].label.fr].some(
      (name) => name.toLowerCase() === wanted,
    ),
  )
}
