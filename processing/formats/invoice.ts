import type { Place, Term } from './xml-node.ts'

/**
 * An invoice as the rules see it, whatever its format: business terms (BT) and groups (BG) of
 * EN 16931, each with its place. A term that is there but blank is a term with a blank text. What
 * must come once but came several times is its first occurrence; the repetition is an issue of
 * structure.
 */
export interface Invoice {
  readonly format: 'ubl' | 'cii'
  readonly documentType: 'invoice' | 'credit-note'
  /** The root element. */
  readonly root: Place
  /** BT-1. */
  readonly number: Term | undefined
  /** BT-2. */
  readonly issueDate: Term | undefined
  /** BT-3. */
  readonly typeCode: Term | undefined
  /** BT-5. */
  readonly currency: Term | undefined
  /** BT-10; Chorus Pro: the service code. */
  readonly buyerReference: Term | undefined
  /** BT-13; Chorus Pro: the engagement number. */
  readonly purchaseOrder: Term | undefined
  /** BT-24. */
  readonly specification: Term | undefined
  /** BT-25. */
  readonly precedingNumbers: readonly Term[]
  /** BG-4. */
  readonly seller: Party
  /** BG-7. */
  readonly buyer: Party
  /** BG-20, BG-21. */
  readonly allowancesAndCharges: readonly AllowanceCharge[]
  /** BG-22. */
  readonly totals: readonly Totals[]
  /** BT-110, BT-111 and BG-23. */
  readonly vatTotals: readonly VatTotal[]
  /** BG-24. */
  readonly attachments: readonly Attachment[]
  /** BG-25. */
  readonly lines: readonly InvoiceLine[]
}

export interface Party {
  /** BT-27, BT-44: every occurrence. */
  readonly names: readonly Term[]
  /** BT-29, BT-46. */
  readonly identifiers: readonly Term[]
  /** BT-30, BT-47. */
  readonly legalIdentifiers: readonly Term[]
  /** BT-31, BT-48. */
  readonly vatIdentifiers: readonly Term[]
  /** BG-5, BG-8. */
  readonly addresses: readonly Address[]
}

export interface Address {
  readonly place: Place
  /** BT-40, BT-55. */
  readonly country: Term | undefined
}

export interface AllowanceCharge {
  readonly place: Place
  /** Undefined when the indicator is missing or is no boolean. */
  readonly isCharge: boolean | undefined
  /** BT-92, BT-99. */
  readonly amount: Term | undefined
}

export interface Totals {
  readonly place: Place
  /** BT-106. */
  readonly lines: Term | undefined
  /** BT-107. */
  readonly allowances: Term | undefined
  /** BT-108. */
  readonly charges: Term | undefined
  /** BT-109. */
  readonly withoutVat: Term | undefined
  /** BT-112. */
  readonly withVat: Term | undefined
  /** BT-113. */
  readonly prepaid: Term | undefined
  /** BT-114. */
  readonly rounding: Term | undefined
  /** BT-115. */
  readonly due: Term | undefined
}

export interface VatTotal {
  readonly place: Place
  /** BT-110 or BT-111, as its currency says. */
  readonly amount: Term | undefined
  /** BT-117 of each breakdown (BG-23). */
  readonly breakdown: readonly { readonly place: Place; readonly tax: Term | undefined }[]
}

export interface Attachment {
  readonly place: Place
  /** BT-125 is there: the content is in the invoice. */
  readonly isEmbedded: boolean
  readonly fileName: string | undefined
  readonly mimeCode: string | undefined
  /** Once decoded; undefined when the base64 is malformed. */
  readonly bytes: number | undefined
}

export interface InvoiceLine {
  readonly place: Place
  /** BT-131. */
  readonly netAmount: Term | undefined
}
