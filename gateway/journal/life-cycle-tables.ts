import type { ConnectionId, FlowId, ReturnFlowId } from '../flow.ts'

/**
 * What every invoice has been, one row a status (processing/returns/invoice-statuses.ts). Unique
 * (flow_id, ordinal, sequence): of two who move an invoice at once, one does.
 */
export interface InvoiceStatusesTable {
  flow_id: FlowId
  ordinal: number
  /** From 1. */
  sequence: number
  /** Two digits. */
  status: string
  /** Business time, milliseconds UTC. */
  at: number
  /** `gateway`, `recipient`, `supplier`, … */
  actor: string
  /** Who or what, for people: `integration`, `profile quick`, a login, a flow. */
  cause: string
  comment: string | null
  /** What has to count once: unit of a flow received; unique where not null. */
  origin: string | null
}

/** A status, or an invoice, that waits for the next return flow; unique (code, flow_id, ordinal, sequence). */
export interface ReturnItemsTable {
  /** Interface code of the return flow. */
  code: string
  connection_id: ConnectionId
  flow_id: FlowId
  ordinal: number
  /** Of the status that made it. */
  sequence: number
  at: number
  /** The one that carries it; null = none yet. */
  return_flow_id: ReturnFlowId | null
}

/** What is going to become of an invoice: one plan each at most. */
export interface InvoicePlansTable {
  flow_id: FlowId
  ordinal: number
  /** Of the first step left; business time, milliseconds UTC. */
  due_at: number
  /** Steps left, as `PlanStep`. */
  steps_json: string
  /** For people: `profile quick`, `script retry`. */
  cause: string
}

/** Documents that a supplier added to an invoice that was suspended. */
export interface InvoiceDocumentsTable {
  flow_id: FlowId
  ordinal: number
  /** From 1, unique with flow_id and ordinal. */
  number: number
  name: string
  media_type: string
  sha256: string
  bytes: number
  added_at: number
}
