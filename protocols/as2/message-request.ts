import { parseAs2Name } from './as2-name.ts'
import { parseReceiptRequest, type ReceiptRequest } from './mdn/receipt-request.ts'
import type { HeaderFields } from './mime/header-fields.ts'

/** What the headers of a POST say of a message (RFC 4130 §6, AS2 reference §3). */
export interface MessageRequest {
  /** Decoded readings, the likeliest first. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** AS2-To as it stands, for the receipt. */
  readonly recipient: string
  /** Exactly as received; brackets or none. */
  readonly messageId: string
  readonly hasSoundId: boolean
  readonly isToSelf: boolean
  readonly receipt: ReceiptRequest | undefined
  readonly subject: string | undefined
}

/** A request that no receipt can answer. */
export interface BadRequest {
  readonly status: 400
  readonly reason: string
}

/** Twice, they would mean one thing to us and another to whoever stands between. */
const ONCE = [
  'as2-from',
  'as2-to',
  'message-id',
  'content-type',
  'content-length',
  'content-transfer-encoding',
  'disposition-notification-to',
  'disposition-notification-options',
  'receipt-delivery-option',
]
const MAX_ID_CHARACTERS = 998
/** Printable, no blank (4130bis §5.3.3). */
const SOUND_ID = /^[!-~]+$/

export function readMessageRequest(headers: HeaderFields): MessageRequest | BadRequest {
  const counts = new Map<string, number>()
  for (const [name] of headers.all) {
    const key = name.toLowerCase()
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const twice = ONCE.find((name) => (counts.get(name) ?? 0) > 1)
  if (twice !== undefined) return bad(`The header ${twice} stands twice`)
  const recipient = headers.get('as2-to')?.trim() ?? ''
  const from = parseAs2Name(headers.get('as2-from') ?? '')
  const to = parseAs2Name(recipient)
  if (from.length === 0) return bad('AS2-From is missing, or is no AS2 name')
  if (to.length === 0) return bad('AS2-To is missing, or is no AS2 name')
  const messageId = headers.get('message-id')?.trim() ?? ''
  if (messageId === '') return bad('Message-ID is missing')
  return {
    from,
    to,
    recipient,
    messageId,
    hasSoundId: messageId.length <= MAX_ID_CHARACTERS && SOUND_ID.test(messageId),
    isToSelf: from[0] === to[0],
    receipt: parseReceiptRequest(headers),
    subject: headers.get('subject'),
  }
}

const bad = (reason: string): BadRequest => ({ status: 400, reason })
