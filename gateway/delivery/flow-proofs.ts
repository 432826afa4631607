import type { BilingualText, ConnectionId, Proof } from '../flow.ts'

/** One thing that was signed, verified again. */
export interface ProofCheck {
  /**
   * Of a flow: `signature` of the partner, `mic` over the content, `receipt` that the gateway gave.
   * Of a return flow that was delivered: `mdn`, what the partner gave.
   */
  readonly what: 'signature' | 'mic' | 'receipt' | 'mdn'
  readonly ok: boolean
  readonly detail: BilingualText
}

/** Verifies again what was signed, as far as it is kept; nothing is said of what is not. */
export interface FlowProofs {
  ofFlow(flow: {
    readonly connectionId: ConnectionId
    /** As the protocol recorded it with the flow. */
    readonly evidence: Readonly<Record<string, string>>
    /** The stored content, from its start each time. */
    readonly content: () => AsyncIterable<Buffer>
  }): Promise<readonly ProofCheck[]>
  ofDelivery(delivery: {
    readonly connectionId: ConnectionId
    readonly proof: Proof
  }): Promise<readonly ProofCheck[]>
}
