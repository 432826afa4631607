import type { Agent } from 'node:http'
import type { Socket } from 'node:net'
import type { Certificate } from '../../certs/certificate.ts'
import type { Proof } from '../../gateway/flow.ts'
import { SendingError } from '../sending.ts'
import { as2Headers } from './as2-headers.ts'
import { hashRow, type HashName } from './cms/algorithms.ts'
import type { DecryptionKey } from './cms/content-key.ts'
import { post, type PostAnswer, type PostTls } from './http-exchange.ts'
import { faultOf, type MessageFault } from './message-fault.ts'
import { buildMessage, type BuiltMessage, type HeaderList } from './message-writer.ts'
import { readMdn } from './mdn/read-mdn.ts'
import { writeReceiptOptions } from './mdn/receipt-request.ts'
import {
  failedReceipt,
  judgeReceipt,
  type AwaitedReceipt,
  type ReceiptVerdict,
} from './mdn/receipt-verdict.ts'
import type { HeaderFields } from './mime/header-fields.ts'
import { keptReceipt } from './kept-receipt.ts'
import { collect, drain, octetsOf, tapped, type Octets } from './octets.ts'
import { certificateForEncryption } from './partner-certificates.ts'
import { receiptEvidence } from './receipt-evidence.ts'
import type { SendingPolicy } from './sending-policy.ts'

/** One message to one partner. */
export interface SendOrder {
  readonly url: string
  /** Resolved and allowed; undefined = the URL's name is looked up. */
  readonly address?: string
  readonly as2From: string
  readonly as2To: string
  /** With its brackets; the same at each try (AS2 reference §2). */
  readonly messageId: string
  readonly subject?: string
  /** Signs. */
  readonly identity: DecryptionKey
  /** Registered ones of the partner, valid or not. */
  readonly partnerCertificates: readonly Certificate[]
  readonly policy: SendingPolicy
  readonly payload: {
    readonly octets: Octets
    readonly bytes: number | undefined
    readonly contentType: string
    readonly fileName?: string
  }
  /** `raccord:0.1.0`. */
  readonly product: string
  /** Business time, milliseconds UTC. */
  readonly now: number
  readonly idleMilliseconds?: number
  readonly tls?: PostTls
  readonly signal?: AbortSignal
  readonly agent?: Agent
  /** Told of each socket that it goes over. */
  readonly onSocket?: (socket: Socket) => void
  /** Told before the last byte leaves: a receipt that is posted may come before the answer does. */
  readonly onWritten?: (awaited: AwaitedReceipt) => Promise<void>
  /** Bytes of the payload passed so far. */
  readonly onProgress?: (bytes: number) => void
}

/** What became of a message that the partner's server answered with 2xx. */
export type Sent = {
  readonly status: number
  readonly milliseconds: number
  /** From the last byte to the answer. */
  readonly waitedMilliseconds: number
  /** What a receipt of it must say; kept when it comes later. */
  readonly awaited: AwaitedReceipt
  /** Layers, algorithms and fingerprints, for the record of the transfer. */
  readonly evidence: Readonly<Record<string, string>>
} & (
  | { readonly outcome: 'receipt'; readonly receipt: JudgedReceipt }
  /** It will be posted. */
  | { readonly outcome: 'receipt-later' }
  /** None was asked for: that the transport worked is all there is. */
  | { readonly outcome: 'no-receipt-asked' }
  /** It was asked for and is not in the answer. */
  | { readonly outcome: 'receipt-missing' }
)

export interface JudgedReceipt {
  readonly verdict: ReceiptVerdict
  /** What it says, for people and for the record. */
  readonly evidence: Readonly<Record<string, string>>
  /** Why it cannot be read, or its signature does not hold. */
  readonly fault: MessageFault | undefined
  /** As it came (kept-receipt.ts), of one that can be read. */
  readonly kept: Buffer | undefined
}

/** Long: a partner may look through a gigabyte before it answers. */
const IDLE_MILLISECONDS = 300_000

/**
 * Sends one message, streamed through all its layers, and judges the receipt in the answer.
 * @throws PostError when it was not answered with 2xx; SendingError `local` for a message that
 * cannot be built
 */
