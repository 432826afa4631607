import { codeInName } from '../../gateway/faults.ts'
import type { StagedFile } from '../listener.ts'
import { offerToIntake } from './acceptance.ts'
import type { Answer } from './acceptance.ts'
import type { Attributes } from './attributes.ts'
import { errorReply } from './errors.ts'
import { Extents } from './extents.ts'
import { OK, failed } from './replies.ts'
import type { Reply } from './replies.ts'
import type { RepliesOut, Ticket } from './replies-out.ts'
import type { WriteFrame } from './request-parser.ts'
import { passFault, refuse } from './transfer-context.ts'
import type { TransferContext } from './transfer-context.ts'
import { joinNeighbours } from './write-memory.ts'

/** One positional write takes at most this much. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024

let underWay = 0

/** Uploads that are open now, of all sessions. */
export function uploadsUnderWay(): number {
  return underWay
}

export interface UploadOptions {
  readonly context: TransferContext
  readonly replies: RepliesOut
  readonly name: string
  /** A name under which nothing is taken in: CLOSE keeps the part, RENAME is the commit. */
  readonly isTemporary: boolean
  /** OPEN said APPEND: each WRITE has to start at the end. */
  readonly isAppending: boolean
  readonly file: StagedFile
  /** Told once, when the handle is over: what CLOSE was answered, if it came. */
  readonly ended: (answer: Partial<Answer>) => void
}

/** Something other than a WRITE, in its turn; resolves to what is answered. */
interface Step {
  readonly ticket: Ticket | undefined
  readonly run: () => Promise<Reply>
  readonly sent?: () => void
}

/** Why nothing more is written, and whether what there is may be resumed. */
interface Failure {
  readonly reply: Reply
  readonly mayResume: boolean
}

/**
 * One handle open for writing: its requests are done one after the other in the order they came,
 * contiguous WRITEs together as one write to the file, and are answered in that order (reference
 * sftp §0 rules 1 and 2). CLOSE waits for all of them and is the commit.
 */
export class Upload {
  readonly kind = 'upload'
  readonly name: string
  readonly #options: UploadOptions
  readonly #context: TransferContext
  readonly #file: StagedFile
  readonly #present: Extents
  readonly #resumedBytes: number
  readonly #queue: (WriteFrame | Step)[] = []
  #isRunning = false
  #isClosing = false
  #failure: Failure | undefined
  #requests = 0
  #received = 0
  readonly #startedAt = performance.now()
  readonly #carried: () => void

  constructor(options: UploadOptions) {
    this.#options = options
    this.#context = options.context
    this.#file = options.file
    this.name = options.name
    this.#resumedBytes = options.file.bytes
    this.#present = new Extents(this.#resumedBytes)
    this.#context.client.beginTransfer()
    this.#carried = this.#context.client.session.carries({ direction: 'in', name: this.name })
    underWay += 1
  }

  /** Bytes in the file now. */
  get bytes(): number {
    return this.#file.bytes
  }

  write(frame: WriteFrame): void {
    this.#add(frame)
  }

  /** FSTAT: the size, once what came before is in the file. */
  stat(ticket: Ticket, describe: (bytes: number) => Reply): void {
    this.#add({ ticket, run: async () => describe(this.#file.bytes) })
  }

  /** FSETSTAT: OpenSSH cuts an interrupted resume back to what is sure; the rest is ignored. */
  setAttributes(ticket: Ticket, attributes: Attributes): void {
    const { size } = attributes
    this.#add({ ticket, run: async () => (size === undefined ? OK : this.#resize(size)) })
  }

