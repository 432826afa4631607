import type { Expression, ExpressionBuilder, Selectable, SqlBool } from 'kysely'
import type { ConnectionId, FlowId } from '../../gateway/flow.ts'
import { FLOW_STATES } from '../../gateway/flow-states.ts'
import { idsFrom } from '../../gateway/ids.ts'
import type { FlowsTable, JournalSchema } from '../../gateway/journal/schema.ts'
import type { ReturnFlowsTable } from '../../gateway/journal/delivery-tables.ts'
import type { Scene } from './scene.ts'

export type FlowRow = Selectable<FlowsTable>
export type ReturnRow = Selectable<ReturnFlowsTable>

/** Looked at in one step. */
const MAX_ROWS = 1_000
/** Return flows that are read are small; more of one is not read. */
const MAX_REPORT_BYTES = 16 * 1024 * 1024

/** Flows of the connection since the run began that no step has counted yet, oldest first. */
export async function newFlows({
  journal,
  connection,
  memory,
  runStartedAt,
}: Scene): Promise<readonly FlowRow[]> {
  const rows = await journal.read(
    journal.db
      .selectFrom('flows')
      .selectAll()
      .where('connection_id', '=', connection.id)
      .where('id', '>=', idsFrom('flw', runStartedAt))
      .orderBy('id')
      .limit(MAX_ROWS),
  )
  const counted = new Set<string>(Object.values(memory.flows))
  return rows.filter(({ id }) => !counted.has(id) && id > (memory.countedUntil ?? ''))
}

/** The flow that the scenario calls so; undefined: no step has met it. */
export async function flowNamed(scene: Scene, name: string): Promise<FlowRow | undefined> {
  const id = scene.memory.flows[name]
  return id === undefined ? undefined : flowOf(scene, id)
}

export async function flowOf({ journal }: Scene, id: FlowId): Promise<FlowRow | undefined> {
  const [row] = await journal.read(journal.db.selectFrom('flows').selectAll().where('id', '=', id))
  return row
}

/** Refusals at the door since the run began that no step has counted yet, oldest first. */
export async function newRefusals({ journal, connection, memory, runStartedAt }: Scene) {
  const rows = await journal.read(
    journal.db
      .selectFrom('refusals')
      .selectAll()
      .where('connection_id', '=', connection.id)
      .where('id', '>=', idsFrom('rfs', runStartedAt))
      .orderBy('id')
      .limit(MAX_ROWS),
  )
  return rows.filter(({ id }) => !memory.refusals.includes(id))
}

/** Refusals of the partner, or of a stranger who is most like it. */
export function refusedNear(
  row: ExpressionBuilder<JournalSchema, 'refusals'>,
  id: ConnectionId,
): Expression<SqlBool> {
  return row.or([row('connection_id', '=', id), row('nearest_json', 'like', `%"${id}"%`)])
}

/** How often a flow came again, identical. */
export async function timesAgain({ journal }: Scene, id: FlowId): Promise<number> {
  const rows = await journal.read(
    journal.db
      .selectFrom('flow_events')
      .select('id')
      .where('flow_id', '=', id)
      .where('outcome', '=', 'sent again')
      .limit(MAX_ROWS),
  )
  return rows.length
}

/** Incorrect invoices of a flow: their places in it, from 1. */
export async function incorrectParts({ journal }: Scene, id: FlowId): Promise<readonly number[]> {
  const rows = await journal.read(
    journal.db
      .selectFrom('invoices')
      .select('ordinal')
      .where('flow_id', '=', id)
      .where('is_correct', '=', 0)
      .orderBy('ordinal')
      .limit(MAX_ROWS * 5),
  )
  return rows.map(({ ordinal }) => ordinal)
}

/** The report on a flow; undefined: none is issued yet. */
export async function reportOn({ journal }: Scene, id: FlowId): Promise<ReturnRow | undefined> {
  const [row] = await journal.read(
    journal.db
      .selectFrom('return_flows')
      .selectAll()
      .where('flow_id', '=', id)
      .where('kind', '=', 'report'),
  )
  return row
}

/** A return flow as it is sent. */
export async function contentOf(scene: Scene, row: ReturnRow): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of scene.payloads.read({ sha256: row.sha256, bytes: row.bytes })) {
    bytes += (piece as Buffer).length
    if (bytes > MAX_REPORT_BYTES) break
    pieces.push(piece as Buffer)
  }
  return Buffer.concat(pieces)
}

/** How often a return flow was handed over with proof. */
export async function timesDelivered({ journal }: Scene, id: ReturnRow['id']): Promise<number> {
  const rows = await journal.read(
    journal.db
      .selectFrom('deliveries')
      .select('attempt')
      .where('return_flow_id', '=', id)
      .where('outcome', '=', 'delivered')
      .limit(MAX_ROWS),
  )
  return rows.length
}

/** Sessions of the partner since the run began, newest last. */
export async function sessionsSince({ journal, connection }: Scene, milliseconds: number) {
  const rows = await journal.read(
    journal.db
      .selectFrom('sessions')
      .select(['id', 'outcome', 'ended_at'])
      .where('connection_id', '=', connection.id)
      .where('id', '>=', idsFrom('ses', milliseconds))
      .orderBy('id')
      .limit(100),
  )
  return rows
}

/** Times the faults of this run acted; `at` is business time. */
export async function faultHits({ journal, run }: Scene) {
  return journal.read(
    journal.db
      .selectFrom('fault_hits')
      .innerJoin('faults', 'faults.id', 'fault_hits.fault_id')
      .select(['fault_hits.at as at', 'faults.id as fault'])
      .where('faults.created_by', '=', run)
      .limit(MAX_ROWS),
  )
}

export const isDecided = ({ state }: Pick<FlowRow, 'state'>): boolean => FLOW_STATES[state].isFinal
