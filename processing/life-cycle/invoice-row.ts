import type { ConnectionId, FlowId } from '../../gateway/flow.ts'
import { isInvoiceStatus, type InvoiceStatus } from '../returns/invoice-statuses.ts'

/** Which invoice: its flow, and its ordinal there. */
export interface InvoicePlace {
  readonly flowId: FlowId
  readonly ordinal: number
}

/** An invoice that has a status, as far as moving it depends on it. */
export interface StandingInvoice extends InvoicePlace {
  readonly connectionId: ConnectionId
  readonly status: InvoiceStatus
  /** Of that status, from 1. */
  readonly sequence: number
}

/** The id of an invoice: that of its flow, a dot, its ordinal. */
export function invoiceId({ flowId, ordinal }: InvoicePlace): string {
  return `${flowId}.${ordinal}`
}

/** @returns undefined for a text that is no id of an invoice */
export function parseInvoiceId(id: string): InvoicePlace | undefined {
  const [, flowId, ordinal] = /^(flw_[0-9a-z]{1,40})\.(\d{1,12})$/.exec(id) ?? []
  return flowId === undefined ? undefined : { flowId: flowId as FlowId, ordinal: Number(ordinal) }
}

/** @returns undefined for a row whose invoice has no status */
export function standingInvoice(row: {
  readonly flow_id: FlowId
  readonly ordinal: number
  readonly connection_id: ConnectionId
  readonly status: string | null
  readonly status_sequence: number
}): StandingInvoice | undefined {
  if (row.status === null || !isInvoiceStatus(row.status)) return undefined
  return {
    flowId: row.flow_id,
    ordinal: row.ordinal,
    connectionId: row.connection_id,
    status: row.status,
    sequence: row.status_sequence,
  }
}
