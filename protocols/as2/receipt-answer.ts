import { randomUUID } from 'node:crypto'
import type { As2Keys } from '../../gateway/as2-keys.ts'
import type { As2Policy } from '../../gateway/connections/as2-overrides.ts'
import { as2Headers } from './as2-headers.ts'
import type { HashName, LegacyAlgorithm } from './cms/algorithms.ts'
import type { MessageFacts } from './message-reader.ts'
import type { MessageRequest } from './message-request.ts'
import type { HeaderList } from './message-writer.ts'
import { buildMdn, type BuiltMdn } from './mdn/build-mdn.ts'
import type { Disposition } from './mdn/disposition.ts'
import { receiptHash } from './mdn/receipt-request.ts'
import type { Mic } from './mic.ts'

/** A receipt as it leaves, in an answer or to a URL. */
export interface WrittenReceipt {
  readonly headers: HeaderList
  readonly body: Buffer
  readonly isSigned: boolean
}

export interface ReceiptOrder {
  readonly request: MessageRequest
  readonly disposition: Disposition
  /** For people, in English, no internals. */
  readonly text: string
  readonly mic: Mic | undefined
  /** Absent: an unsigned receipt, as strangers get. */
  readonly signing?: { readonly keys: As2Keys; readonly policy: As2Policy }
  /** `raccord:0.1.0`. */
  readonly product: string
  /** Milliseconds UTC. */
  readonly now: number
}

/** Builds the MDN that the message asks for, with its HTTP headers: names the other way round. */
export async function writeReceipt(order: ReceiptOrder): Promise<WrittenReceipt> {
  const { request, disposition, text, mic, signing, product, now } = order
  const micalg = signing?.policy.micalgSpelling ?? 'new'
  const isAsked = request.receipt?.isSigned === true
  const isSigned = signing !== undefined && (isAsked || signing.policy.signReceipts === 'always')
  const hash = receiptHashOf(request, new Set(signing?.policy.legacy))
  const mdn: BuiltMdn = await buildMdn({
    reportingUa: product.replace(':', '/'),
    recipient: request.recipient,
    originalMessageId: request.messageId,
    disposition,
    mic,
    text,
    micalg,
    ...(isSigned ? { signer: { ...signing.keys.inUse, hash, signingTime: now } } : {}),
  })
  const parties = { from: request.to[0]!, to: request.from[0]!, product, now }
  return {
    headers: [
      ...as2Headers(parties),
      ['Message-ID', `<${randomUUID()}@raccord>`],
      ['Subject', 'Message Disposition Notification'],
      ...mdn.headers.filter(([name]) => name !== 'MIME-Version'),
    ],
    body: mdn.body,
    isSigned,
  }
}

export function receiptHashOf(
  { receipt }: MessageRequest,
  legacy: ReadonlySet<LegacyAlgorithm>,
): HashName {
  return receipt === undefined ? 'sha256' : receiptHash(receipt, legacy)
}

/**
 * The MIC of a message (AS2 reference §5): by the hash of its signature, else by what the receipt
 * asks for. Also of a message whose signature does not hold.
 * @returns undefined when its octets could not be reached
 */
export function micOf(
  facts: MessageFacts,
  request: MessageRequest,
  legacy: ReadonlySet<LegacyAlgorithm>,
): Mic | undefined {
  const [announced] = facts.digests.keys()
  const signed = facts.signature?.hash ?? announced
  const asked = receiptHashOf(request, legacy)
  const wanted = facts.layers.includes('signed') ? signed : asked
  const digest = wanted === undefined ? undefined : facts.digests.get(wanted)
  return digest === undefined ? undefined : { hash: wanted!, digest }
}
