import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PartnerConnection } from '../listener.ts'
import { errorStatus, limitAnswer } from './errors.ts'
import { ExchangeRecord } from './exchange-record.ts'
import { actOn, faultAt } from './fault-points.ts'
import { laterAnswer, plainAnswer, type IncomingPost, type PostAnswer } from './incoming-post.ts'
import type { Disposition } from './mdn/disposition.ts'
import { MessageExchange, type ExchangeStart } from './message-exchange.ts'
import { readMessageRequest, type MessageRequest } from './message-request.ts'
import { MessageTurns } from './message-turns.ts'
import { writeReceipt } from './receipt-answer.ts'
import type { ReceptionParts } from './reception-parts.ts'
import { BrokenBody } from './request-body.ts'
import { roomLack, StagingLimit } from './staged-message.ts'
import { strangerConnection, type Stranger } from './stranger.ts'

/** Base64 of base64, headers and signatures around a payload of the largest size. */
const ENVELOPE_FACTOR = 2
const ENVELOPE_BYTES = 1024 * 1024

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
    if (who.outcome === 'refused') return this.#answerStranger(post, record, request, who)
    const named = [who.connection, ...(who.others ?? [])]
    const candidates = await this.#openOverTls(post, named)
    const [connection] = candidates
    if (connection === undefined) {
      const shown = post.tlsCertificate === undefined ? 'no certificate' : 'another certificate'
      const reason = `the client showed ${shown} to TLS`
      const nearest = { connectionId: who.connection.id, differs: reason }
      return this.#answerStranger(post, record, request, { outcome: 'refused', reason, nearest })
    }
    const fault = faultAt(services, 'authenticate', { connection, post })
    if (fault?.kind === 'refuse') {
      const refused = { outcome: 'refused', reason: fault.message } as const
      return this.#answerStranger(post, record, request, refused)
    }
    const instead = await actOn(fault, 'authenticate')
    if (instead !== undefined) return this.#answered(record, instead, 'fault on demand')
    post.session.note({
      connectionId: connection.id,
      fields: { as2From: request.from[0]!, as2To: request.to[0]! },
    })
    return this.#answerMessage(connection.id, { post, record, request, connection, candidates })
  }

  /**
   * Unknown, wrong and inactive: read and answered like a partner's message whose signature nobody
   * registered (decisions E6).
   */
  #answerStranger(
    post: IncomingPost,
    record: ExchangeRecord,
    request: MessageRequest,
    stranger: Stranger,
  ): Promise<PostAnswer> {
    const [from, to] = [request.from[0]!, request.to[0]!]
    const connection = strangerConnection(from, to, this.#parts.defaultPolicy)
    const start = { post, record, request, connection, candidates: [], stranger }
    return this.#answerMessage(`${from}\n${to}`, start)
  }

  /** @param whose messages of one are counted together, and the same one waits its turn */
  async #answerMessage(whose: string, start: ExchangeStart): Promise<PostAnswer> {
    const { post, record, request, connection } = start
    const lack = this.#roomLack(post, whose, connection)
    if (lack !== undefined) {
      const more = start.stranger === undefined ? { connection } : {}
      record.refused(lack.code, lack.message, { ...more, offered: request.messageId })
      return this.#answered(record, limitAnswer(lack.code), lack.message)
    }
    this.#inHand.set(whose, (this.#inHand.get(whose) ?? 0) + 1)
    post.named()
    const over = post.session.carries({ direction: 'in', name: request.messageId })
    const exchange = new MessageExchange(this.#parts, start)
    let answer: PostAnswer
    try {
      // The same message twice at once: the second is told what became of the first.
      answer = await this.#turns.take(`${whose} ${request.messageId}`, async () => {
        post.wantBody()
        return exchange.run()
      })
    } catch (error) {
      if (error instanceof BrokenBody) throw error
      return this.#failed(error, record, connection)
    } finally {
      over()
      const left = this.#inHand.get(whose)! - 1
      if (left === 0) this.#inHand.delete(whose)
      else this.#inHand.set(whose, left)
    }
    if (exchange.isUnproven) await this.#waitForFloor(post)
    return this.#answered(record, answer, exchange.outcome)
  }

  /** As long for every message whose sender is not proved, from its last byte on. */
  async #waitForFloor(post: IncomingPost): Promise<void> {
    const { services, settings } = this.#parts
    const floor = settings.authenticationFloorMilliseconds
    const jitter = floor === 0 ? 0 : randomInt(Math.ceil(floor / 5) + 1)
    const delay = services.failedTries.delayMilliseconds(post.peer.host)
    const now = performance.now()
    const left = floor + jitter + delay - (now - (post.arrivedAt() ?? now))
    if (left > 0) await sleep(left)
  }

  #roomLack(
    post: IncomingPost,
    whose: string,
    connection: PartnerConnection,
  ): StagingLimit | undefined {
    const { services, settings } = this.#parts
    const bytes = post.bytes ?? 0
    const most = services.limits.maxFlowBytes * ENVELOPE_FACTOR + ENVELOPE_BYTES
    if (bytes > most) return new StagingLimit('CONTENT_TOO_LARGE', `a request of ${bytes} bytes`)
    if ((this.#inHand.get(whose) ?? 0) >= settings.maxPerConnection) {
      return new StagingLimit(
        'LIMIT_REACHED',
        `more than ${settings.maxPerConnection} messages at a time`,
      )
    }
    return roomLack(services, connection, bytes)
  }

  /** Those that the certificate shown to TLS is enough for. Its dates are the Clock's. */
  async #openOverTls(
    post: IncomingPost,
    connections: readonly PartnerConnection[],
  ): Promise<readonly PartnerConnection[]> {
    const { services } = this.#parts
    const now = services.clock.now()
    const open = await Promise.all(
      connections.map(async ({ id, as2 }) => {
        if (as2?.policy.tlsClientCertificate !== 'required') return true
        return (await services.certificatesOf(id)).some(
          ({ sha256, notBefore, notAfter }) =>
            sha256 === post.tlsCertificate && notBefore <= now && now <= notAfter,
        )
      }),
    )
    return connections.filter((_, index) => open[index])
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
