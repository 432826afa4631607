import type { Generated } from 'kysely'
import type { ConnectionId, FlowId } from '../flow.ts'

/** Calls of hooks, made once for each thing that happened. Times are integer ms, system time. */
export interface HookCallsTable {
  id: `hok_${string}`
  connection_id: ConnectionId
  /** Unique with `hook` and `key`. */
  flow_id: FlowId
  /** Place of the hook among those of its connection, from 0. */
  hook: number
  /** The event, and what tells it from another one of the same flow. */
  key: string
  /** What is sent. */
  body_json: string
  state: 'WAITING' | 'DONE' | 'FAILED'
  attempts: number
  next_attempt_at: number
  created_at: number
  ended_at: Generated<number | null>
  failure: Generated<string | null>
}

/** A status that an invoice was given and that hooks may wait for; gone once it was looked at. */
export interface HookItemsTable {
  /** Unique with `ordinal` and `sequence`. */
  flow_id: FlowId
  ordinal: number
  /** Of the status. */
  sequence: number
  /** Of the flow. */
  connection_id: ConnectionId
}
