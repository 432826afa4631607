import type { ConnectionId, FlowId } from '../flow.ts'

/**
 * What was refused of a decided flow, counted once, with its decision: lists of rejections read
 * these rows, never every invoice. Unique (flow_id, dimension, value).
 */
export interface FlowRejectionsTable {
  flow_id: FlowId
  /** `flow`: the flow as a whole, one row. `code`, `rule`: one row each that it was refused for. */
  dimension: 'flow' | 'code' | 'rule'
  /** The code or the rule; empty for `flow`. */
  value: string
  /** Report code of a rule (one of them when it has several), or the code itself. */
  code: string
  connection_id: ConnectionId
  interface_code: string
  /** When the flow was received. */
  at: number
  /** Bad invoices, each once in a row; 0 = the flow itself was refused, no invoice was looked at. */
  invoices: number
  /** Good invoices of a flow that Complete mode rejected for its bad ones. */
  lost: number
}
