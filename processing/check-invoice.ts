import type { InvoiceFormatName, RuleSetName } from '../config/interface-codes.ts'
import type { Environment, Finding } from '../gateway/flow.ts'

/** One file of a flow, as a chunk holds it. */
export interface InvoiceFile {
  /** Ordinal in the flow, from 1. */
  readonly part: number
  readonly file: string
  readonly bytes: Uint8Array
}

/** How an invoice is judged. Can be cloned to a thread. */
export interface CheckPolicy {
  readonly ruleSets: readonly RuleSetName[]
  /** What the interface code announces. */
  readonly format: InvoiceFormatName
  readonly settings: {
    readonly environment: Environment
    /** Another encoding than UTF-8 is fatal. */
    readonly utf8Only: boolean
    /** A mixed (E2) code: the invoice should carry its readable PDF. */
    readonly isMixed: boolean
    /** A mixed invoice without its PDF is refused. */
    readonly requirePdf: boolean
    readonly unknownRecipient: 'refuse' | 'warn' | 'learn'
  }
}

/** 1 SIRET, 2 EU, 3 outside EU, 4 RIDET, 5 Tahiti, 6 being registered, 7 individual. */
export type SupplierType = '1' | '2' | '3' | '4' | '5' | '6' | '7'

/** What the journal keeps of an invoice; null = not given, or not readable. */
export interface InvoiceHeader {
  /** BT-1. */
  readonly number: string | null
  readonly issueDate: string | null
  readonly typeCode: string | null
  readonly supplierType: SupplierType | null
  readonly supplierId: string | null
  readonly supplierName: string | null
  readonly recipientId: string | null
  readonly recipientName: string | null
  readonly serviceCode: string | null
  readonly engagement: string | null
  readonly currency: string | null
  /** BT-115, as written. */
  readonly amountDue: string | null
}

export interface InvoiceVerdict {
  readonly header: InvoiceHeader
  readonly findings: readonly Finding[]
  /** No finding is fatal. */
  readonly isCorrect: boolean
  /** A fatal finding says that the file is ill-formed or breaks its schema (ERR_XSD). */
  readonly structureFailed: boolean
}

/** Judges one invoice. Pure, and never throws whatever the bytes are. */
export function checkInvoice(invoice: InvoiceFile, policy: CheckPolicy): InvoiceVerdict {
  throw new Error(`not written yet: ${invoice.file} ${policy.format}`)
}
