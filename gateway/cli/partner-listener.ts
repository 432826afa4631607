import type { PartnerAddress } from '../partner-address.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import type { ReceivedReturn } from './partner-transport.ts'

/** A partner that the gateway calls: what `raccord listen` runs. */
export interface PartnerListener {
  /** Where it listens, with the real port, as a person would write it. */
  readonly url: string
  /** Takes nothing more; resolves once what is in hand has been answered. */
  stop(): Promise<void>
}

export interface PartnerListenerOptions {
  /** Instead of what the partner folder says; port 0 = any free one. */
  readonly host?: string
  readonly port?: number
  /** `NAME=VALUE` of `--as2`; only AS2 looks at them. */
  readonly as2?: readonly string[]
  /** `NAME=VALUE` of `--pesit`; only PeSIT looks at them. */
  readonly pesit?: readonly string[]
  /**
   * Told of each return flow before the gateway is told that it has come: it is the partner's once
   * this resolves. A rejection is answered as a refusal.
   */
  readonly received: (file: ReceivedReturn & { readonly from: string }) => Promise<void>
  /** One sentence about anything else that happened, for a person. */
  readonly tell: (line: string) => void
}

/** Starts to listen as one partner. @throws CommandFailure usage for a port that is taken */
export type StartPartnerListener<Address extends PartnerAddress> = (
  partner: PartnerFolder<Address>,
  options: PartnerListenerOptions,
) => Promise<PartnerListener>
