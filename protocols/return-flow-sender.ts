import type { ConnectionOverrides } from '../gateway/connections/connection-overrides.ts'
import type { BilingualText, Proof, ReturnFlow, SessionId } from '../gateway/flow.ts'
import type { PartnerConnection, ReadableContent } from './listener.ts'
import type { PartnerCertificate } from './partner-certificate.ts'

/**
 * Hands one return flow to a partner that is called (AS2, PeSIT): one attempt, never a retry of its
 * own. Resolves once the partner has proved that it has the flow, and closes nothing it was given.
 * Calls `delivery.target.addresses` only, in their order: they were checked, a name is not looked up
 * again. Ends soon after `delivery.signal` aborts.
 * @throws DeliveryFault for what the partner or the line did; any other error is tried again too
 */
export type ReturnFlowSender = (delivery: Delivery) => Promise<Proof>

/** One attempt to hand over a return flow. */
export interface Delivery {
  readonly connection: PartnerConnection
  readonly target: PushTarget
  readonly returnFlow: ReturnFlow
  /** What a listener kept of the flow that it answers, where the partner's route is given back. */
  readonly evidence?: Readonly<Record<string, string>>
  /** Open for this attempt; the engine closes it. */
  readonly content: ReadableContent
  /** From 1, over the whole life of the return flow. */
  readonly attempt: number
  /**
   * How often the return flow was offered: 1, and one more each time an operator sends it again.
   * With `returnFlow.id` it makes an identifier (Message-ID, transfer number) that stays the same
   * for all attempts of one emission, so that the partner's own duplicate rule settles what was
   * cut after its last byte.
   */
  readonly emission: number
  /** Aborts at `delivery.attemptSeconds`, at the end of the grace of a stop, or with the lease. */
  readonly signal: AbortSignal
}

/** Where a partner is called, out of its form in force. */
export type PushTarget = As2Target | PesitTarget

interface CalledPlace {
  /** The name as the form says it: for SNI, `Host` and the check of a certificate. */
  readonly host: string
  readonly port: number
  /** What the name stands for now, each checked; never empty. */
  readonly addresses: readonly string[]
  /** In force; those of the part `server` are what its server may show, and AS2 encrypts for. */
  readonly certificates: readonly PartnerCertificate[]
  /** Settings of this connection that win over the gateway's; `.as2`, `.pesit` are the protocol's. */
  readonly overrides: ConnectionOverrides
}

export interface As2Target extends CalledPlace {
  readonly protocol: 'as2'
  /** `http:` or `https:`. */
  readonly url: string
  /** AS2-To. */
  readonly as2Id: string
}

export interface PesitTarget extends CalledPlace {
  readonly protocol: 'pesit'
  /** PI 3 that the partner knows the gateway by, and PI 4 that it answers to, where the form says. */
  readonly requesterId: string | undefined
  readonly serverId: string | undefined
}

export interface DeliveryFailure {
  /** A word of the protocol's own for lists and counts: `MDN_NEGATIVE`, `PESIT_DIAGNOSTIC`. */
  readonly code: string
  /** False: the partner will not take it whatever is tried; it fails at once. */
  readonly retry: boolean
  /**
   * The partner itself is away, whatever is sent to it: its other return flows wait with this one,
   * in their order.
   */
  readonly isUnreachable?: boolean
  /** Nobody failed: it is tried again after the first wait, however often that happens. */
  readonly isUncounted?: boolean
  readonly message: BilingualText
  /** What the partner said, kept with the attempt: names and values, no secrets. */
  readonly evidence?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** Why an attempt came to nothing. */
export class DeliveryFault extends Error {
  override readonly name = 'DeliveryFault'
  readonly failure: DeliveryFailure

  constructor(failure: DeliveryFailure) {
    super(failure.message.en, { cause: failure.cause })
    this.failure = failure
  }

  /** Kept with the attempt: where its transcript is found. */
  inSession(sessionId: SessionId): DeliveryFault {
    return new DeliveryFault({
      ...this.failure,
      evidence: { ...this.failure.evidence, sessionId },
    })
  }
}
