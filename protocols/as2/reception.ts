import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { Authenticate, PartnerConnection } from '../listener.ts'
import { errorStatus, limitAnswer } from './errors.ts'
import { ExchangeRecord } from './exchange-record.ts'
import { actOn, faultAt } from './fault-points.ts'
import { laterAnswer, plainAnswer, type IncomingPost, type PostAnswer } from './incoming-post.ts'
import type { Disposition } from './mdn/disposition.ts'
import { MessageExchange } from './message-exchange.ts'
import { readMessageRequest, type MessageRequest } from './message-request.ts'
import { MessageTurns } from './message-turns.ts'
import { writeReceipt } from './receipt-answer.ts'
import type { ReceptionParts } from './reception-parts.ts'
import { BrokenBody } from './request-body.ts'
import { roomLack, StagingLimit } from './staged-message.ts'

/** Base64 of base64, headers and signatures around a payload of the largest size. */
const ENVELOPE_FACTOR = 2
const ENVELOPE_BYTES = 1024 * 1024

type Refused = Extract<ReturnType<Authenticate>, { readonly outcome: 'refused' }>

/** What every listener of AS2 does with a POST, however it came. */
export class Reception {
  readonly #parts: ReceptionParts
  readonly #turns = new MessageTurns()
  readonly #inHand = new Map<string, number>()

  constructor(parts: ReceptionParts) {
    this.#parts = parts
  }

  /** Judges one POST; also what goes wrong with us is an answer. Throws only when the line breaks. */
  async answer(post: IncomingPost): Promise<PostAnswer> {
    const { services } = this.#parts
    const startedAt = performance.now()
    const record = new ExchangeRecord(post, services)
    const request = readMessageRequest(post.headers)
    if ('status' in request) {
      record.refused('MESSAGE_MALFORMED', request.reason)
      return this.#answered(record, plainAnswer(request.status, request.reason), request.reason)
    }
    const sick = sickRequest(request)
    if (sick !== undefined) {
      record.refused('MESSAGE_MALFORMED', sick.text, { offered: request.messageId.slice(0, 200) })
      return this.#tellStranger(record, request, sick.disposition, sick.text)
    }
    const who = services.authenticate({
      protocol: 'as2',
      as2From: request.from,
      as2To: request.to,
      peerAddress: post.peer.host,
    })
    if (who.outcome === 'refused') return this.#unknown(post, record, request, who, startedAt)
    const lack = await this.#tlsLack(post, who.connection)
    if (lack !== undefined) return this.#unknown(post, record, request, lack, startedAt)
    const { connection } = who
    const fault = faultAt(services, 'authenticate', { connection, post })
    if (fault?.kind === 'refuse') {
      const refused = { outcome: 'refused', reason: fault.message } as const
      return this.#unknown(post, record, request, refused, startedAt)
    }
    const instead = await actOn(fault, 'authenticate')
    if (instead !== undefined) return this.#answered(record, instead, 'fault on demand')
    return this.#answerPartner(post, record, request, connection)
  }

