import type { BoxNames } from './virtual-tree.ts'
import { MalformedPacket } from './byte-reader.ts'
import { DepositBox } from './deposit-box.ts'
import { errorReply } from './errors.ts'
import { Handles } from './handles.ts'
import { WINDOW_BYTES } from './owned-channel.ts'
import type { Reply } from './replies.ts'
import { encodeOkStatuses, encodeReply, encodeVersion, failed } from './replies.ts'
import type { RepliesOut, Ticket } from './replies-out.ts'
import { handle } from './request-handlers.ts'
import type { Desk } from './request-handlers.ts'
import { RequestParser } from './request-parser.ts'
import type { Frame, PlainFrame, WriteFrame } from './request-parser.ts'
import { decodeRequest, requestId } from './requests.ts'
import type { RequestBody } from './requests.ts'
import { RetrievalBox } from './retrieval-box.ts'
import type { SftpChannel } from './ssh-channel.ts'
import { Transcript } from './transcript.ts'
import type { TransferContext } from './transfer-context.ts'
import { uploadsUnderWay } from './upload.ts'

/** After the client's EOF replies may stand still for this long. */
const END_STALL_MILLISECONDS = 2_000

/**
 * One SFTP session: cuts the channel's bytes into requests, gives each to its handler and sends
 * what is answered. It takes no more requests than the limits allow; what it does not take stays
 * in the receive window, and the client waits. Nothing here blocks on sending.
 */
export class SftpSession implements RepliesOut {
  readonly #context: TransferContext
  readonly #channel: SftpChannel
  readonly #parser = new RequestParser()
  readonly #desk: Desk
  readonly #transcript: Transcript
  readonly #ended: () => void
  #hasBegun = false
  #isPumping = false
  #hasClientEnded = false
  /** Requests may be waiting unparsed, because of a limit. */
  #isHeldBack = false
  #isFinishing = false
  #isOver = false
  #unanswered = 0
  #unansweredBytes = 0
  /** Of the bytes of requests taken, what the client may not send anew yet. */
  #uncreditedBytes = 0
  /** Readers that wait until more may be sent. */
  #waiting: (() => void)[] = []

