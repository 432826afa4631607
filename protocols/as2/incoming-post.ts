import type { SessionId } from '../../gateway/flow.ts'
import type { OpenSession, PartnerConnection } from '../listener.ts'
import type { HeaderList } from './message-writer.ts'
import type { ReadMdn } from './mdn/read-mdn.ts'
import type { HeaderFields } from './mime/header-fields.ts'
import type { Octets } from './octets.ts'

/** One POST as it comes out of HTTP. */
export interface IncomingPost {
  readonly headers: HeaderFields
  /** Without chunking. Throws when the line breaks, or is too slow. */
  readonly body: Octets
  /** Content-Length; undefined when it comes in chunks. */
  readonly bytes: number | undefined
  readonly peer: { readonly host: string; readonly port: number }
  /** Hexadecimal SHA-256 of what the client showed to TLS. */
  readonly tlsCertificate: string | undefined
  readonly session: OpenSession
  /** From 1, of those that came over the same line. */
  readonly number: number
  /** The body is wanted: answers `Expect: 100-continue`. */
  readonly wantBody: () => void
  /** It has said who it is; that may not be true. */
  readonly named: () => void
  /** When its last byte was there, by `performance.now()`; undefined while some are missing. */
  readonly arrivedAt: () => number | undefined
}

/** What HTTP answers. */
export interface PostAnswer {
  readonly status: number
  readonly headers: HeaderList
  readonly body: Buffer
  /** Cut the line in place of it (a fault on demand). */
  readonly isCut?: boolean
  /** Told once it has been sent. */
  readonly sent?: () => void
}

/** A receipt that goes to a URL. */
export interface AsyncReceipt {
  readonly connection: PartnerConnection
  readonly url: string
  readonly headers: HeaderList
  readonly body: Buffer
  /** Of the message that it is for. */
  readonly sessionId?: SessionId
}

/** Takes charge of a receipt: once it resolves, it is posted whatever happens. */
export type QueueReceipt = (receipt: AsyncReceipt) => Promise<void>

/** Takes a receipt that was posted for a return flow of ours; `unknown` when this one awaits none. */
export type TakeReceipt = (
  connection: PartnerConnection,
  mdn: ReadMdn,
) => Promise<'taken' | 'unknown'>

export const plainAnswer = (status: number, text: string, more: HeaderList = []): PostAnswer => ({
  status,
  headers: [['Content-Type', 'text/plain; charset=us-ascii'], ...more],
  body: Buffer.from(text === '' ? '' : `${text}\n`, 'latin1'),
})

/** Seconds after which a message may be posted again. */
const RETRY_SECONDS = '30'

/** The same message may be taken later. */
export const laterAnswer = (text: string, status: 429 | 503 = 503): PostAnswer =>
  plainAnswer(status, text, [['Retry-After', RETRY_SECONDS]])
