import type { ConnectionOptions } from 'node:tls'
import type { Compression } from './compression.ts'
import type { SyncTerms } from './connection-terms.ts'
import type { Counts } from './data-plan.ts'
import { noProgress } from './data-receiver.ts'
import type { Progress, ReceivingManner } from './data-receiver.ts'
import type { SendingManner } from './data-sender.ts'
import type { Framing } from './entity-reader.ts'
import type { FileAttributes, StatedAttributes } from './file-attributes.ts'
import type { Fpdu } from './fpdu.ts'
import type { LinkOptions } from './pesit-link.ts'
import type { PreConnection } from './pre-connection.ts'

export interface InitiatorOptions extends LinkOptions {
  readonly port: number
  /** 127.0.0.1 when absent. */
  readonly host?: string
  /** Key and certificate of the client, trusted authorities; clear when absent. */
  readonly tls?: ConnectionOptions
  /** `prefix` when absent. */
  readonly framing?: Framing
  readonly preConnection?: PreConnection
  /** PI 3 and PI 4. */
  readonly requester: string
  readonly server: string
  /** PI 5. */
  readonly password?: string
  readonly newPassword?: string
  /** X, our connection number; 1 when absent. */
  readonly number?: number
  /** PI 1. */
  readonly hasCrc?: boolean
  /** PI 6; 2 = PeSIT E when absent. */
  readonly version?: number
  /** PI 7; not sent when absent. */
  readonly sync?: SyncTerms
  /** PI 22; mixed when absent. */
  readonly access?: 'write' | 'read' | 'mixed'
  /** PI 23. */
  readonly resync?: boolean
  /** PI 99. */
  readonly text?: string
}

export interface SendOrder extends FileAttributes, SendingManner {
  /** Proposed in ORF; none when absent. */
  readonly compression?: Compression
  /** PI 15 = 1, with the PI 13 of the first attempt; the peer says the point. */
  readonly isRestart?: boolean
  /** What TRANS.END counts of a restarted transfer; `whole` when absent. */
  readonly countsOf?: 'whole' | 'resumed'
  /** What TRANS.END says instead of the truth. */
  readonly claimedCounts?: Counts
  /** Points after these numbers of articles, whatever the interval. */
  readonly syncAfterArticles?: readonly number[]
}

export interface SentFile {
  readonly counts: Counts
  /** PI 18 of ACK(WRITE): where the data began. */
  readonly startPoint: number
  readonly compression: Compression | undefined
  readonly acknowledgement: Fpdu
}

export interface FetchOrder extends ReceivingManner {
  readonly fileName: string
  readonly fileType?: number
  readonly maxEntityBytes?: number
  readonly compression?: Compression
  readonly originalSender?: string
  readonly finalReceiver?: string
  readonly text?: string
  /** Keeps what is needed to take the transfer up again; see {@link newFetchAttempt}. */
  readonly attempt?: FetchAttempt
  /** PI 15 = 1: goes on from where {@link attempt} was. */
  readonly isRestart?: boolean
  /** PI 18 of READ, when not the attempt's own. */
  readonly startPoint?: number
  readonly claimedCounts?: Counts
}

export interface FetchAttempt {
  transferId: number
  readonly progress: Progress
}

export interface FetchedFile {
  readonly attributes: StatedAttributes
  readonly articles: readonly Buffer[]
  /** The articles, end to end. */
  readonly content: Buffer
  readonly counts: Counts
}

export function newFetchAttempt(): FetchAttempt {
  return { transferId: 0, progress: noProgress() }
}
