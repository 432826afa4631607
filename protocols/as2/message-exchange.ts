import { codeInName } from '../../gateway/faults.ts'
import type { As2Keys } from '../../gateway/as2-keys.ts'
import type { IntakeOutcome, RefusalCode } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { As2Link, PartnerConnection, StagedFile } from '../listener.ts'
import { weakAlgorithms } from './demands.ts'
import { limitAnswer, refusalOfFault } from './errors.ts'
import { messageEvidence } from './evidence.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import { falseReceipt, type NamedFault } from './false-receipt.ts'
import { actOn, FaultOnDemand, faultAt, passFault } from './fault-points.ts'
import { explainFault, isForOthers } from './fault-explanation.ts'
import { plainAnswer, type IncomingPost, type PostAnswer } from './incoming-post.ts'
import type { Disposition } from './mdn/disposition.ts'
import type { MessageFault } from './message-fault.ts'
import { judgeMessage, type Judgement } from './message-judgement.ts'
import type { MessageFacts } from './message-reader.ts'
import type { MessageRequest } from './message-request.ts'
import type { Mic } from './mic.ts'
import { micOf, writeReceipt, type ReceiptOrder } from './receipt-answer.ts'
import { takePostedReceipt } from './posted-receipt.ts'
import { receiptLack, type ReceiptLack } from './receipt-lack.ts'
import type { ReceptionParts } from './reception-parts.ts'
import { recordRefusal } from './refusal-record.ts'
import { limitOf, type StagingLimit } from './staged-message.ts'
import { decodeReceipt, encodeReceipt, receiptKey, type StoredReceipt } from './stored-receipt.ts'
import { UnkeptFile, type Stranger } from './stranger.ts'
import { takeOnce } from './take-once.ts'

export interface ExchangeStart {
  readonly post: IncomingPost
  readonly record: ExchangeRecord
  readonly request: MessageRequest
  /** Whose it is; of several, the oldest until the signature has said which. */
  readonly connection: PartnerConnection
  /** All that have these names, the oldest first. */
  readonly candidates: readonly PartnerConnection[]
  /** Nobody has these names now: the message is read, and never taken. */
  readonly stranger?: Stranger
}

const TAKEN = 'The message was received and taken in charge.'

/** One message: from its first layer to its receipt. */
export class MessageExchange {
  readonly #parts: ReceptionParts
  #start: ExchangeStart
  #link: As2Link
  /** What became of it, for the transcript. */
  outcome = 'cut'
  /** Refused before its sender was proved: its answer must not say more by its time. */
  isUnproven = false

  constructor(parts: ReceptionParts, start: ExchangeStart) {
    this.#parts = parts
    this.#start = start
    this.#link = start.connection.as2!
  }

