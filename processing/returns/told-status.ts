import type { InvoiceStatus } from './invoice-statuses.ts'

/** A status of an invoice as a life-cycle flow tells it. Texts are as the invoice has them. */
export interface ToldStatus {
  readonly status: InvoiceStatus
  /** Milliseconds UTC. */
  readonly at: number
  readonly comment: string | null
  /** What the platform itself calls the invoice: unique and for good. */
  readonly invoiceId: string
  readonly number: string
  readonly issueDate: string | null
  readonly typeCode: string | null
  /** `1` SIRET … `7` individual. */
  readonly supplierType: string
  readonly supplierId: string
  readonly supplierName: string
  /** SIRET. */
  readonly recipientId: string
  readonly recipientName: string | null
  readonly serviceCode: string | null
  readonly engagement: string | null
  readonly amountDue: string | null
  /** The flow it came in. */
  readonly flowIdentifier: string
  readonly protocol: string
  readonly receivedAt: number
}

/** A life-cycle flow; one document of 1 to n statuses. */
export interface LifeCycleDocument {
  readonly identifier: string
  readonly receiver: string
  /** Milliseconds UTC. */
  readonly producedAt: number
  readonly environment: 'qualification' | 'production'
  readonly statuses: readonly ToldStatus[]
  /** A code that `FEN1200A` tells in the place of the last one's own (fault on demand). */
  readonly lastStatus?: string
}

/** The day that `text` says, as xs:date wants it, when it exists: `2026-11-20`, or `20261120` as CII has it. */
export function dayOf(text: string | null): string | undefined {
  const digits = /^(\d{4})(-?)(\d{2})\2(\d{2})$/.exec(text ?? '')
  if (digits === null) return undefined
  const [, year = '', , month = '', dayOfMonth = ''] = digits
  const wanted = `${year}-${month}-${dayOfMonth}`
  const day = new Date(`${wanted}T00:00:00Z`)
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== wanted) return undefined
  return year === '0000' ? undefined : wanted
}
