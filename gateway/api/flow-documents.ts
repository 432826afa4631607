import { readDeliveries } from '../delivery/return-documents.ts'
import { FLOW_STATES, type FlowState } from '../flow-states.ts'
import type { ConnectionId, Finding, FlowDocument, FlowId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { isOneOf } from '../journal/text-list.ts'
import { readFaultMarks } from './flow-fault-marks.ts'
import type { FlowsTable } from '../journal/schema.ts'
import type { Selectable } from 'kysely'

/** Which flows; every criterion given must hold. */
export interface FlowCriteria {
  /** Structures whose flows there are to see; undefined = all. */
  readonly sirets?: readonly string[] | undefined
  /** Full id, unique prefix of one, or the sender's 25-character identifier. */
  readonly id?: string
  readonly states?: readonly FlowState[]
  /** Id of a connection, or its application code. */
  readonly connection?: string
  readonly interfaceCode?: string
  /** Received at or after, business time in milliseconds UTC. */
  readonly since?: number
  /** Only flows older than this one: where the last page ended. */
  readonly before?: string
  readonly limit: number
  /** Findings that each document carries at most; the report has them all. */
  readonly maxFindings: number
}

/** Flow documents from the journal, newest first. */
export async function readFlowDocuments(
  journal: Journal,
  criteria: FlowCriteria,
): Promise<FlowDocument[]> {
  const { maxFindings } = criteria
  const flows = await journal.read(
    selectFlows(journal, criteria).selectAll().orderBy('id', 'desc').limit(criteria.limit),
  )
  if (flows.length === 0) return []
  const ids = flows.map((flow) => flow.id)
  const [events, faultMarks, returns, invoiceFindings, replays] = await Promise.all([
    journal.read(
      journal.db.selectFrom('flow_events').selectAll().where('flow_id', 'in', ids).orderBy('id'),
    ),
    readFaultMarks(journal, flows),
    journal.read(
      journal.db
        .selectFrom('return_flows')
        .selectAll()
        .where('flow_id', 'in', ids)
        .orderBy('created_at'),
    ),
    readInvoiceFindings(journal, flows, maxFindings),
    journal.read(
      journal.db
        .selectFrom('flows')
        .select(['id', 'replay_of'])
        .where('replay_of', 'in', ids)
        .orderBy('id'),
    ),
  ])
  const deliveries = await readDeliveries(
    journal,
    returns.map(({ id }) => id),
  )
  return flows.map((flow) => ({
    ...documentHead(flow),
    findings: [
      ...(JSON.parse(flow.findings_json) as Finding[]),
      ...(invoiceFindings.get(flow.id) ?? []),
    ].slice(0, maxFindings),
    timeline: [
      ...events.filter((event) => event.flow_id === flow.id),
      ...(faultMarks.get(flow.id) ?? []),
    ]
      .sort((one, other) => one.at - other.at)
      .map((event) => ({
        at: new Date(event.at).toISOString(),
        stage: event.stage,
        outcome: event.outcome,
        ms: event.milliseconds,
      })),
    returns: returns
      .filter((row) => row.flow_id === flow.id)
      .map((row) => ({
        id: row.id,
        name: row.file_name,
        state: row.state,
        attempts: row.attempts,
        nextAttemptAt:
          row.state === 'OFFERED' && row.next_attempt_at !== null
            ? new Date(row.next_attempt_at).toISOString()
            : null,
        deliveredAt: row.delivered_at === null ? null : new Date(row.delivered_at).toISOString(),
        retrieved: row.state === 'DELIVERED',
        lastAttempt: deliveries.get(row.id)?.at(-1) ?? null,
      })),
    whatIfs: whatIfsOf(
      events.findLast((event) => event.flow_id === flow.id && event.stage === 'decision'),
    ),
    replayOf: flow.replay_of,
    replays: replays.filter((replay) => replay.replay_of === flow.id).map(({ id }) => id),
    refusal: null,
  }))
}

/** As the decision recorded them. */
function whatIfsOf(
  decision: { readonly detail_json: string } | undefined,
): FlowDocument['whatIfs'] {
  if (decision === undefined) return []
  const { whatIfs } = JSON.parse(decision.detail_json) as Partial<Pick<FlowDocument, 'whatIfs'>>
  return whatIfs ?? []
}

/** The structure of the newest flow that matches; null = of none, undefined = there is no such. */
export async function siretOfFlow(
  journal: Journal,
  criteria: Omit<FlowCriteria, 'limit' | 'maxFindings'>,
): Promise<string | null | undefined> {
  const [row] = await journal.read(
    selectFlows(journal, criteria)
      .leftJoin('connections', 'connections.id', 'flows.connection_id')
      .select(['connections.siret'])
      .orderBy('flows.id', 'desc')
      .limit(1),
  )
  return row?.siret
}

function selectFlows(journal: Journal, criteria: Omit<FlowCriteria, 'limit' | 'maxFindings'>) {
  const { id, states, connection, interfaceCode, since, before, sirets } = criteria
  let query = journal.db.selectFrom('flows')
  if (sirets !== undefined) {
    query = query.where(
      'flows.connection_id',
      'in',
      journal.db
        .selectFrom('connections')
        .select('id')
        .where((where) => isOneOf(journal, where.ref('siret'), sirets)),
    )
  }
  if (id !== undefined) {
    query = query.where((where) =>
      where.or([
        where('flow_identifier', '=', id),
        where.and([
          where('flows.id', '>=', id as FlowId),
          where('flows.id', '<', `${id}~` as FlowId),
        ]),
      ]),
    )
  }
  if (states !== undefined) query = query.where('flows.state', 'in', states)
  if (connection?.startsWith('cnx_') === true)
    query = query.where('connection_id', '=', connection as ConnectionId)
  else if (connection !== undefined) query = query.where('flows.application_code', '=', connection)
  if (interfaceCode !== undefined) query = query.where('interface_code', '=', interfaceCode)
  if (since !== undefined) query = query.where('received_at', '>=', since)
  if (before !== undefined) query = query.where('flows.id', '<', before as FlowId)
  return query
}

/** Findings of the invoices of each flow; what is not decided yet shows none. */
async function readInvoiceFindings(
  journal: Journal,
  flows: readonly Selectable<FlowsTable>[],
  maxFindings: number,
): Promise<ReadonlyMap<FlowId, readonly Finding[]>> {
  const decided = flows.filter((flow) => FLOW_STATES[flow.state].isFinal)
  const findings = await Promise.all(
    decided.map(async ({ id }) => {
      // One read a flow: those of a flow with thousands must not leave the others without.
      const rows = await journal.read(
        journal.db
          .selectFrom('invoices')
          .select('findings_json')
          .where('flow_id', '=', id)
          .where('findings_json', '<>', '[]')
          .orderBy('ordinal')
          .limit(maxFindings),
      )
      return [id, rows.flatMap((row) => JSON.parse(row.findings_json) as Finding[])] as const
    }),
  )
  return new Map(findings)
}

function documentHead(
  flow: Selectable<FlowsTable>,
): Omit<
  FlowDocument,
  'findings' | 'timeline' | 'returns' | 'whatIfs' | 'replayOf' | 'replays' | 'refusal'
> {
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
    file: {
      name: flow.file_name,
      size: flow.bytes,
      sha256: flow.sha256,
      removedAt:
        flow.payload_removed_at === null ? null : new Date(flow.payload_removed_at).toISOString(),
    },
    invoices: {
      total: flow.total,
      integrated: isFinal ? flow.integrated : 0,
      // In Complete mode one bad invoice has all the others refused with it.
      refused: isFinal ? flow.total - flow.integrated : 0,
      incorrect: isFinal ? flow.refused : 0,
    },
  }
}
