import type { Socket } from 'node:net'
import { readCertificate, type Certificate } from '../../certs/certificate.ts'
import type { ConnectionOverrides } from '../../gateway/connections/connection-overrides.ts'
import type { As2Policy } from '../../gateway/connections/as2-overrides.ts'
import type { BilingualText, Proof } from '../../gateway/flow.ts'
import type { Clock } from '../../gateway/clock.ts'
import { CalledLine } from '../called-line.ts'
import type { ReadableContent, Sessions } from '../listener.ts'
import type { PartnerCertificate } from '../partner-certificate.ts'
import {
  DeliveryFault,
  type As2Target,
  type Delivery,
  type ReturnFlowSender,
} from '../return-flow-sender.ts'
import { SendingError } from '../sending.ts'
import { isDelivered, type AwaitedReceipts, type LaterReceipt } from './awaited-receipts.ts'
import type { DecryptionKey } from './cms/content-key.ts'
import type { PostTls } from './http-exchange.ts'
import { diagnoseMic } from './mic-diagnosis.ts'
import { VERDICTS, type ReceiptVerdictCode } from './mdn/receipt-verdict.ts'
import { headerBlock, payloadFields } from './message-writer.ts'
import type { Octets } from './octets.ts'
import { PostError } from './post-error.ts'
import { ServerCertificateError, SERVER_CERTIFICATE_FAULTS } from './server-certificate.ts'
import { proofOf, sendMessage, type SendOrder, type Sent } from './sender.ts'
import { sendingPolicy } from './sending-policy.ts'

export interface As2SenderOptions {
  /** The key of the gateway that signs. */
  readonly identity: () => Promise<DecryptionKey>
  /** The settings of a connection, filled up. */
  readonly policyOf: (overrides: ConnectionOverrides['as2']) => As2Policy
  readonly receipts: AwaitedReceipts
  /** Where receipts may be posted to us; undefined = no listener is reached from outside. */
  readonly receiptUrl: () => string | undefined
  /** What a partner's server over https is checked with; absent = as Node checks it. */
  readonly serverTls?: (
    policy: As2Policy,
    certificates: readonly PartnerCertificate[],
  ) => Promise<PostTls>
  readonly sessions: Sessions
  readonly clock: Clock
  /** `raccord:0.1.0`. */
  readonly product: string
}

/** Pieces of the content on its way: as long as those that the crypto works on best. */
const PIECE_BYTES = 256 * 1024

/** Hands return flows to partners on AS2; the proof is the receipt. */
export function createAs2ReturnFlowSender(options: As2SenderOptions): ReturnFlowSender {
  return async (delivery) => {
    const { target, connection } = delivery
    if (target.protocol !== 'as2') throw new TypeError(`A target of ${target.protocol}`)
    const line = new CalledLine()
    const signal = AbortSignal.any([delivery.signal, line.signal])
    const order = {
      ...(await orderOf(options, delivery, target)),
      signal,
      onSocket: (socket: Socket) => line.use(socket),
    }
    const session = options.sessions.open({
      protocol: 'as2',
      peer: `${target.addresses[0] ?? target.host}:${target.port}`,
      line,
    })
    session.note({
      connectionId: connection.id,
      fields: { returnFlow: delivery.returnFlow.id },
    })
    session.carries({ direction: 'out', name: delivery.returnFlow.fileName })
    const record = (name: string, summary: string, fields: Readonly<Record<string, string>>) =>
      session.transcript.record({ direction: 'out', layer: 'as2', name, summary, fields })
    let outcome = 'failed'
    try {
      const known = await options.receipts.find(connection.id, order.messageId)
      if (known !== undefined) return proofOfLater(known, {}, options.clock.now())
      record('MESSAGE', order.payload.fileName ?? '', {
        url: target.url,
        'AS2-From': order.as2From,
        'AS2-To': order.as2To,
        'Message-ID': order.messageId,
      })
      const sent = await sendToFirst(order, target.addresses)
      record('ANSWER', `${sent.status}, ${sent.outcome}`, {
        ...sent.evidence,
        ...(sent.outcome === 'receipt' ? sent.receipt.evidence : {}),
      })
      const proof =
        sent.outcome === 'receipt-later'
          ? await later(options, delivery, sent, signal)
          : await judged(options, delivery, order, sent)
      outcome = 'delivered'
      return { ...proof, evidence: { ...proof.evidence, sessionId: session.id } }
    } catch (error) {
      if (line.reason !== undefined) outcome = line.reason
      const fault = line.fault ?? asFault(error, signal)
      throw fault instanceof DeliveryFault ? fault.inSession(session.id) : fault
    } finally {
      void session.close(outcome)
    }
  }
}