export async function sendMessage(order: SendOrder): Promise<Sent> {
  const startedAt = performance.now()
  const { policy } = order
  const recipient = policy.encrypt === undefined ? undefined : recipientOf(order)
  const built = build(order, recipient)
  const answer = await post({
    url: order.url,
    ...(order.address === undefined ? {} : { address: order.address }),
    headers: [...requestHeaders(order), ...built.headers],
    body: withLastHeld(built.octets, async () => order.onWritten?.(awaitedOf(order, built))),
    bytes: built.bytes,
    isChunked: policy.isChunked === true,
    expectsContinue: policy.expectsContinue === true,
    idleMilliseconds: order.idleMilliseconds ?? IDLE_MILLISECONDS,
    ...(order.tls === undefined ? {} : { tls: order.tls }),
    ...(order.signal === undefined ? {} : { signal: order.signal }),
    ...(order.agent === undefined ? {} : { agent: order.agent }),
    ...(order.onSocket === undefined ? {} : { onSocket: order.onSocket }),
  })
  const awaited = awaitedOf(order, built)
  const judged = await judgeAnswer(order, answer, awaited)
  return {
    status: answer.status,
    milliseconds: performance.now() - startedAt,
    waitedMilliseconds: answer.waitedMilliseconds,
    awaited,
    evidence: messageEvidence(order, recipient, awaited),
    ...judged,
  }
}

function awaitedOf({ messageId, policy }: SendOrder, built: BuiltMessage): AwaitedReceipt {
  return {
    messageId,
    digests: built.digests(),
    wantsSignature: policy.receipt === 'signed',
    isSigned: policy.sign !== undefined,
  }
}

/** The same octets; `before` is done before the last piece passes. */
async function* withLastHeld(octets: Octets, before: () => Promise<void>): AsyncGenerator<Buffer> {
  let held: Buffer | undefined
  for await (const piece of octets) {
    if (held !== undefined) yield held
    held = piece
  }
  await before()
  if (held !== undefined) yield held
}

type Judged =
  | { readonly outcome: 'receipt'; readonly receipt: JudgedReceipt }
  | { readonly outcome: 'receipt-later' | 'no-receipt-asked' | 'receipt-missing' }

async function judgeAnswer(
  order: SendOrder,
  { headers, body }: PostAnswer,
  awaited: AwaitedReceipt,
): Promise<Judged> {
  const { policy } = order
  const isReceipt = isMdnType(headers)
  if (policy.receipt !== 'none' && policy.receiptUrl === undefined && isReceipt) {
    return { outcome: 'receipt', receipt: await readReceipt(headers, body, awaited, order) }
  }
  await drainAnswer(body)
  if (policy.receipt === 'none') return { outcome: 'no-receipt-asked' }
  return { outcome: policy.receiptUrl === undefined ? 'receipt-missing' : 'receipt-later' }
}

/** A receipt, signed or not; other answers (a page of HTML, nothing) are none. */
function isMdnType(headers: HeaderFields): boolean {
  return /^\s*(?:multipart\/(?:report|signed)|application\/(?:x-)?pkcs7-mime)\b/i.test(
    headers.get('content-type') ?? '',
  )
}

/** As long as an MDN is read (mdn/read-mdn.ts). */
const MAX_RECEIPT_BYTES = 1024 * 1024
const MAX_IGNORED_BYTES = 1024 * 1024

/** So that the connection can be used again; a server that sends on and on is left. */
async function drainAnswer(body: Octets): Promise<void> {
  let bytes = 0
  try {
    for await (const piece of body) {
      bytes += piece.length
      if (bytes > MAX_IGNORED_BYTES) return
    }
  } catch {
    // The status was the answer.
  }
}

/**
 * Reads a receipt and judges it, whether it came in the answer or was posted later.
 * @throws SendingError when the connection breaks in the middle of it
 */
export async function readReceipt(
  headers: HeaderFields,
  body: Octets,
  awaited: AwaitedReceipt,
  { partnerCertificates, policy, now }: Pick<SendOrder, 'partnerCertificates' | 'policy' | 'now'>,
): Promise<JudgedReceipt> {
  const { legacy, quirks } = policy
  try {
    const bytes = await collect(body, MAX_RECEIPT_BYTES)
    const reading = { registered: partnerCertificates, legacy, quirks }
    const mdn = await readMdn(headers, octetsOf(bytes), reading)
    const verdict = judgeReceipt(mdn, awaited, now)
    const evidence = receiptEvidence(verdict, mdn)
    return { verdict, evidence, fault: undefined, kept: keptReceipt(headers, bytes) }
  } catch (error) {
    const fault = faultOf(error)
    if (fault === undefined) throw asBroken(error)
    const isSignature = ['signature', 'signer', 'digest', 'weak'].includes(fault.kind)
    const verdict = failedReceipt(isSignature ? 'signature-invalid' : 'unreadable')
    const evidence = { verdict: verdict.code, fault: fault.message }
    return { verdict, evidence, fault, kept: undefined }
  } finally {
    await drain(body).catch(() => undefined)
  }
}

