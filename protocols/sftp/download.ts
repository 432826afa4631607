import type { ReturnFlow } from '../../gateway/flow.ts'
import type { ReadableContent } from '../listener.ts'
import { errorReply } from './errors.ts'
import type { Extents } from './extents.ts'
import { MAX_DATA_BYTES } from './packet-types.ts'
import { DATA_HEADER_BYTES, OK, failed, writeDataHeader } from './replies.ts'
import type { Reply } from './replies.ts'
import type { RepliesOut, Ticket } from './replies-out.ts'
import { passFault } from './transfer-context.ts'
import type { TransferContext } from './transfer-context.ts'
import {
  TRANSFER_BUFFER_BYTES,
  giveBackTransferBuffer,
  takeTransferBuffer,
} from './transfer-buffers.ts'

/** Under this a buffer is made to measure: small files are not worth a large one. */
const MADE_TO_MEASURE_BYTES = 64 * 1024

export interface DownloadOptions {
  readonly context: TransferContext
  readonly replies: RepliesOut
  readonly returnFlow: ReturnFlow
  readonly content: ReadableContent
  /** What of the return flow this session has read, through this handle and earlier ones. */
  readonly coverage: Extents
  /** Told once, when the handle is over and the return flow was consumed by it, or not. */
  readonly ended: (isConsumed: boolean) => void
}

interface Read {
  readonly ticket: Ticket
  readonly offset: number
  readonly length: number
}

interface Step {
  readonly ticket: Ticket | undefined
  readonly run: () => Promise<Reply>
}

/** READs that are answered together: by data in a buffer, headers in place, or by one reply each. */
interface Batch {
  readonly reads: readonly Read[]
  readonly answer:
    | Reply
    | { readonly type: 'DATA'; readonly buffer: Buffer; readonly bytes: number }
}

const END_OF_FILE = failed('EOF', 'End of file.')

/**
 * One handle open for reading a return flow. READs are answered in order, always filled, and
 * read from the file ahead of being sent. CLOSE after every byte was read makes the return flow
 * delivered; a handle that ends otherwise consumes nothing (reference sftp §6).
 */
export class Download {
  readonly kind = 'download'
  readonly #options: DownloadOptions
  readonly #queue: (Read | Step)[] = []
  #isRunning = false
  #isClosing = false
  #requests = 0
  #sentBytes = 0
  readonly #startedAt = performance.now()
  readonly #carried: () => void

  constructor(options: DownloadOptions) {
    this.#options = options
    const { client } = options.context
    client.beginTransfer()
    const { fileName: name } = options.returnFlow
    this.#carried = client.session.carries({ direction: 'out', name })
  }

  get returnFlow(): ReturnFlow {
    return this.#options.returnFlow
  }

  read(ticket: Ticket, offset: number, length: number): void {
    this.#add({ ticket, offset, length: Math.min(length, MAX_DATA_BYTES) })
  }

