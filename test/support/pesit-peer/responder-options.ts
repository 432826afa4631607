import type { TlsOptions } from 'node:tls'
import type { Compression } from './compression.ts'
import type { SyncTerms } from './connection-terms.ts'
import type { ClaimedCounts, Counts } from './data-plan.ts'
import type { Progress, ReceivingManner } from './data-receiver.ts'
import type { SendingManner } from './data-sender.ts'
import type { Framing } from './entity-reader.ts'
import type { FileAttributes, StatedAttributes } from './file-attributes.ts'
import type { KnownFpduName } from './fpdu-catalogue.ts'
import type { Fpdu } from './fpdu.ts'
import type { LinkOptions, PesitLink } from './pesit-link.ts'

/** A PI 2, `2/226`, and words for it: in PI 99 where it may stand, in PI 29 elsewhere. */
export interface Answer {
  readonly diagnostic: string
  readonly text?: string
}

/** A file to be fetched; its PI 13 is what SELECT is answered. */
export type OfferedFile = FileAttributes

export interface ReceivedFile {
  readonly connect: Fpdu
  readonly create: Fpdu
  readonly attributes: StatedAttributes
  readonly articles: readonly Buffer[]
  /** The articles, end to end. */
  readonly content: Buffer
  readonly counts: Counts
  /** What TRANS.END counted. */
  readonly claimed: ClaimedCounts
  /** Where the data began: 0, or the point of a restart. */
  readonly startPoint: number
  readonly link: PesitLink
}

export interface ReceivedMessage {
  /** MSG or MSGDM. */
  readonly head: Fpdu
  /** PI 91 of all its pieces. */
  readonly body: string
  readonly attributes: StatedAttributes
  readonly link: PesitLink
}

export interface ResponderOptions extends LinkOptions {
  /** 127.0.0.1 when absent. */
  readonly host?: string
  /** 0 = any free one. */
  readonly port?: number
  /** Key, certificate, whether a client certificate is asked for; clear when absent. */
  readonly tls?: TlsOptions
  /** `auto` when absent: as the caller does. */
  readonly framing?: Framing | 'auto'
  /** `ACK0` when absent. */
  readonly preConnectionAnswer?: 'ACK0' | 'NAK0' | 'nothing'
  /** Y, our connection number; 1 when absent. */
  readonly number?: number
  /** PI 6; 2 when absent. */
  readonly version?: number
  /** Most that is agreed to in PI 7; none when absent. */
  readonly sync?: SyncTerms
  readonly resync?: boolean
  /** PI 5 of ACONNECT. */
  readonly password?: string
  /** PI 99 of ACONNECT. */
  readonly text?: string
  /** Kinds agreed to in ACK(ORF); none when absent. */
  readonly compressions?: readonly Compression[]
  /** Most that is agreed to in PI 25; 65 535 when absent. */
  readonly maxEntityBytes?: number
  readonly files?: readonly OfferedFile[]
  /**
   * What to answer to a request instead of yes. CONNECT is answered by RCONNECT.
   * Undefined from the function: yes.
   */
  readonly answers?: Partial<
    Record<KnownFpduName, Answer | ((request: Fpdu) => Answer | undefined)>
  >
  /** PI 18 of ACK(WRITE) on a restart; the last acknowledged point when absent. */
  readonly restartPoint?: (progress: Progress) => number
  /** PI 91 of ACK(MSG). */
  readonly reply?: (message: ReceivedMessage) => string | undefined
  /** PI 27 and 28 of ACK(TRANS.END) instead of the truth. */
  readonly claimedCounts?: Counts
  readonly receiving?: ReceivingManner
  readonly sending?: SendingManner & { readonly syncAfterArticles?: readonly number[] }
}