  /** @throws what is no fault of the message: a broken line, a journal that is away */
  async run(): Promise<PostAnswer> {
    const { services } = this.#parts
    const { connection, candidates, stranger } = this.#start
    const keys = await this.#parts.keys()
    // Of several, that one counts whose certificate signed: it is looked at again then.
    const [lack, ...others] = [connection, ...candidates.slice(1)].map((one) => this.#lackOf(one))
    if (lack !== undefined && others.every(Boolean)) {
      this.isUnproven = true
      return this.#lacking(keys, lack)
    }
    const instead =
      stranger === undefined ? await passFault(services, 'open', this.#start) : undefined
    if (instead !== undefined) return instead
    const file =
      stranger === undefined
        ? await services.staging.open(connection.id, 'as2', newId('stg'))
        : new UnkeptFile()
    try {
      return await this.#settle(
        keys,
        file,
        await judgeMessage(this.#parts, this.#start, keys, file),
      )
    } catch (error) {
      const limit = limitOf(error)
      if (limit !== undefined) return this.#limited(limit)
      if (error instanceof FaultOnDemand) return error.answer
      throw error
    } finally {
      // What the intake took is no longer here to be dropped.
      await file.drop()
    }
  }

  #lackOf({ as2 }: PartnerConnection): ReceiptLack | undefined {
    const { receipt } = this.#start.request
    return receipt && receiptLack(receipt, as2!)
  }

  async #lacking(keys: As2Keys, { text, reason, failure }: ReceiptLack): Promise<PostAnswer> {
    const offered = this.#start.request.receipt?.deliverTo ?? ''
    recordRefusal(this.#start, 'RECEIPT_REFUSED', reason, { offered })
    const disposition = { type: 'failed', failure } as const
    return this.#inAnswer(await this.#receipt(keys, disposition, text, undefined))
  }

  async #settle(keys: As2Keys, file: StagedFile, judged: Judgement): Promise<PostAnswer> {
    const { owner } = judged
    if (owner !== undefined && owner !== this.#start.connection) {
      this.#start.post.session.note({ connectionId: owner.id })
      this.#start = { ...this.#start, connection: owner }
      this.#link = owner.as2!
    }
    switch (judged.kind) {
      case 'receipt':
        this.outcome = 'a receipt for a return flow'
        await takePostedReceipt(this.#parts, this.#start, judged.mdn, owner)
        return plainAnswer(200, '')
      case 'fault':
        return this.#faulty(keys, file, judged.fault, judged.facts)
      case 'refused': {
        const { code, reason, fileName, facts } = judged
        recordRefusal(this.#start, code, reason, { offered: fileName })
        return this.#refused(keys, code, this.#opened(facts))
      }
      case 'good': {
        this.#proved(judged.facts)
        const lack = this.#lackOf(judged.owner)
        if (lack !== undefined) return this.#lacking(keys, lack)
        return this.#good(keys, file, judged.fileName, judged.facts)
      }
    }
  }

  async #faulty(
    keys: As2Keys,
    file: StagedFile,
    fault: MessageFault,
    facts: MessageFacts,
  ): Promise<PostAnswer> {
    const { services, log } = this.#parts
    const { connection, post, stranger } = this.#start
    const code = refusalOfFault(fault.kind)
    const explanation = await explainFault(fault, facts, keys, file)
    const { reason, ...more } = explanation
    const refusalId = recordRefusal(this.#start, code, reason, more)
    const connectionId = stranger === undefined ? connection.id : undefined
    log.warn({ refusalId, code, connectionId, reason }, 'message refused')
    // A stranger can bring it about who knows a partner's name, or tries for one.
    this.isUnproven = facts.signature === undefined
    if (this.isUnproven) services.failedTries.failed(post.peer.host)
    // A digest of what was decrypted wrongly would say something of it.
    const mic = fault.kind === 'decryption' ? undefined : this.#opened(facts)
    const { message, remedy } = REFUSALS[code]
    const text = isForOthers(facts, keys) ? `${message.en} ${remedy.en}` : message.en
    return this.#told(keys, { type: 'processed', error: fault.modifier }, text, mic)
  }

  /** Records the layers. @returns the MIC */
  #opened(facts: MessageFacts): Mic | undefined {
    const { request, record } = this.#start
    const mic = micOf(facts, request, new Set(this.#link.policy.legacy))
    record.opened(facts, mic)
    return mic
  }

  #proved(facts: MessageFacts): void {
    const { services, log } = this.#parts
    const { post, connection, record } = this.#start
    if (facts.signature !== undefined) services.failedTries.succeeded(post.peer.host)
    const weak = weakAlgorithms(facts)
    if (weak.length === 0) return
    log.warn({ connectionId: connection.id, weak }, 'message with weak algorithms')
    record.note('WEAK', `weak algorithms, allowed by the connection: ${weak.join(', ')}`)
  }

  async #good(
    keys: As2Keys,
    file: StagedFile,
    fileName: string,
    facts: MessageFacts,
  ): Promise<PostAnswer> {
    const { services, settings } = this.#parts
    const { connection, request, post } = this.#start
    const mic = this.#opened(facts)
    const content = facts.digests.get('sha256')!.toString('hex')
    const key = receiptKey(request.messageId)
    const before = await services.memory.get('as2', connection.id, key)
    if (before !== undefined) return this.#again(keys, decodeReceipt(before), content, mic)

    const stored = await this.#receipt(keys, { type: 'processed' }, TAKEN, mic, content)
    const { ending: _, ...sealed } = await file.seal()
    const now = services.clock.now()
    const value = encodeReceipt(stored)
    const flow = {
      connectionId: connection.id,
      protocol: 'as2' as const,
      sessionId: post.session.id,
      fileName,
      content: sealed,
      stagedId: file.id,
      receivedAt: now,
      evidence: messageEvidence(this.#start, facts, mic),
      remember: { key, value, expiresAt: now + settings.rememberSeconds * 1_000 },
    }
    const { taken, standing } = await takeOnce(services, flow, key)
    if (standing !== undefined) return this.#again(keys, standing, content, mic)
    return this.#afterIntake(keys, taken, mic, { value, fileName, bytes: sealed.bytes })
  }

  async #afterIntake(
    keys: As2Keys,
    taken: IntakeOutcome,
    mic: Mic | undefined,
    flow: { readonly value: string; readonly fileName: string; readonly bytes: number },
  ): Promise<PostAnswer> {
    const { services, log } = this.#parts
    const { record } = this.#start
    if (taken.outcome === 'refused') return this.#refused(keys, taken.code, mic)
    const { fileName, bytes, value } = flow
    const { flowId, outcome } = taken
    log.info({ flowId, fileName, bytes, outcome }, 'flow received')
    const { session, number: exchange } = this.#start.post
    session.transcript.record({
      direction: 'in',
      layer: 'as2',
      name: 'FLOW',
      summary: `${fileName} ${outcome}`,
      flowId,
      exchange,
    })
    this.outcome = `flow ${outcome}`
    const point = 'before-acknowledge'
    const interfaceCode = codeInName(fileName)
    const fault = faultAt(services, point, this.#start, { bytes, interfaceCode })
    if (fault?.kind === 'answer') return this.#false(fault, keys, mic)
    const instead = await actOn(fault, point)
    if (instead !== undefined) return instead
    record.note('PROCESSED', `the intake has ${flowId}`)
    const answer = await this.#deliver(decodeReceipt(value))
    return {
      ...answer,
      sent: () =>
        void passFault(services, 'after-acknowledge', this.#start, { bytes, interfaceCode }),
    }
  }

  /** The Message-ID is known. */
  async #again(
    keys: As2Keys,
    before: StoredReceipt,
    content: string,
    mic: Mic | undefined,
  ): Promise<PostAnswer> {
    const { record, connection, request } = this.#start
    if (before.content !== content) {
      const reason = 'The Message-ID was used before, for other content'
      record.refused('MESSAGE_ID_REUSED', reason, { connection, offered: request.messageId })
      return this.#refused(keys, 'MESSAGE_ID_REUSED', mic)
    }
    this.outcome = 'the same message again'
    record.note('REPEATED', 'the same message came before: the same answer')
    if (this.#link.policy.duplicates === 'warn') {
      const disposition = { type: 'processed', warning: 'duplicate-document' } as const
      return this.#told(keys, disposition, 'The message was received before.', mic)
    }
    const isNewlyAsked = before.body === undefined && request.receipt !== undefined
    if (!isNewlyAsked) return this.#deliver(before)
    return this.#told(keys, { type: 'processed' }, TAKEN, mic)
  }

  #refused(keys: As2Keys, code: RefusalCode, mic: Mic | undefined): Promise<PostAnswer> {
    const { as2, message, remedy } = REFUSALS[code]
    if (typeof as2 === 'number') {
      this.outcome = `refused: ${code}`
      return Promise.resolve(limitAnswer(code))
    }
    const text = `${message.en} ${remedy.en}`
    return this.#told(keys, { type: 'processed', error: as2 }, text, mic)
  }

  #limited(limit: StagingLimit): PostAnswer {
    recordRefusal(this.#start, limit.code, limit.message, {
      offered: this.#start.request.messageId,
    })
    this.outcome = `refused: ${limit.code}`
    return limitAnswer(limit.code)
  }

  async #told(
    keys: As2Keys,
    disposition: Disposition,
    text: string,
    mic: Mic | undefined,
  ): Promise<PostAnswer> {
    const isRefused = 'error' in disposition
    if (isRefused) this.outcome = `refused: ${disposition.error}`
    // Who asks for no receipt learns of a refusal by the status alone.
    if (isRefused && this.#start.request.receipt === undefined) return plainAnswer(403, text)
    return this.#deliver(await this.#receipt(keys, disposition, text, mic))
  }

  /** The flow is taken, and a fault on demand answers something else than that. */
  async #false(fault: NamedFault, keys: As2Keys, mic: Mic | undefined): Promise<PostAnswer> {
    this.#start.record.note('FAULT', `a fault on demand: ${fault.name}`)
    if (fault.name === 'mdn-none') return plainAnswer(200, '')
    const order = this.#order(keys, { type: 'processed' }, TAKEN, mic)
    const { headers, body } = await falseReceipt(order, fault)
    const isAsked = order.request.receipt !== undefined
    return this.#deliver({ content: '', headers, body: isAsked ? body : undefined })
  }

  async #receipt(
    keys: As2Keys,
    disposition: Disposition,
    text: string,
    mic: Mic | undefined,
    content = '',
  ): Promise<StoredReceipt> {
    const order = this.#order(keys, disposition, text, mic)
    if (order.request.receipt === undefined) return { content, headers: [], body: undefined }
    const { headers, body } = await writeReceipt(order)
    return { content, headers, body }
  }

  #order(
    keys: As2Keys,
    disposition: Disposition,
    text: string,
    mic: Mic | undefined,
  ): ReceiptOrder {
    const { product, services } = this.#parts
    const { request } = this.#start
    const signing = { keys, policy: this.#link.policy }
    return { request, disposition, text, mic, signing, product, now: services.clock.now() }
  }

  /** In the answer, or once it is sure that it will be posted an empty one. */
  async #deliver(receipt: StoredReceipt): Promise<PostAnswer> {
    const { connection, request, post } = this.#start
    const url = request.receipt?.deliverTo
    const { headers, body } = receipt
    if (url === undefined || body === undefined) return this.#inAnswer(receipt)
    await this.#parts.queueReceipt({ connection, url, headers, body, sessionId: post.session.id })
    this.outcome += `, the receipt goes to ${new URL(url).origin}`
    return plainAnswer(200, '')
  }

  #inAnswer({ headers, body }: StoredReceipt): PostAnswer {
    return body === undefined ? plainAnswer(200, '') : { status: 200, headers, body }
  }
}
