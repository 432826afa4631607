import { sql, type Insertable, type Selectable } from 'kysely'
import { PLATFORM_CODE, issuedName } from '../config/flow-name.ts'
import type { Actor } from './accounts/actor.ts'
import { auditStatement } from './accounts/audit.ts'
import type { Clock } from './clock.ts'
import { GatewayError } from './errors.ts'
import { FLOW_STATES } from './flow-states.ts'
import type { ConnectionId, FlowId, ProcessingMode } from './flow.ts'
import { newId } from './ids.ts'
import type { FlowsTable } from './journal/schema.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'
import type { PayloadStore } from './payloads/payloads.ts'
import { enqueueSoon } from './queue/enqueue-soon.ts'
import type { WorkQueue } from './queue/queue.ts'

/**
 * Puts a stored flow through the pipeline again, as a new flow that names the first one.
 * @returns the new flow
 * @throws GatewayError API_NOT_FOUND, FLOW_NOT_DECIDED, FLOW_CONTENT_GONE
 */
export type ReplayFlow = (
  id: FlowId,
  by: { readonly actor: Actor; readonly reason?: string | undefined },
) => Promise<FlowId>

export interface FlowReplayOptions {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'has'>
  readonly queue: Pick<WorkQueue, 'enqueue'>
  readonly findConnection: (
    id: ConnectionId,
  ) => { modeOf(interfaceCode: string): ProcessingMode } | undefined
  readonly clock: Clock
  readonly log: Logger
}

/**
 * A replay is judged as the flow would be that came now: by the rules, the directory and the mode of
 * today. What makes it another one than a flow that a partner sent:
 * - its number is one of the platform's, since no partner gave it; its name stays that of the file;
 * - of the numbers of invoices, those that the first flow or another replay of it holds are no
 *   duplicates (processing/invoice-numbers.ts), and an invoice that is integrated already is not
 *   told of again (processing/life-cycle/first-statuses.ts);
 * - its report is held (processing/stages/report.ts): the partner has one on what it sent, and gets
 *   this one when it is released.
 */
export function createFlowReplay(options: FlowReplayOptions): ReplayFlow {
  const { journal, payloads, clock, log } = options
  const addJob = enqueueSoon(options.queue, log)

  return async (id, { actor, reason }) => {
    const [flow] = await journal.read(
      journal.db.selectFrom('flows').selectAll().where('id', '=', id),
    )
    if (flow === undefined) throw new GatewayError('API_NOT_FOUND', `No flow is called ${id}.`)
    if (!FLOW_STATES[flow.state].isFinal) {
      throw new GatewayError(
        'FLOW_NOT_DECIDED',
        `${flow.flow_identifier} is ${flow.state}: it is still on its way through the pipeline.`,
      )
    }
    if (flow.payload_removed_at !== null) throw contentRemoved(flow)
    if (!(await payloads.has(flow.sha256))) {
      throw new GatewayError(
        'FLOW_CONTENT_GONE',
        `The content of ${flow.flow_identifier} (SHA-256 ${flow.sha256}) is not in the store.`,
      )
    }
    const [connection] = await journal.read(
      journal.db.selectFrom('connections').select('siret').where('id', '=', flow.connection_id),
    )
    const now = clock.now()
    const row = replayOf(flow, {
      identifier: await takeIdentifier(journal, flow),
      mode: options.findConnection(flow.connection_id)?.modeOf(flow.interface_code) ?? flow.mode,
      by: actor.name,
      now,
    })
    const { committed } = await journal.write([
      {
        // Its content is not past its time by now, and is needed again from this write on.
        query: journal.db
          .updateTable('flows')
          .set({ payload_removed_at: null })
          .where('id', '=', flow.id)
          .where('payload_removed_at', 'is', null),
        expectRows: 1,
      },
      {
        query: journal.db.insertInto('flows').values(row),
        expectRows: 1,
        announce: 'flows',
      },
      {
        query: journal.db.insertInto('flow_events').values({
          flow_id: row.id,
          at: now,
          stage: 'intake',
          outcome: 'replayed',
          milliseconds: 0,
          detail_json: JSON.stringify({ replayOf: flow.id, by: actor.name }),
        }),
      },
      auditStatement(journal, now, actor, {
        action: 'flow.replay',
        objectKind: 'flow',
        objectId: flow.id,
        ...(typeof connection?.siret === 'string' ? { siret: connection.siret } : {}),
        after: { flow: row.id, number: row.flow_identifier },
        ...(reason === undefined ? {} : { reason }),
      }),
    ])
    if (!committed) throw contentRemoved({ ...flow, payload_removed_at: now })
    log.info({ flowId: row.id, replayOf: flow.id, by: actor.name }, 'flow replayed')
    addJob({ id: `extract-${row.id}`, kind: 'extract', flowId: row.id })
    return row.id
  }
}

function contentRemoved(
  flow: Pick<Selectable<FlowsTable>, 'flow_identifier' | 'payload_removed_at'>,
): GatewayError {
  const at = new Date(flow.payload_removed_at ?? 0).toISOString()
  return new GatewayError(
    'FLOW_CONTENT_GONE',
    `The content of ${flow.flow_identifier} was past its time and was removed at ${at} (retention).`,
    { remedy: 'Keep contents longer (retention.payloadDays), or have the partner send it again.' },
  )
}

function replayOf(
  flow: Selectable<FlowsTable>,
  replay: {
    readonly identifier: string
    readonly mode: ProcessingMode
    readonly by: string
    readonly now: number
  },
): Insertable<FlowsTable> & { readonly id: FlowId } {
  const { identifier, mode, by, now } = replay
  return {
    id: newId('flw'),
    connection_id: flow.connection_id,
    protocol: flow.protocol,
    session_id: flow.session_id,
    interface_code: flow.interface_code,
    application_code: flow.application_code,
    flow_identifier: identifier,
    file_name: flow.file_name,
    sha256: flow.sha256,
    bytes: flow.bytes,
    mode,
    state: 'IN_RECU',
    stage: 'technical',
    received_at: now,
    finished_at: null,
    updated_at: now,
    total: 0,
    integrated: 0,
    refused: 0,
    findings_json: '[]',
    evidence_json: JSON.stringify({ replayedBy: by }),
    attempts: 0,
    // The first one, also of a replay of a replay: they all hold the same numbers of invoices.
    replay_of: flow.replay_of ?? flow.id,
  }
}

/** A number of the platform's for the code: one statement, so that no two flows get the same. */
async function takeIdentifier(journal: Journal, flow: Selectable<FlowsTable>): Promise<string> {
  const { interface_code: code, application_code: application } = flow
  const result = await journal.write([
    {
      query: journal.db
        .insertInto('counters')
        .values({ name: `${PLATFORM_CODE} ${code}`, value: 1 })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ value: sql<number>`counters.value + 1` }),
        )
        .returning('value'),
    },
  ])
  const number = result.committed ? Number(result.results[0]?.rows[0]?.['value']) : Number.NaN
  if (!Number.isSafeInteger(number)) {
    throw new GatewayError('INTERNAL', `No number could be taken for ${code}.`)
  }
  const name = issuedName(code, application, number)
  return name.slice(name.lastIndexOf('_') + 1)
}
