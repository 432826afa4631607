import type { FlowName } from '../config/flow-name.ts'
import type { FlowId, ProcessingMode, ReceivedFlow } from './flow.ts'
import type { Journal, WriteStatement } from './journal/journal.ts'

/** What one flow adds to the journal when it comes in: one message, all or nothing. */
export interface NewFlow {
  readonly id: FlowId
  readonly received: ReceivedFlow
  readonly name: FlowName
  readonly mode: ProcessingMode
  /** Business time, milliseconds UTC. */
  readonly now: number
}

/** Index of the statement in `takeFlow` that a taken identifier refuses. */
export const FLOW_STATEMENT = 0

export function takeFlow(journal: Journal, flow: NewFlow): readonly WriteStatement[] {
  const { id, received, name, now } = flow
  return [
    {
      query: journal.db.insertInto('flows').values({
        id,
        connection_id: received.connectionId,
        protocol: received.protocol,
        session_id: received.sessionId,
        interface_code: name.interfaceCode,
        application_code: name.applicationCode,
        flow_identifier: name.flowIdentifier,
        file_name: received.fileName,
        sha256: received.content.sha256,
        bytes: received.content.bytes,
        mode: flow.mode,
        state: 'IN_RECU',
        stage: 'technical',
        received_at: received.receivedAt,
        finished_at: null,
        updated_at: now,
        total: 0,
        integrated: 0,
        refused: 0,
        findings_json: '[]',
        evidence_json: JSON.stringify(received.evidence),
        attempts: 0,
      }),
      expectRows: 1,
      announce: 'flows',
    },
    ...noteReception(journal, { id, received, now, outcome: 'received' }),
  ]
}

/** A line in the timeline of a flow, and what the protocol wants remembered with it. */
export function noteReception(
  journal: Journal,
  reception: {
    readonly id: FlowId
    readonly received: ReceivedFlow
    readonly now: number
    readonly outcome: 'received' | 'sent again'
  },
): readonly WriteStatement[] {
  const { id, received, now, outcome } = reception
  const event = {
    query: journal.db.insertInto('flow_events').values({
      flow_id: id,
      at: now,
      stage: 'intake',
      outcome,
      milliseconds: Math.max(0, now - received.receivedAt),
      detail_json: JSON.stringify({ sessionId: received.sessionId }),
    }),
  }
  if (received.remember === undefined) return [event]
  const memory = journal.db
    .insertInto('protocol_memory')
    .values({
      protocol: received.protocol,
      connection_id: received.connectionId,
      key: received.remember.key,
      value: received.remember.value,
      created_at: now,
      expires_at: null,
    })
    .onConflict((conflict) => conflict.columns(['protocol', 'connection_id', 'key']).doNothing())
  return [event, { query: memory }]
}
