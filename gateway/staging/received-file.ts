import {
  closeFile,
  fileFault,
  openFile,
  readAt,
  removeFile,
  syncData,
  truncateFile,
  writeAll,
} from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import type { ConnectionId, ProtocolName } from '../flow.ts'
import type { ReceivedContent, StagedFile } from '../../protocols/listener.ts'
import { ContentFollower } from './content-follower.ts'
import type { ReadingThreads } from './reading-threads.ts'

/** After so many bytes the disk starts on them, so that sealing a large file finds little to do. */
const FLUSH_BYTES = 64 * 1024 * 1024

/** What is known of a file being received, beside its bytes. */
export interface ReceivedPart {
  readonly id: string
  readonly connectionId: ConnectionId
  readonly protocol: ProtocolName
  name: string
  bytes: number
  readonly createdAt: number
  updatedAt: number
}

/** What a file tells the staging area, which owns names, rows and sums. */
export interface PartKeeper {
  fileResized(part: ReceivedPart, bytes: number): void
  /** Closed, to be found again under its name. */
  fileKept(file: ReceivedFile): Promise<void>
  /** Closed and durable, for the intake. */
  fileSealed(file: ReceivedFile): void
  /** Closed and removed. */
  fileDropped(file: ReceivedFile): void
}

/**
 * One file being received. Calls wait for one another, so that a session that dies in the middle
 * of a write may end the file at once: the descriptor is closed after the last call it serves.
 */
export class ReceivedFile implements StagedFile {
  readonly part: ReceivedPart
  readonly #path: string
  readonly #keeper: PartKeeper
  readonly #follower: ContentFollower
  #descriptor: number | undefined
  #last: Promise<unknown> = Promise.resolve()
  #unflushedBytes = 0
  #flushing: Promise<void> | undefined
  /** What a flush met: told once by the system, so it is kept for whoever relies on the bytes. */
  #flushFault: { readonly cause: unknown } | undefined
  #state: 'open' | 'sealed' | 'ended' | 'taken over' = 'open'