function asBroken(error: unknown): SendingError {
  const why = error instanceof Error ? error.message : 'no reason given'
  return new SendingError('unreachable', `The receipt broke off: ${why}`, { cause: error })
}

function recipientOf({ partnerCertificates, now, as2To }: SendOrder): Certificate {
  const recipient = certificateForEncryption(partnerCertificates, now)
  if (recipient !== undefined) return recipient
  const last = Math.max(...partnerCertificates.map((one) => one.notAfter))
  throw new SendingError(
    'local',
    partnerCertificates.length === 0
      ? `No certificate of ${as2To} is registered, to encrypt for it.`
      : `No certificate of ${as2To} is valid now; the last ends ${new Date(last).toISOString()}.`,
  )
}

function build(order: SendOrder, recipient: Certificate | undefined): BuiltMessage {
  const { policy, payload, identity, now, onProgress } = order
  const { sign, encrypt, compress, micalg, protectAlgorithms } = policy
  let passed = 0
  const octets =
    onProgress === undefined
      ? payload.octets
      : tapped(payload.octets, ({ length }) => {
          passed += length
          onProgress(passed)
        })
  try {
    return buildMessage({
      payload: { ...payload, octets },
      micHashes: policy.receiptHashes,
      ...(micalg === undefined ? {} : { micalg }),
      ...(compress === undefined ? {} : { compress }),
      ...(sign === undefined
        ? {}
        : {
            sign: {
              ...identity,
              ...sign,
              signingTime: now,
              protectAlgorithms: protectAlgorithms === true,
            },
          }),
      ...(encrypt === undefined
        ? {}
        : {
            encrypt: {
              cipher: encrypt.cipher,
              recipients: [
                {
                  certificate: recipient!,
                  ...(encrypt.oaep === undefined ? {} : { oaep: encrypt.oaep }),
                },
              ],
            },
          }),
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no reason given'
    throw new SendingError('local', `The message cannot be made: ${why}`, { cause: error })
  }
}

function requestHeaders(order: SendOrder): HeaderList {
  const { as2From: from, as2To: to, product, now, policy, messageId, subject, url } = order
  const { receipt, receiptUrl, receiptHashes } = policy
  const { protocol, host, pathname } = new URL(url)
  return [
    ...as2Headers({ from, to, product, now }),
    ['Message-ID', messageId],
    ...(subject === undefined ? [] : [['Subject', oneLine(subject)] as const]),
    ['Recipient-Address', `${protocol}//${host}${pathname}`],
    ...(receipt === 'none' ? [] : [['Disposition-Notification-To', from.trim()] as const]),
    ...(receipt === 'signed'
      ? [['Disposition-Notification-Options', writeReceiptOptions(receiptHashes)] as const]
      : []),
    ...(receipt === 'none' || receiptUrl === undefined
      ? []
      : [['Receipt-Delivery-Option', receiptUrl] as const]),
  ]
}

function oneLine(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?').slice(0, 200)
}

function messageEvidence(
  { policy, identity, messageId }: SendOrder,
  recipient: Certificate | undefined,
  { digests }: AwaitedReceipt,
): Record<string, string> {
  const { sign, encrypt, compress } = policy
  const hash: HashName = sign?.hash ?? policy.receiptHashes[0] ?? 'sha256'
  return {
    messageId,
    ...(sign === undefined
      ? {}
      : { signedWith: identity.certificate.sha256, signatureHash: hashRow(sign.hash).micalg }),
    ...(encrypt === undefined
      ? {}
      : { encryptedFor: recipient?.sha256 ?? '', cipher: encrypt.cipher }),
    ...(compress === undefined ? {} : { compressed: compress }),
    mic: `${digests.get(hash)?.toString('base64') ?? ''}, ${hashRow(hash).micalg}`,
  }
}

/** What shows that the partner has it: the receipt, and what was sent. */
export function proofOf(sent: Sent, at: number): Proof {
  if (sent.outcome !== 'receipt') {
    return { kind: 'mdn', at, evidence: { ...sent.evidence, verdict: sent.outcome } }
  }
  const { evidence, kept } = sent.receipt
  return {
    kind: 'mdn',
    at,
    evidence: { ...sent.evidence, ...evidence },
    ...(kept === undefined ? {} : { receipt: kept.toString('base64') }),
  }
}