  /** @param ended called when the session is over and its handles are let go */
  constructor(context: TransferContext, ended: () => void) {
    this.#context = context
    this.#channel = context.client.channel
    this.#ended = ended
    this.#transcript = new Transcript(context.client.session.transcript)
    const { inboundFolder, outboundFolder, maxHandles } = context.settings
    const boxes: BoxNames = { inbound: inboundFolder, outbound: outboundFolder }
    this.#desk = {
      context,
      boxes,
      deposits: new DepositBox(context, this),
      retrievals: new RetrievalBox(context, this),
      handles: new Handles(maxHandles),
      isOver: () => this.#isOver,
    }
  }

  /** Takes the channel over; to be called in the turn in which it was given. */
  start(): void {
    const channel = this.#channel
    channel.onData((chunk) => {
      this.#parser.push(chunk)
      this.#pump()
    })
    channel.onDrain(() => {
      this.#wake()
      this.#pump()
    })
    channel.onEnd(() => {
      this.#hasClientEnded = true
      this.#finishIfDone()
    })
    channel.onClose(() => {
      this.#isOver = true
      this.#wake()
      void this.#desk.handles.letGo().finally(this.#ended)
    })
  }

  // --- replies -------------------------------------------------------------------------------

  answer(ticket: Ticket, reply: Reply, sent?: () => void): void {
    this.#transcript.reply(ticket.id, reply)
    this.#channel.write([encodeReply(ticket.id, reply)], sent)
    this.#answered(1, ticket.frameBytes)
  }

  answerOk(tickets: readonly Ticket[]): void {
    this.#channel.write([encodeOkStatuses(tickets.map((ticket) => ticket.id))])
    this.#answered(tickets.length, sumOfFrames(tickets))
  }

  answerEncoded(tickets: readonly Ticket[], encoded: Buffer, done: () => void): void {
    this.#channel.write([encoded], done)
    this.#answered(tickets.length, sumOfFrames(tickets))
  }

  roomToSend(): Promise<void> | undefined {
    if (this.#isOver || this.#hasRoom()) return undefined
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  #hasRoom(): boolean {
    return this.#channel.unsentBytes < this.#context.settings.maxUnsentBytes
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #answered(requests: number, frameBytes: number): void {
    this.#unanswered -= requests
    this.#unansweredBytes -= frameBytes
    if (this.#isOver) return
    this.#giveCredit()
    this.#pump()
  }

  /**
   * Lets an upload send on before what it sent is written, as far as `maxUnwrittenBytes` has room
   * for it beside a whole window: else the client stands still while we write, and we while its
   * next bytes are on their way. For one upload alone: several fill each other's pauses, and
   * together they would hold too much.
   */
  #giveCredit(): void {
    const isAlone = uploadsUnderWay() === 1
    const room = this.#context.settings.maxUnwrittenBytes - WINDOW_BYTES
    const ahead = isAlone ? Math.max(0, room) : 0
    const credited = this.#unansweredBytes - this.#uncreditedBytes
    const bytes = Math.min(this.#uncreditedBytes, ahead - credited)
    if (bytes <= 0) return
    this.#uncreditedBytes -= bytes
    this.#channel.consumed(bytes)
  }

  // --- requests ------------------------------------------------------------------------------

  /** Takes requests as long as there are any and the limits allow. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      let frame: Frame | undefined
      do {
        this.#isHeldBack = !this.#mayTake()
        frame = this.#isHeldBack ? undefined : this.#parser.next()
        if (frame !== undefined) this.#take(frame)
      } while (frame !== undefined)
    } catch (error) {
      this.#breakOff(error)
    } finally {
      this.#isPumping = false
    }
    this.#finishIfDone()
  }

  #mayTake(): boolean {
    const { maxRequestsInFlight, maxUnwrittenBytes } = this.#context.settings
    return (
      !this.#isOver &&
      !this.#isFinishing &&
      this.#unanswered < maxRequestsInFlight &&
      this.#unansweredBytes < maxUnwrittenBytes &&
      this.#hasRoom()
    )
  }

  #take(frame: Frame): void {
    this.#unanswered += 1
    this.#unansweredBytes += frame.frameBytes
    this.#uncreditedBytes += frame.frameBytes
    this.#giveCredit()
    if (frame.kind === 'write') this.#takeWrite(frame)
    else this.#takePlain(frame)
  }

  #takeWrite(frame: WriteFrame): void {
    this.#requireBegun()
    const open = this.#desk.handles.get(frame.handle)
    if (open?.kind === 'upload') {
      open.write(frame)
      return
    }
    frame.data.release()
    const message = open === undefined ? 'The handle is not open.' : 'It is not open for writing.'
    this.answer(frame, failed('FAILURE', message))
  }

  #takePlain(frame: PlainFrame): void {
    let ticket: Ticket | undefined
    try {
      const id = requestId(frame)
      if (id !== undefined) ticket = { id, frameBytes: frame.frameBytes }
      const request = decodeRequest(frame)
      if (request.name === 'INIT') {
        this.#begin(request.version, frame.frameBytes)
        return
      }
      this.#requireBegun()
      this.#handle(request, { id: request.id, frameBytes: frame.frameBytes })
    } catch (error) {
      if (!(error instanceof MalformedPacket) || ticket === undefined || !this.#hasBegun) {
        throw error
      }
      this.answer(ticket, failed('BAD_MESSAGE', 'The request is malformed.'))
    }
  }

  /** INIT has no id and is answered by VERSION, whatever version the client would like best. */
  #begin(version: number, frameBytes: number): void {
    this.#hasBegun = true
    this.#transcript.begin(version)
    this.#channel.write([encodeVersion()])
    this.#answered(1, frameBytes)
  }

  #requireBegun(): void {
    if (!this.#hasBegun) throw new MalformedPacket('a request before INIT')
  }

  #handle(request: RequestBody, ticket: Ticket): void {
    this.#transcript.request(ticket.id, request)
    let answer
    try {
      answer = handle(this.#desk, request, ticket)
    } catch (error) {
      if (error instanceof MalformedPacket) throw error
      this.#answerError(ticket, request.name, error)
      return
    }
    if (answer === undefined) return
    if (!(answer instanceof Promise)) {
      this.answer(ticket, answer)
      return
    }
    answer.then(
      (reply) => {
        if (reply !== undefined) this.answer(ticket, reply)
      },
      (error: unknown) => {
        this.#answerError(ticket, request.name, error)
      },
    )
  }

  #answerError(ticket: Ticket, request: string, error: unknown): void {
    this.#context.log.error({ err: error, request }, 'request failed')
    this.answer(ticket, errorReply(error))
  }

  /** The stream makes no sense any more: there is no way to go on in it. */
  #breakOff(error: unknown): void {
    const { log } = this.#context
    if (error instanceof MalformedPacket) {
      log.warn({ reason: error.message }, 'session broken off: malformed packet')
      this.#channel.destroy(`malformed packet: ${error.message}`)
      return
    }
    log.error({ err: error }, 'session broken off')
    this.#channel.destroy('internal error')
  }

  // --- the end -------------------------------------------------------------------------------

  /** After the client's EOF and the last reply we end the channel: clients wait for it. */
  #finishIfDone(): void {
    const isDone = this.#unanswered === 0 && !this.#isHeldBack
    if (!this.#hasClientEnded || !isDone || this.#isFinishing || this.#isOver) return
    this.#isFinishing = true
    void this.#desk.handles.letGo().finally(() => {
      this.#channel.end()
      this.#watchEnd()
    })
  }

  /**
   * A client that died with READs on their way leaves an ssh program that takes no more replies
   * and waits for our CLOSE, which waits behind them (observed with OpenSSH 9.2, `sftp` killed).
   */
  #watchEnd(): void {
    const unsent = this.#channel.unsentBytes
    const timer = setTimeout(() => {
      if (this.#isOver) return
      if (unsent > 0 && this.#channel.unsentBytes >= unsent) {
        this.#channel.destroy('the client ended and takes no more replies')
      } else this.#watchEnd()
    }, END_STALL_MILLISECONDS)
    timer.unref()
  }
}

function sumOfFrames(tickets: readonly Ticket[]): number {
  let sum = 0
  for (const ticket of tickets) sum += ticket.frameBytes
  return sum
}