  /** CLOSE: resolves when all is done and answered. */
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
      })
    })
  }

  /** The session is gone: the descriptor is closed behind whatever reads from it. */
  abandon(): Promise<void> {
    if (this.#isClosing) return Promise.resolve()
    this.#isClosing = true
    this.#queue.length = 0
    return new Promise((resolve) => {
      this.#add({
        ticket: undefined,
        run: async () => {
          await this.#over('interrupted', false)
          resolve()
          return OK
        },
      })
    })
  }

  #add(item: Read | Step): void {
    this.#queue.push(item)
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    for (let item = this.#queue[0]; item !== undefined; item = this.#queue[0]) {
      if ('run' in item) await this.#runStep(item)
      else await this.#runReads()
    }
    this.#isRunning = false
  }

  async #runStep(step: Step): Promise<void> {
    this.#queue.shift()
    let reply: Reply
    try {
      reply = await step.run()
    } catch (error) {
      this.#options.context.log.error({ err: error }, 'request on a return flow failed')
      reply = errorReply(error)
    }
    if (step.ticket !== undefined) this.#options.replies.answer(step.ticket, reply)
  }

  /** Answers READs as long as they come, the next batch being read while one is sent. */
  async #runReads(): Promise<void> {
    const { replies } = this.#options
    let batch = await this.#readBatch()
    while (batch !== undefined) {
      const next = this.#readBatch()
      this.#send(batch)
      const room = replies.roomToSend()
      if (room !== undefined) await room
      batch = await next
    }
  }

  /** Takes the READs at the head of the queue that make one read of the file, and does it. */
  async #readBatch(): Promise<Batch | undefined> {
    const { content, context } = this.#options
    const first = this.#queue[0]
    if (first === undefined || 'run' in first) return undefined
    if (first.length === 0 || first.offset >= content.bytes) {
      this.#queue.shift()
      return { reads: [first], answer: first.length === 0 ? EMPTY_READ : END_OF_FILE }
    }
    const reads = this.#takeContiguous(first.offset)
    const end = endOf(reads.at(-1)!, content.bytes)
    const bytes = end - first.offset + reads.length * DATA_HEADER_BYTES
    const isSmall = bytes <= MADE_TO_MEASURE_BYTES
    const buffer = isSmall ? Buffer.allocUnsafe(bytes) : takeTransferBuffer()
    try {
      const instead = await passFault(context, 'data', {
        bytes: end,
        asker: this,
        interfaceCode: this.#options.returnFlow.interfaceCode,
      })
      if (instead === undefined) {
        await fill(content, layOut(buffer, reads, content.bytes), first.offset)
        return { reads, answer: { type: 'DATA', buffer, bytes } }
      }
      giveBackTransferBuffer(buffer)
      return { reads, answer: instead }
    } catch (error) {
      const { returnFlow } = this.#options
      context.log.error({ err: error, returnFlowId: returnFlow.id }, 'return flow not read')
      giveBackTransferBuffer(buffer)
      return { reads, answer: errorReply(error) }
    }
  }

  /** READs that go on from one another, as many as one buffer holds the answers of. */
  #takeContiguous(start: number): Read[] {
    const { content } = this.#options
    const reads: Read[] = []
    let end = start
    for (const read of this.#queue) {
      if ('run' in read || read.length === 0) break
      if (read.offset !== end || read.offset >= content.bytes) break
      const readEnd = endOf(read, content.bytes)
      const headers = (reads.length + 1) * DATA_HEADER_BYTES
      if (readEnd - start + headers > TRANSFER_BUFFER_BYTES) break
      reads.push(read)
      end = readEnd
    }
    this.#queue.splice(0, reads.length)
    return reads
  }

  #send({ reads, answer }: Batch): void {
    const { replies, coverage, content } = this.#options
    if (answer.type !== 'DATA') {
      for (const read of reads) replies.answer(read.ticket, answer)
      return
    }
    const start = reads[0]!.offset
    const end = endOf(reads.at(-1)!, content.bytes)
    this.#requests += reads.length
    this.#sentBytes += end - start
    coverage.add(start, end)
    const tickets = reads.map((read) => read.ticket)
    replies.answerEncoded(tickets, answer.buffer.subarray(0, answer.bytes), () => {
      giveBackTransferBuffer(answer.buffer)
    })
  }

  async #close(): Promise<Reply> {
    const { context, coverage, content, returnFlow } = this.#options
    const isWhole = this.#requests > 0 && coverage.contiguous === content.bytes
    if (!isWhole) {
      await this.#over('left', false)
      return OK
    }
    try {
      const { client, services } = context
      await services.mailbox.consumed(client.connection.id, returnFlow.id, {
        sessionId: client.session.id,
        peer: client.peer,
        client: client.ident,
        keyFingerprint: client.keyFingerprint,
      })
      await this.#over('consumed', true)
      return OK
    } catch (error) {
      context.log.error({ err: error, returnFlowId: returnFlow.id }, 'retrieval not recorded')
      await this.#over('not recorded', false)
      return errorReply(error)
    }
  }

  async #over(outcome: string, isConsumed: boolean): Promise<void> {
    const { context, content, returnFlow, ended } = this.#options
    try {
      await content.close()
    } finally {
      const fields = {
        requests: this.#requests,
        bytes: this.#sentBytes,
        milliseconds: Math.round(performance.now() - this.#startedAt),
      }
      const name = returnFlow.fileName
      context.log.info({ returnFlowId: returnFlow.id, name, ...fields, outcome }, 'download over')
      context.client.session.transcript.record({
        direction: 'out',
        layer: 'sftp',
        name: 'DATA',
        summary: `${this.#requests} requests, ${this.#sentBytes} bytes of ${name}, ${outcome}`,
        fields,
      })
      context.client.endTransfer()
      this.#carried()
      ended(isConsumed)
    }
  }
}

/** A READ of nothing has no answer in DATA that clients understand. */
const EMPTY_READ = failed('FAILURE', 'A READ asks for at least one byte.')

function endOf(read: Read, contentBytes: number): number {
  return Math.min(read.offset + read.length, contentBytes)
}

/** Writes the headers, and gives the places between them where the data belong. */
function layOut(buffer: Buffer, reads: readonly Read[], contentBytes: number): Buffer[] {
  let at = 0
  return reads.map((read) => {
    const length = endOf(read, contentBytes) - read.offset
    writeDataHeader(buffer, at, read.ticket.id, length)
    const from = at + DATA_HEADER_BYTES
    at = from + length
    return buffer.subarray(from, at)
  })
}

/** @throws Error when the content is shorter than it says */
async function fill(content: ReadableContent, places: Buffer[], start: number): Promise<void> {
  let position = start
  let left = places
  while (left.length > 0) {
    let count = await content.read(left, position)
    if (count === 0) throw new Error(`the content ends at ${position}`)
    position += count
    let whole = 0
    while (whole < left.length && count >= left[whole]!.length) {
      count -= left[whole]!.length
      whole += 1
    }
    left = left.slice(whole)
    if (count > 0) left = [left[0]!.subarray(count), ...left.slice(1)]
  }
}
