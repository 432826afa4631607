import type { ConnectionId } from '../flow.ts'

/** Receipts that go to a URL of the partner (gateway/delivery/receipt-outbox.ts). */
export interface As2ReceiptsTable {
  id: `rcp_${string}`
  connection_id: ConnectionId
  url: string
  /** Pairs of name and value, in their order. */
  headers_json: string
  /** Base64: the same bytes at each try. */
  body: string
  state: 'WAITING' | 'SENT' | 'FAILED'
  attempts: number
  /** System time, milliseconds UTC; while a try is on, when another may take it over. */
  next_attempt_at: number
  created_at: number
  sent_at: number | null
  /** What the last failed try said. */
  failure: string | null
}
