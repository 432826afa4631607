import type { ConnectionId, FaultId, FlowId, ProtocolName, SessionId } from '../flow.ts'

/** Faults put on purpose (gateway/faults). Times are system time, milliseconds UTC. */
export interface FaultsTable {
  id: FaultId
  /** Of the fault table. */
  name: string
  values_json: string
  /** Scope: null = any. */
  protocol: ProtocolName | null
  connection_id: ConnectionId | null
  interface_code: string | null
  /** Out of a million. */
  chance_ppm: number
  /** Hits it still has; null = as many as come until it ends. */
  remaining: number | null
  hits: number
  created_at: number
  ends_at: number
  /** Cleared by somebody, or used up. */
  ended_at: number | null
  created_by: string
}

/** One time a fault acted; `at` is business time, as in the timeline of flows. */
export interface FaultHitsTable {
  id: `hit_${string}`
  fault_id: FaultId
  at: number
  point: string
  protocol: ProtocolName | null
  connection_id: ConnectionId | null
  session_id: SessionId | null
  flow_id: FlowId | null
}
