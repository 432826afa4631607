import type { RecipientFormat } from './recipient-task.ts'

/** A kind of flow that brings invoices to their recipient. */
export interface Carrier {
  readonly code: string
  readonly format: RecipientFormat
}

/**
 * Flows that carry invoices to a public recipient (reference chorus-pro-edi §2.3): the operator's
 * format [simulated code], and UBL under either of its codes, whose difference is not published.
 */
export const CARRIERS: readonly Carrier[] = [
  { code: 'FEN9100A', format: 'pivot' },
  { code: 'FEN0105A', format: 'ubl' },
  { code: 'FEN0205A', format: 'ubl' },
]