  async #answerPartner(
    post: IncomingPost,
    record: ExchangeRecord,
    request: MessageRequest,
    connection: PartnerConnection,
  ): Promise<PostAnswer> {
    post.session.note({
      connectionId: connection.id,
      fields: { as2From: request.from[0]!, as2To: request.to[0]! },
    })
    const lack = this.#roomLack(post, connection)
    if (lack !== undefined) {
      record.refused(lack.code, lack.message, { connection, offered: request.messageId })
      return this.#answered(record, limitAnswer(lack.code), lack.message)
    }
    const before = this.#inHand.get(connection.id) ?? 0
    this.#inHand.set(connection.id, before + 1)
    post.named()
    try {
      // The same message twice at once: the second is told what became of the first.
      const key = `${connection.id} ${request.messageId}`
      return await this.#turns.take(key, async () => {
        post.wantBody()
        const exchange = new MessageExchange(this.#parts, { post, record, request, connection })
        const answer = await exchange.run()
        return this.#answered(record, answer, exchange.outcome)
      })
    } catch (error) {
      if (error instanceof BrokenBody) throw error
      return this.#failed(error, record, connection)
    } finally {
      const left = this.#inHand.get(connection.id)! - 1
      if (left === 0) this.#inHand.delete(connection.id)
      else this.#inHand.set(connection.id, left)
    }
  }

  #roomLack(post: IncomingPost, connection: PartnerConnection): StagingLimit | undefined {
    const { services, settings } = this.#parts
    const bytes = post.bytes ?? 0
    const most = services.limits.maxFlowBytes * ENVELOPE_FACTOR + ENVELOPE_BYTES
    if (bytes > most) return new StagingLimit('CONTENT_TOO_LARGE', `a request of ${bytes} bytes`)
    if ((this.#inHand.get(connection.id) ?? 0) >= settings.maxPerConnection) {
      return new StagingLimit(
        'LIMIT_REACHED',
        `more than ${settings.maxPerConnection} messages at a time`,
      )
    }
    return roomLack(services, connection, bytes)
  }

  /** The certificate that TLS saw, where the connection demands one. Its dates are the Clock's. */
  async #tlsLack(post: IncomingPost, connection: PartnerConnection): Promise<Refused | undefined> {
    if (connection.as2?.policy.tlsClientCertificate !== 'required') return undefined
    const { services } = this.#parts
    const now = services.clock.now()
    const certificates = await services.certificatesOf(connection.id)
    const isKnown = certificates.some(
      ({ sha256, notBefore, notAfter }) =>
        sha256 === post.tlsCertificate && notBefore <= now && now <= notAfter,
    )
    if (isKnown) return undefined
    const shown = post.tlsCertificate === undefined ? 'no certificate' : 'another certificate'
    const reason = `the client showed ${shown} to TLS`
    return { outcome: 'refused', reason, nearest: { connectionId: connection.id, differs: reason } }
  }

  /** Unknown, wrong and inactive: the same bytes after the same time (decisions E6). */
  async #unknown(
    post: IncomingPost,
    record: ExchangeRecord,
    request: MessageRequest,
    { reason, nearest }: Refused,
    startedAt: number,
  ): Promise<PostAnswer> {
    const { services, settings } = this.#parts
    const { host } = post.peer
    services.failedTries.failed(host)
    record.refused('CREDENTIAL_REFUSED', reason, {
      offered: `AS2-From ${request.from[0]!}, AS2-To ${request.to[0]!}`,
      ...(nearest === undefined ? {} : { nearest }),
    })
    const error = 'unknown-trading-relationship'
    const text = REFUSALS.CREDENTIAL_REFUSED.message.en
    const answer = await this.#tellStranger(record, request, { type: 'processed', error }, text)
    const floor = settings.authenticationFloorMilliseconds
    const jitter = floor === 0 ? 0 : randomInt(Math.ceil(floor / 5) + 1)
    const delay = services.failedTries.delayMilliseconds(host)
    const left = floor + jitter + delay - (performance.now() - startedAt)
    if (left > 0) await sleep(left)
    return answer
  }

  /** An unsigned receipt, at once; without one asked for, a status that is not success. */
  async #tellStranger(
    record: ExchangeRecord,
    request: MessageRequest,
    disposition: Disposition,
    text: string,
  ): Promise<PostAnswer> {
    const { product, services } = this.#parts
    if (request.receipt === undefined) return this.#answered(record, plainAnswer(403, text), text)
    const now = services.clock.now()
    const mic = undefined
    const order = { request, disposition, text, mic, product, now }
    const { headers, body } = await writeReceipt(order)
    return this.#answered(record, { status: 200, headers, body }, text)
  }

  /** Our own failure: nothing was taken, the same message may come again. */
  #failed(error: unknown, record: ExchangeRecord, connection: PartnerConnection): PostAnswer {
    const { log } = this.#parts
    const incident = randomUUID()
    log.error({ err: error, incident, connectionId: connection.id }, 'message not taken in')
    const text = 'The gateway could not do this; try again later.'
    const answer =
      errorStatus(error) === 503 ? laterAnswer(text) : plainAnswer(500, `${text} (${incident})`)
    return this.#answered(record, answer, `incident ${incident}`)
  }

  #answered(record: ExchangeRecord, answer: PostAnswer, what: string): PostAnswer {
    record.answered(answer, what)
    return answer
  }
}

/** What is wrong with a request whoever it comes from. */
function sickRequest(
  request: MessageRequest,
): { readonly disposition: Disposition; readonly text: string } | undefined {
  if (!request.hasSoundId) {
    const text = 'The Message-ID is too long, or has blanks or control characters.'
    return { disposition: { type: 'processed', error: 'invalid-message-id' }, text }
  }
  if (request.isToSelf) {
    const text = 'AS2-From and AS2-To are the same.'
    return { disposition: { type: 'failed', failure: 'sender-equals-receiver' }, text }
  }
  return undefined
}
