import type { PartnerFolder } from '../partner-folder.ts'
import type { PartnerAddress } from '../partner-address.ts'

/** The gateway said no to a flow; its words are the message. */
export class PutRefused extends Error {}

/** A partner's way to the gateway over one protocol: what `raccord send` needs of it. */
export interface PartnerTransport {
  /**
   * Sends one flow; resolves once the gateway has said that it is taken in charge.
   * @throws PutRefused with what the gateway said; CommandFailure unreachable or timed out
   */
  put(flow: {
    readonly fileName: string
    readonly path: string
    /** Goes on where a transfer of it was cut; PeSIT does so by itself, AS2 never can. */
    readonly isResumed?: boolean
  }): Promise<{
    readonly bytes: number
  }>
  /**
   * The return flow whose name begins with `baseName`, once it came: fetched from the box where the
   * partner fetches, received where the gateway brings it. It counts as delivered by then.
   * @returns undefined when it has not come before `signal` aborts
   */
  receive(baseName: string, signal: AbortSignal): Promise<ReceivedReturn | undefined>
  /**
   * One return flow that waits for the partner, where the partner may call for it.
   * @param name a whole name, an interface code, or a pattern with `*` and `?`
   * @param until waits for it; absent: what is there now
   * @returns undefined when nothing of that name is there
   */
  fetch?(name: string, until?: AbortSignal): Promise<ReceivedReturn | undefined>
  /**
   * Asks at once for a return flow that was taken before, by its whole name; absent where a partner
   * cannot ask.
   * @returns undefined when it is gone, as it has to be
   */
  fetchAgain?(fileName: string): Promise<ReceivedReturn | undefined>
  /**
   * Lets go of lines to the gateway that are kept open for the next flow, and goes on listening; a
   * transport without has none, or ends with them.
   */
  readonly dropLines?: () => void
  close(): Promise<void>
}

export interface ReceivedReturn {
  readonly fileName: string
  readonly content: Buffer
}

export interface TransportOptions {
  /** Return flows will be waited for: a transport that is called listens from the start. */
  readonly receives: boolean
  /** `NAME=VALUE` of `--as2`; only AS2 looks at them. */
  readonly as2?: readonly string[]
  /** `NAME=VALUE` of `--pesit`; only PeSIT looks at them. */
  readonly pesit?: readonly string[]
  readonly signal?: AbortSignal
}

/** Opens the way of one protocol. @throws CommandFailure unreachable, refused or usage */
export type OpenTransport<Address extends PartnerAddress> = (
  partner: PartnerFolder<Address>,
  options: TransportOptions,
) => Promise<PartnerTransport>
