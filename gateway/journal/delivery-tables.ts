import type { Generated } from 'kysely'
import type {
  ConnectionId,
  FlowId,
  ReturnFlowId,
  ReturnFlowKind,
  ReturnFlowState,
} from '../flow.ts'

/** The outbox: every file the gateway sends back. Times are integer ms UTC. */
export interface ReturnFlowsTable {
  id: ReturnFlowId
  connection_id: ConnectionId
  /** Unique with kind where not null: one report a flow. */
  flow_id: FlowId | null
  kind: ReturnFlowKind
  interface_code: string
  file_name: string
  sha256: string
  bytes: number
  created_at: number
  available_until: number
  state: ReturnFlowState
  delivered_at: number | null
  /** Over its whole life: the next one has the number after. */
  attempts: number
  /** OFFERED, of a partner that is called: due from then on, system time. Null: fetched only. */
  next_attempt_at: number | null
  /** Attempts that failed since it was offered last. */
  failures: Generated<number>
  /** How often it was offered: 1, and one more each time an operator sends it again. */
  emission: Generated<number>
  /** SENDING: until then, system time, it is with the process that has the token. */
  lease_until: Generated<number | null>
  token: Generated<string | null>
  /** OFFERED: nobody sees it before, system time; null: at once. A fault on demand sets it. */
  offered_from: Generated<number | null>
  /** 1: it waits for `offered_from`, or until a later report of its partner is delivered. */
  yields: Generated<number>
  /** How often it is offered again by itself once it is delivered. */
  repeats: Generated<number>
  /** When its content was past its time, business time; the row stays (gateway/retention). */
  payload_removed_at: Generated<number | null>
}

/** Attempts to hand over a return flow; unique (return_flow_id, attempt). */
export interface DeliveriesTable {
  return_flow_id: ReturnFlowId
  attempt: number
  /** When it began; of a return flow that was fetched, when it was read whole. */
  at: number
  /**
   * `sending`, then `delivered`, `failed` or `interrupted` (the process died or stopped: it counts
   * as no failure).
   */
  outcome: string
  /** The proof (gateway/flow.ts), `{}` without one. */
  proof_json: string
  ended_at: Generated<number | null>
  /** `{code, message{en,fr}, evidence}` of one that failed. */
  failure_json: Generated<string | null>
}

/** Partners whose return flows wait together, whatever each of them is due for. */
export interface DeliveryPausesTable {
  connection_id: ConnectionId
  /** System time. */
  until: number
  /** A word: `unreachable`, `closed`, `closed-hours`, `no-address`. */
  reason: string
  set_at: number
}
