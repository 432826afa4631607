import type { Insertable } from 'kysely'
import type { FlowName } from '../config/flow-name.ts'
import type { ConnectionId, FlowId, ProcessingMode, ReceivedFlow } from './flow.ts'
import { compileOnce } from './journal/compiled-query.ts'
import type { Journal, Readable, WriteStatement } from './journal/journal.ts'
import type { FlowEventsTable, FlowsTable, ProtocolMemoryTable } from './journal/schema.ts'

/** What one flow adds to the journal when it comes in: one message, all or nothing. */
export interface NewFlow {
  readonly id: FlowId
  readonly received: ReceivedFlow
  readonly name: FlowName
  readonly mode: ProcessingMode
  /** Business time, milliseconds UTC. */
  readonly now: number
}

/** What decides whether a flow that comes in is one that came before. */
export interface KnownFlow {
  readonly id: FlowId
  readonly connection_id: ConnectionId
  readonly sha256: string
}

/** Index of the statement in `takeFlow` that a taken identifier refuses. */
export const FLOW_STATEMENT = 0
/** Index in `takeFlow` of the one that a record of the protocol refuses which another has made. */
export const MEMORY_STATEMENT = 2

/** The statements of the intake, compiled once. */
export class IntakeStatements {
  readonly #journal: Journal
  readonly #find: (parameters: readonly unknown[]) => Readable<KnownFlow>
  #insertFlow: ((parameters: readonly unknown[]) => Readable<unknown>) | undefined
  #insertEvent: ((parameters: readonly unknown[]) => Readable<unknown>) | undefined
  #insertMemory: ((parameters: readonly unknown[]) => Readable<unknown>) | undefined

  constructor(journal: Journal) {
    this.#journal = journal
    this.#find = compileOnce(
      journal.db
        .selectFrom('flows')
        .select(['id', 'connection_id', 'sha256'])
        .where('flow_identifier', '=', ''),
    )
  }

  findFlow(flowIdentifier: string): Readable<KnownFlow> {
    return this.#find([flowIdentifier])
  }

  takeFlow(flow: NewFlow): readonly WriteStatement[] {
    const { id, received, now } = flow
    const row = flowRow(flow)
    this.#insertFlow ??= compileOnce(this.#journal.db.insertInto('flows').values(row))
    return [
      { query: this.#insertFlow(Object.values(row)), expectRows: 1, announce: 'flows' },
      ...this.noteReception({ id, received, now, outcome: 'received' }),
    ]
  }

  /**
   * A line in the timeline of a flow, and what the protocol wants remembered with it: under a key
   * that stands already, nothing is written at all.
   */
  noteReception(reception: {
    readonly id: FlowId
    readonly received: ReceivedFlow
    readonly now: number
    readonly outcome: 'received' | 'sent again'
  }): readonly WriteStatement[] {
    const { id, received, now, outcome } = reception
    const row: Insertable<FlowEventsTable> = {
      flow_id: id,
      at: now,
      stage: 'intake',
      outcome,
      milliseconds: Math.max(0, now - received.receivedAt),
      detail_json: JSON.stringify({ sessionId: received.sessionId }),
    }
    this.#insertEvent ??= compileOnce(this.#journal.db.insertInto('flow_events').values(row))
    return [{ query: this.#insertEvent(Object.values(row)) }, ...this.#remember(received, now)]
  }

  #remember(received: ReceivedFlow, now: number): readonly WriteStatement[] {
    if (received.remember === undefined) return []
    const row: Insertable<ProtocolMemoryTable> = {
      protocol: received.protocol,
      connection_id: received.connectionId,
      key: received.remember.key,
      value: received.remember.value,
      created_at: now,
      expires_at: received.remember.expiresAt ?? null,
    }
    // One that has expired is as if it were not there.
    this.#insertMemory ??= compileOnce(
      this.#journal.db
        .insertInto('protocol_memory')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns(['protocol', 'connection_id', 'key'])
            .doUpdateSet((record) => ({
              value: record.ref('excluded.value'),
              created_at: record.ref('excluded.created_at'),
              expires_at: record.ref('excluded.expires_at'),
            }))
            .where('protocol_memory.expires_at', '<=', now),
        ),
    )
    return [{ query: this.#insertMemory([...Object.values(row), now]), expectRows: 1 }]
  }
}

function flowRow({ id, received, name, mode, now }: NewFlow): Insertable<FlowsTable> {
  return {
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
    mode,
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
  }
}