  /** `fsync@openssh.com`. */
  sync(ticket: Ticket): void {
    this.#add({
      ticket,
      run: async () => {
        if (this.#failure !== undefined) return this.#failure.reply
        await this.#file.sync()
        return OK
      },
    })
  }

  /** CLOSE: the handle takes no more requests; resolves when all is done and answered. */
  close(ticket: Ticket): Promise<void> {
    this.#isClosing = true
    return new Promise((resolve) => {
      this.#add({
        ticket,
        run: async () => {
          const reply = await this.#close()
          resolve()
          return reply
        },
        sent: () => {
          void passFault(this.#context, 'after-acknowledge', {
            bytes: this.#file.bytes,
            interfaceCode: codeInName(this.name),
          })
        },
      })
    })
  }

  /** The session is gone: what came is written and kept. Nothing to do when CLOSE is under way. */
  abandon(): Promise<void> {
    if (this.#isClosing) return Promise.resolve()
    this.#isClosing = true
    return new Promise((resolve) => {
      this.#add({
        ticket: undefined,
        run: async () => {
          try {
            await this.#leave()
          } finally {
            this.#over('interrupted', {})
            resolve()
          }
          return OK
        },
      })
    })
  }

  #add(item: WriteFrame | Step): void {
    this.#queue.push(item)
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    for (let item = this.#queue[0]; item !== undefined; item = this.#queue[0]) {
      if ('kind' in item) await this.#runWrites(item)
      else await this.#runStep(item)
    }
    this.#isRunning = false
  }

  async #runStep(step: Step): Promise<void> {
    this.#queue.shift()
    let reply: Reply
    try {
      reply = await step.run()
    } catch (error) {
      this.#context.log.error({ err: error, name: this.name }, 'request on an upload failed')
      reply = errorReply(error)
    }
    if (step.ticket !== undefined) this.#options.replies.answer(step.ticket, reply, step.sent)
  }

  /** Writes `first` and what follows it without a gap. */
  async #runWrites(first: WriteFrame): Promise<void> {
    const failure = this.#failure ?? this.#refused(first)
    if (failure !== undefined) {
      this.#failure = failure
      this.#queue.shift()
      first.data.release()
      this.#options.replies.answer(first, failure.reply)
      return
    }
    const batch = this.#takeBatch()
    const buffers = joinNeighbours(batch.flatMap((frame) => frame.data.slices))
    const end = batch.at(-1)!.offset + batch.at(-1)!.dataBytes
    const failed = await this.#writeBatch(buffers, first.offset, end)
    for (const frame of batch) frame.data.release()
    if (failed !== undefined) {
      this.#failure = failed
      for (const frame of batch) this.#options.replies.answer(frame, failed.reply)
      return
    }
    this.#requests += batch.length
    this.#received += end - first.offset
    this.#options.replies.answerOk(batch)
  }

  /** Takes the WRITEs at the head of the queue that make one write to the file. */
  #takeBatch(): WriteFrame[] {
    const { client, services } = this.#context
    const { maxFlowBytes, maxStagedBytes } = services.limits
    const room = maxStagedBytes - services.staging.usedBytes(client.connection.id)
    const maxBytes = Math.min(MAX_BATCH_BYTES, room)
    const first = this.#queue[0] as WriteFrame
    let end = first.offset + first.dataBytes
    let count = 1
    for (; count < this.#queue.length; count += 1) {
      const next = this.#queue[count]!
      if (!('kind' in next) || next.offset !== end) break
      end += next.dataBytes
      if (end - first.offset > maxBytes) break
      if (end > maxFlowBytes) break
    }
    return this.#queue.splice(0, count) as WriteFrame[]
  }

  async #writeBatch(
    buffers: readonly Buffer[],
    position: number,
    end: number,
  ): Promise<Failure | undefined> {
    try {
      const instead = await passFault(this.#context, 'data', {
        bytes: end,
        asker: this,
        interfaceCode: codeInName(this.name),
      })
      if (instead !== undefined) return { reply: instead, mayResume: true }
      if (end === position) return undefined
      await this.#file.write(buffers, position)
      if (this.#present.add(position, end)) return undefined
      return this.#fail('LIMIT_REACHED', 'the pieces of the file come in no order', true)
    } catch (error) {
      this.#context.log.error({ err: error, name: this.name, position }, 'upload not written')
      return { reply: errorReply(error), mayResume: true }
    }
  }

  /** Why a WRITE may not be done, by the limits. */
  #refused(frame: WriteFrame): Failure | undefined {
    const { client, services } = this.#context
    const { limits, staging } = services
    const end = frame.offset + frame.dataBytes
    if (this.#options.isAppending && frame.dataBytes > 0 && frame.offset !== this.#file.bytes) {
      const message = 'A file opened for appending is written at its end only.'
      return { reply: failed('FAILURE', message), mayResume: true }
    }
    if (end > limits.maxFlowBytes) {
      return this.#fail('CONTENT_TOO_LARGE', `more than ${limits.maxFlowBytes} bytes`, false)
    }
    if (staging.usedBytes(client.connection.id) + frame.dataBytes > limits.maxStagedBytes) {
      return this.#fail('QUOTA_EXCEEDED', `more than ${limits.maxStagedBytes} bytes staged`, false)
    }
    if (staging.freeDiskBytes() < limits.minFreeDiskBytes) {
      return this.#fail('DISK_FULL', 'the disk of the staging folder is nearly full', false)
    }
    return undefined
  }

  #fail(
    code: 'CONTENT_TOO_LARGE' | 'QUOTA_EXCEEDED' | 'DISK_FULL' | 'LIMIT_REACHED',
    why: string,
    mayResume: boolean,
  ): Failure {
    const reason = `${this.name} was refused while being received: ${why}.`
    return { reply: refuse(this.#context, code, reason, this.name), mayResume }
  }

  async #resize(size: number): Promise<Reply> {
    if (this.#failure !== undefined && !this.#failure.mayResume) return this.#failure.reply
    if (size > this.#file.bytes) return failed('FAILURE', 'A file grows by writing only.')
    if (size === this.#file.bytes) return OK
    await this.#file.truncate(size)
    this.#present.truncate(size)
    return OK
  }

  async #close(): Promise<Reply> {
    let answer: Answer
    try {
      answer = await this.#commit()
    } catch (error) {
      this.#context.log.error({ err: error, name: this.name }, 'upload not closed')
      answer = { reply: errorReply(error) }
    }
    this.#over(answer.reply === OK ? 'closed' : 'refused', answer)
    return answer.reply
  }

  async #commit(): Promise<Answer> {
    if (this.#failure !== undefined) {
      await this.#leave()
      return { reply: this.#failure.reply }
    }
    if (this.#present.hasHole) {
      await this.#leave()
      return { reply: failed('FAILURE', 'Some parts of the file were never written.') }
    }
    if (this.#options.isTemporary) {
      await this.#file.keep()
      return { reply: OK }
    }
    return offerToIntake(this.#context, {
      file: this.#file,
      name: this.name,
      whenRefused: 'drop',
      evidence: { requests: `${this.#requests}`, resumedAtBytes: `${this.#resumedBytes}` },
    })
  }

  /** Keeps what may be resumed, without what lies behind a hole: a resume starts at its end. */
  async #leave(): Promise<void> {
    const { contiguous } = this.#present
    if (contiguous === 0 || this.#failure?.mayResume === false) return this.#file.drop()
    if (contiguous < this.#file.bytes) await this.#file.truncate(contiguous)
    await this.#file.keep()
  }

  #over(outcome: string, answer: Partial<Answer>): void {
    const { client, log } = this.#context
    const fields = {
      requests: this.#requests,
      bytes: this.#received,
      fileBytes: this.#file.bytes,
      milliseconds: Math.round(performance.now() - this.#startedAt),
    }
    log.info({ name: this.name, ...fields, outcome }, 'upload over')
    client.session.transcript.record({
      direction: 'in',
      layer: 'sftp',
      name: 'WRITE',
      summary: `${this.#requests} requests, ${this.#received} bytes of ${this.name}, ${outcome}`,
      fields,
    })
    client.endTransfer()
    underWay -= 1
    this.#carried()
    this.#options.ended(answer)
  }
}