/** The identifier of one emission: the same whatever is tried again, so that the partner sees it. */
function messageIdOf({ returnFlow, emission }: Delivery): string {
  return `<${returnFlow.id}-${emission}@raccord>`
}

async function orderOf(
  options: As2SenderOptions,
  delivery: Delivery,
  target: As2Target,
): Promise<Omit<SendOrder, 'signal'>> {
  const { returnFlow, content } = delivery
  const settings = options.policyOf(target.overrides.as2)
  const identity = await options.identity()
  const receiptUrl = settings.receiptMode === 'async' ? options.receiptUrl() : undefined
  const { fileName } = returnFlow
  const messageId = messageIdOf(delivery)
  const tls = await options.serverTls?.(settings, target.certificates)
  return {
    url: target.url,
    as2From: settings.ownId,
    as2To: target.as2Id,
    messageId,
    subject: fileName,
    identity,
    partnerCertificates: certificatesOf(target),
    policy: sendingPolicy(settings, receiptUrl),
    payload: {
      octets: octetsOfContent(content),
      bytes: content.bytes,
      contentType: contentTypeOf(fileName),
      fileName,
    },
    product: options.product,
    now: options.clock.now(),
    ...(tls === undefined ? {} : { tls }),
    ...(receiptUrl === undefined
      ? {}
      : { onWritten: (awaited) => options.receipts.expect(delivery.connection.id, awaited) }),
  }
}

/** The AS2 certificate of a form is its part `server`; each with the time that the form gives it. */
function certificatesOf({ certificates }: As2Target): Certificate[] {
  return certificates
    .filter(({ part }) => part === 'server')
    .map(({ der, notBefore, notAfter }) => ({ ...readCertificate(der), notBefore, notAfter }))
}

/** Each address is asked until one answers; what was read of the content is read again. */
async function sendToFirst(order: SendOrder, addresses: readonly string[]): Promise<Sent> {
  for (const address of addresses.slice(0, -1)) {
    try {
      return await sendMessage({ ...order, address })
    } catch (error) {
      if (!(error instanceof PostError) || error.failure !== 'unreachable') throw error
    }
  }
  const last = addresses.at(-1)
  return sendMessage(last === undefined ? order : { ...order, address: last })
}

async function later(
  { receipts, clock }: As2SenderOptions,
  { connection }: Delivery,
  sent: Sent,
  signal: AbortSignal,
): Promise<Proof> {
  const receipt = await receipts.wait(connection.id, sent.awaited.messageId, signal)
  return proofOfLater(receipt, sent.evidence, clock.now())
}

function proofOfLater(
  receipt: LaterReceipt,
  evidence: Readonly<Record<string, string>>,
  at: number,
): Proof {
  const all = { ...evidence, ...receipt.evidence }
  const kept = receipt.receipt === undefined ? {} : { receipt: receipt.receipt }
  if (isDelivered(receipt)) return { kind: 'mdn', at, evidence: all, ...kept }
  throw receiptFault(receipt.code, all)
}

async function judged(
  { clock }: As2SenderOptions,
  { content }: Delivery,
  order: SendOrder,
  sent: Sent,
): Promise<Proof> {
  if (sent.outcome === 'no-receipt-asked') return proofOf(sent, clock.now())
  if (sent.outcome !== 'receipt') throw missingFault(sent)
  const { verdict, evidence } = sent.receipt
  if (verdict.isDelivered) return proofOf(sent, clock.now())
  const isComparable = verdict.code === 'mic-differs' && order.policy.compress === undefined
  const finding =
    isComparable && verdict.mic !== undefined
      ? await diagnoseMic(verdict.mic.digest, {
          headerBytes: Buffer.from(headerBlock(payloadFields(order.payload)), 'utf8'),
          body: () => octetsOfContent(content),
        })
      : undefined
  const diagnosis =
    finding === undefined
      ? {}
      : { micDiagnosis: finding.variant, micRemedy: finding.remedy.en, micHash: finding.hash }
  throw receiptFault(verdict.code, { ...sent.evidence, ...evidence, ...diagnosis })
}

