import type { As2Link } from '../listener.ts'
import { hashRow } from './cms/algorithms.ts'
import type { FailureModifier } from './mdn/disposition.ts'
import type { ReceiptRequest } from './mdn/receipt-request.ts'

/** Why the receipt that a message asks for cannot be given; the message is not taken then. */
export interface ReceiptLack {
  readonly failure: FailureModifier
  /** For the partner: the same whatever its connection allows, which a stranger shall not learn. */
  readonly text: string
  /** For the operator. */
  readonly reason: string
}

const ELSEWHERE =
  'Receipts are given in the answer, or where the connection has registered that they may go.'

export function receiptLack(receipt: ReceiptRequest, link: As2Link): ReceiptLack | undefined {
  const { policy } = link
  if (receipt.failure !== undefined) {
    return lack(receipt.failure, 'The receipt is asked for in a form not known here.')
  }
  const isAllowed = receipt.hashes.some((name) => {
    const { legacy, canSend } = hashRow(name)
    return canSend && (legacy === undefined || policy.legacy.includes(legacy))
  })
  if (receipt.areHashesRequired && !isAllowed) {
    const text = 'The receipt is asked for with hashes that are not allowed here.'
    return lack('unsupported MIC-algorithms', text)
  }
  if (receipt.deliverTo === undefined) return undefined
  if (policy.asyncMdn === 'refuse') {
    const reason = 'Receipts are given in the answer only: leave Receipt-Delivery-Option out.'
    return lack('unsupported format', ELSEWHERE, reason)
  }
  if (isOwnUrl(receipt.deliverTo, [link.url, ...policy.receiptUrls])) return undefined
  const reason = 'Receipts are posted to the registered host of this connection only.'
  return lack('unsupported format', ELSEWHERE, reason)
}

function lack(failure: FailureModifier, text: string, reason = text): ReceiptLack {
  return { failure, text, reason }
}

/** Scheme, host and port are those of a URL of the connection. */
function isOwnUrl(text: string, allowed: readonly string[]): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const isPlain = url.username === '' && url.password === '' && /^https?:$/.test(url.protocol)
  return isPlain && allowed.some((one) => URL.canParse(one) && new URL(one).origin === url.origin)
}