  private constructor(options: ReceivedFileOptions, descriptor: number) {
    this.part = options.part
    this.#path = options.path
    this.#keeper = options.keeper
    this.#descriptor = descriptor
    this.#follower = new ContentFollower({
      threads: options.threads,
      path: options.path,
      bytes: options.part.bytes,
    })
  }

  static async open(options: ReceivedFileOptions): Promise<ReceivedFile> {
    const descriptor = await openFile(options.path, options.isNew ? 'wx+' : 'r+', 0o600).catch(
      (error: unknown) => {
        throw fileFault(error, 'receiving a file')
      },
    )
    return new ReceivedFile(options, descriptor)
  }

  get id(): string {
    return this.part.id
  }

  get bytes(): number {
    return this.part.bytes
  }

  write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    return this.#inTurn(async (descriptor) => {
      let length = 0
      for (const buffer of buffers) length += buffer.byteLength
      try {
        await writeAll(descriptor, buffers, position)
      } catch (error) {
        this.#follower.spoiled(position)
        // Gives back what a full disk cannot hold; the part ends where it ended before.
        await truncateFile(descriptor, this.part.bytes).catch(() => {})
        throw fileFault(error, 'receiving a file')
      }
      this.#follower.written(buffers, position, length)
      const end = position + length
      if (end > this.part.bytes) this.#keeper.fileResized(this.part, end)
      this.#flushAfter(length)
    })
  }

  read(position: number, length: number): Promise<Buffer> {
    return this.#inTurn((descriptor) => readAt(descriptor, position, length))
  }

  truncate(bytes: number): Promise<void> {
    return this.#inTurn(async (descriptor) => {
      this.#follower.truncated(bytes)
      await truncateFile(descriptor, bytes)
      this.#keeper.fileResized(this.part, bytes)
    })
  }

  sync(): Promise<void> {
    return this.#inTurn((descriptor) => this.#makeDurable(descriptor))
  }

  seal(): Promise<ReceivedContent> {
    return this.#inTurn(async (descriptor) => {
      const { bytes } = this.part
      // Both come to an end before anything else may happen to the descriptor.
      const [read, durable] = await Promise.allSettled([
        this.#follower.finish(descriptor, bytes),
        this.#makeDurable(descriptor),
      ])
      if (read.status === 'rejected') throw read.reason
      if (durable.status === 'rejected') throw durable.reason
      if (this.#state !== 'open') throw this.#unusable()
      this.#state = 'sealed'
      this.#letGo()
      this.#keeper.fileSealed(this)
      return { ...read.value, bytes }
    })
  }

  keep(): Promise<void> {
    return this.#toTheEnd(async () => {
      try {
        if (this.#descriptor !== undefined) await this.#makeDurable(this.#descriptor)
      } finally {
        await this.#close()
      }
      await this.#keeper.fileKept(this)
    })
  }

  drop(): Promise<void> {
    return this.#toTheEnd(async () => {
      await this.#close()
      await removeFile(this.#path)
      this.#keeper.fileDropped(this)
    })
  }

  unseal(): Promise<void> {
    return this.#state === 'sealed' ? this.keep() : Promise.resolve()
  }

  /** The intake has the content: nothing is left here to keep or drop. */
  handedOver(): void {
    this.#state = 'ended'
  }

  /** Another session goes on with this part: this one may neither write nor end it any more. */
  takeOver(): Promise<void> {
    if (this.#state !== 'open') return Promise.resolve()
    this.#state = 'taken over'
    return this.#afterLast(() => this.#close())
  }

  #inTurn<Result>(work: (descriptor: number) => Promise<Result>): Promise<Result> {
    return this.#afterLast(() => {
      const descriptor = this.#descriptor
      if (this.#state !== 'open' || descriptor === undefined) {
        throw this.#unusable()
      }
      return work(descriptor)
    })
  }

  /** Runs once, for a file that is open or sealed; anything else has ended already. */
  #toTheEnd(work: () => Promise<void>): Promise<void> {
    if (this.#state !== 'open' && this.#state !== 'sealed') return Promise.resolve()
    this.#state = 'ended'
    return this.#afterLast(work)
  }

  #afterLast<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {}) // told to the caller
    return result
  }

  #unusable(): GatewayError {
    return new GatewayError('INTERNAL', `A received file that is ${this.#state} was used.`)
  }

  /** @throws what this sync met, or an earlier one that nobody waited for */
  async #makeDurable(descriptor: number): Promise<void> {
    await this.#flushing
    try {
      if (this.#flushFault !== undefined) throw this.#flushFault.cause
      await syncData(descriptor)
    } catch (error) {
      throw fileFault(error, 'receiving a file')
    }
  }

  /** Has the disk take what was written, beside the writes that go on. */
  #flushAfter(bytes: number): void {
    this.#unflushedBytes += bytes
    const descriptor = this.#descriptor
    if (this.#unflushedBytes < FLUSH_BYTES || descriptor === undefined) return
    if (this.#flushing !== undefined) return
    this.#unflushedBytes = 0
    this.#flushing = syncData(descriptor)
      .catch((cause: unknown) => {
        this.#flushFault = { cause }
      })
      .finally(() => {
        this.#flushing = undefined
      })
  }

  /** Closes without being waited for: the bytes are durable, the descriptor only has to go. */
  #letGo(): void {
    const closing = this.#close()
    this.#last = closing.catch(() => {})
  }

  async #close(): Promise<void> {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    this.#follower.abandon()
    await this.#flushing
    if (descriptor !== undefined) await closeFile(descriptor)
  }
}

export interface ReceivedFileOptions {
  readonly part: ReceivedPart
  readonly path: string
  readonly isNew: boolean
  readonly keeper: PartKeeper
  readonly threads: ReadingThreads
}