/** Codes for lists and counts. */
const FAULT_CODES: Readonly<Record<ReceiptVerdictCode, string>> = {
  proved: 'MDN_UNREADABLE',
  unproven: 'MDN_UNREADABLE',
  'signature-invalid': 'MDN_SIGNATURE_INVALID',
  'signer-expired': 'MDN_SIGNER_EXPIRED',
  'other-message': 'MDN_OTHER_MESSAGE',
  unreadable: 'MDN_UNREADABLE',
  refused: 'MDN_NEGATIVE',
  'mic-missing': 'MDN_MIC_MISSING',
  'mic-differs': 'MDN_MIC_DIFFERS',
}

/**
 * The partner would answer the same again (AS2 reference §7), so nothing is tried again: who sends
 * the return flow once more gives it another Message-ID.
 */
function receiptFault(
  code: ReceiptVerdictCode,
  evidence: Readonly<Record<string, string>>,
): DeliveryFault {
  const { en, fr } = VERDICTS[code].message
  const said = evidence['disposition'] ?? evidence['fault']
  const message = said === undefined ? { en, fr } : { en: `${en} (${said})`, fr: `${fr} (${said})` }
  return new DeliveryFault({ code: FAULT_CODES[code], retry: false, message, evidence })
}

function missingFault(sent: Sent): DeliveryFault {
  return new DeliveryFault({
    code: 'MDN_MISSING',
    retry: false,
    message: {
      en: `The partner's server answered ${sent.status} without the receipt that was asked for. Its receipts must be synchronous.`,
      fr: `Le serveur du partenaire a répondu ${sent.status} sans l’accusé demandé. Ses accusés doivent être synchrones.`,
    },
    evidence: sent.evidence,
  })
}

/** What a fault of the line means for the next attempts (AS2 reference §2). */
function asFault(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof DeliveryFault || signal.aborted) return error
  if (!(error instanceof SendingError)) return error
  if (error instanceof ServerCertificateError) {
    const { code, message, remedy } = SERVER_CERTIFICATE_FAULTS[error.fault]
    return new DeliveryFault({
      code,
      retry: true,
      message: { en: `${message.en} ${remedy.en}`, fr: `${message.fr} ${remedy.fr}` },
      evidence: error.shown,
      cause: error,
    })
  }
  const why = error.message
  const isPost = error instanceof PostError
  const evidence = isPost && error.status !== undefined ? { status: String(error.status) } : {}
  const fault = (code: string, retry: boolean, message: BilingualText): DeliveryFault =>
    new DeliveryFault({
      code,
      retry,
      isUnreachable: error.failure === 'unreachable' || error.failure === 'timed-out',
      message,
      evidence,
      cause: error,
    })
  switch (error.failure) {
    case 'unreachable':
      return fault('AS2_UNREACHABLE', true, {
        en: `The partner's server cannot be reached: ${why}.`,
        fr: `Le serveur du partenaire est injoignable : ${why}.`,
      })
    case 'timed-out':
      return fault('AS2_TIMED_OUT', true, {
        en: `The partner's server did not answer in time: ${why}.`,
        fr: `Le serveur du partenaire n’a pas répondu à temps : ${why}.`,
      })
    case 'refused': {
      const isTransient = isPost && error.isTransient
      return fault(
        isPost && error.status !== undefined ? 'HTTP_STATUS' : 'TLS_REFUSED',
        isTransient,
        {
          en: `The partner's server refused: ${why}.`,
          fr: `Le serveur du partenaire a refusé : ${why}.`,
        },
      )
    }
    case 'local':
      return fault('AS2_NOT_BUILT', true, {
        en: `The message could not be made: ${why}`,
        fr: `Le message n’a pu être constitué : ${why}`,
      })
    case 'cancelled':
      return error
  }
}

/** Reads the content from its start, each time it is asked for. */
function octetsOfContent(content: ReadableContent): Octets {
  return {
    async *[Symbol.asyncIterator]() {
      for (let position = 0; position < content.bytes;) {
        const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, content.bytes - position))
        const bytes = await content.read([piece], position)
        if (bytes === 0) throw new SendingError('local', 'The content ends before its length')
        position += bytes
        yield piece.subarray(0, bytes)
      }
    },
  }
}

function contentTypeOf(fileName: string): string {
  if (fileName.endsWith('.gz')) return 'application/gzip'
  return fileName.endsWith('.xml') ? 'application/xml' : 'application/octet-stream'
}
