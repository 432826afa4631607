import type { Page } from '../accounts/accounts.ts'
import type { BilingualText, Fidelity, FlowId } from '../flow.ts'
import type { WriteStatement } from '../journal/journal.ts'

/**
 * The life cycle of integrated invoices (*cycle de vie*): what the API asks, and the pipeline's
 * tables answer. Statuses are two digits (reference chorus-pro-edi §10.1).
 */
export interface LifeCycle {
  /** Every status there is, and the moves from it. */
  statuses(): readonly InvoiceStatusDocument[]
  list(
    criteria: InvoiceCriteria & { readonly after?: string; readonly limit: number },
  ): Promise<Page<InvoiceDocument>>
  /**
   * @param name an id, or the supplier's number
   * @throws GatewayError API_AMBIGUOUS when several invoices have that number
   */
  find(name: string, sirets: readonly string[] | undefined): Promise<InvoiceDocument | undefined>
  /** With all it has been. */
  show(id: string): Promise<InvoiceHistory | undefined>
  /** The structure whose connection sent the invoice; null = of none, undefined = no such invoice. */
  siretOf(name: string, sirets: readonly string[] | undefined): Promise<string | null | undefined>
  /**
   * Moves what is chosen, a slice at a time; what may not be moved is told, with where it may go.
   * @throws GatewayError INVOICE_MOVE_ILLEGAL when one was named that may not
   */
  advance(choice: InvoiceChoice, to: string, by: Mover, comment?: string): Promise<AdvanceResult>
  /** Gives what is chosen a plan in place of the one it had. @returns how many got one */
  plan(choice: InvoiceChoice, plan: PlanOrder, by: Mover): Promise<number>
  /** @throws GatewayError INVOICE_MOVE_ILLEGAL unless it was rejected for its routing data */
  recycle(id: string, recipient: NewRecipient, by: Mover): Promise<void>
  /** @throws GatewayError INVOICE_MOVE_ILLEGAL unless it is suspended */
  complete(
    id: string,
    documents: readonly InvoiceFile[],
    by: Mover,
    comment?: string,
  ): Promise<void>
  /** @throws GatewayError INVOICE_MOVE_ILLEGAL unless its status asks for it */
  acknowledge(id: string, by: Mover): Promise<void>
}

/** Which invoices; every criterion given must hold. */
export interface InvoiceCriteria {
  /** Structures whose invoices there are to see; undefined = all. */
  readonly sirets?: readonly string[] | undefined
  readonly status?: string | undefined
  /** Id of a connection, or its application code. */
  readonly connection?: string | undefined
  /** Id of a flow, or its 25-character identifier. */
  readonly flow?: string | undefined
  readonly supplier?: string | undefined
  readonly recipient?: string | undefined
  readonly number?: string | undefined
}

/** Invoices by name, or those that match. */
export interface InvoiceChoice {
  readonly invoices?: readonly string[] | undefined
  readonly where: InvoiceCriteria
  readonly limit: number
}

/** Who does it, and the row of the audit for it, written with it. */
export interface Mover {
  readonly name: string
  audit(entry: { readonly objectId: string; readonly after: unknown }): WriteStatement
}

export interface PlanOrder {
  /** By profile, or step by step. */
  readonly profile?: string | undefined
  readonly seed?: number | undefined
  readonly steps?:
    | readonly { readonly to: string; readonly afterSeconds: number; readonly comment?: string }[]
    | undefined
}

export interface NewRecipient {
  /** SIRET. */
  readonly recipient?: string | undefined
  readonly service?: string | null | undefined
  readonly engagement?: string | null | undefined
}

export interface InvoiceFile {
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export interface AdvanceResult {
  readonly moved: number
  readonly refused: readonly {
    readonly id: string
    readonly number: string | null
    readonly status: string
    readonly allowed: readonly string[]
  }[]
  /** There may be more that match. */
  readonly isCut: boolean
}

export interface InvoiceStatusDocument {
  readonly code: string
  readonly label: BilingualText
  readonly constant: string | null
  readonly isFinal: boolean
  readonly isAcknowledged: boolean
  readonly moves: readonly {
    readonly to: string
    readonly by: string
    readonly fidelity: Fidelity
  }[]
}

export interface InvoiceDocument {
  readonly id: string
  readonly flowId: FlowId
  readonly flowNumber: string
  readonly applicationCode: string
  readonly ordinal: number
  readonly number: string | null
  readonly issueDate: string | null
  readonly type: string | null
  readonly supplier: { readonly id: string | null; readonly name: string | null }
  readonly recipient: {
    readonly id: string | null
    readonly name: string | null
    readonly service: string | null
    readonly engagement: string | null
  }
  readonly amountDue: string | null
  readonly currency: string | null
  readonly status: string
  readonly statusLabel: BilingualText
  readonly statusAt: string
  readonly acknowledgedAt: string | null
  /** Where it may go from here. */
  readonly allowed: readonly string[]
}

export interface InvoiceHistory extends InvoiceDocument {
  readonly history: readonly {
    readonly status: string
    readonly label: BilingualText
    readonly at: string
    readonly actor: string
    readonly cause: string
    readonly comment: string | null
  }[]
  readonly documents: readonly {
    readonly name: string
    readonly mediaType: string
    readonly bytes: number
    readonly sha256: string
    readonly addedAt: string
  }[]
  /** Statuses to come by themselves. */
  readonly plan: readonly { readonly to: string; readonly at: string }[]
}
