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
import { seeksEndOf, type ContentTold } from './content-ending.ts'
import { ContentFollower } from './content-follower.ts'
import { FileMarks } from './file-marks.ts'
import type { ReadingThreads } from './reading-threads.ts'
import { SmallContent } from './small-content.ts'

/**
 * After so many bytes the disk starts on them, so that sealing a large file finds little to do. Of a
 * put of 512 MB: 64 MiB left 30 ms of flushing to CLOSE, 4 to 8 cost more CPU and are no faster.
 */
const FLUSH_BYTES = 16 * 1024 * 1024

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

/** Where the intake finds a content: in a durable file, or in memory when it is small. */
export type SealedPlace = { readonly path: string } | { readonly bytes: Buffer }

/** A file on disk while it is written. */
interface OpenFile {
  readonly descriptor: number
  readonly follower: ContentFollower
}

/** What a file tells the staging area, which owns names, rows and sums. */
export interface PartKeeper {
  fileResized(part: ReceivedPart, bytes: number): void
  /** Closed, to be found again under its name. */
  fileKept(file: ReceivedFile): Promise<void>
  /** For the intake. */
  fileSealed(file: ReceivedFile): void
  /** Closed and removed. */
  fileDropped(file: ReceivedFile): void
}

/**
 * One file being received: in memory while it is small, then on disk. Calls wait for one another, so that a session that dies in the middle
 * of a write may end the file at once: the descriptor is closed after the last call it serves.
 */
export class ReceivedFile implements StagedFile {
  readonly part: ReceivedPart
  readonly #path: string
  readonly #keeper: PartKeeper
  readonly #threads: ReadingThreads
  /** The content while it is small and new. */
  #small: SmallContent | undefined
  #open: OpenFile | undefined
  /** Made when something is noted, or asked for. */
  #marks: FileMarks | undefined
  #last: Promise<unknown> = Promise.resolve()
  #unflushedBytes = 0
  #flushing: Promise<void> | undefined
  /** What a flush met: told once by the system, so it is kept for whoever relies on the bytes. */
  #flushFault: { readonly cause: unknown } | undefined
  #state: 'open' | 'sealed' | 'ended' | 'taken over' = 'open'

  /** @param descriptor of a part on disk that goes on; a new file begins in memory */
  constructor(options: ReceivedFileOptions, descriptor?: number) {
    this.part = options.part
    this.#path = options.path
    this.#keeper = options.keeper
    this.#threads = options.threads
    if (descriptor === undefined) this.#small = new SmallContent(seeksEndOf(options.part.protocol))
    else {
      this.#open = this.#opened(descriptor, options.part.bytes)
      this.#marks = new FileMarks(options.path, false)
    }
  }

  /** Opens a part that is on disk. @throws ENOENT when it is not */
  static async reopen(options: ReceivedFileOptions): Promise<ReceivedFile> {
    return new ReceivedFile(options, await openFile(options.path, 'r+', 0o600))
  }

  get id(): string {
    return this.part.id
  }

  get bytes(): number {
    return this.part.bytes
  }

  write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    return this.#inTurn(async () => {
      let length = 0
      for (const buffer of buffers) length += buffer.byteLength
      const end = position + length
      const isInMemory = this.#small?.write(buffers, position, end) === true
      if (!isInMemory) await this.#writeToDisk(buffers, position, length)
      if (end > this.part.bytes) this.#keeper.fileResized(this.part, end)
    })
  }

  read(position: number, length: number): Promise<Buffer> {
    return this.#inTurn(async () => {
      if (this.#small === undefined) {
        return readAt((await this.#onDisk()).descriptor, position, length)
      }
      return Buffer.from(this.#small.bytes.subarray(position, position + length))
    })
  }

  truncate(bytes: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#small?.truncate(bytes) !== true) {
        const { descriptor, follower } = await this.#onDisk()
        follower.truncated(bytes)
        await truncateFile(descriptor, bytes)
      }
      this.#keeper.fileResized(this.part, bytes)
    })
  }

  sync(): Promise<void> {
    return this.#inTurn(async () => this.#makeDurable((await this.#onDisk()).descriptor))
  }

  flush(): void {
    if (this.#open !== undefined && this.#state === 'open') this.#flush(this.#open.descriptor)
  }

  async mark(record: Buffer): Promise<void> {
    if (this.#state !== 'open') throw this.#unusable()
    this.#marks ??= new FileMarks(this.#path, true)
    this.#marks.add(record)
    if (this.#small === undefined) await this.#marks.write()
  }

  marks(): Promise<Buffer> {
    return this.#inTurn(() => {
      this.#marks ??= new FileMarks(this.#path, true)
      return this.#marks.read()
    })
  }

  seal(): Promise<ReceivedContent> {
    return this.#inTurn(async () => {
      const { bytes } = this.part
      const facts = await (this.#small?.facts() ?? this.#sealOnDisk(bytes))
      if (this.#state !== 'open') throw this.#unusable()
      this.#state = 'sealed'
      if (this.#open !== undefined) this.#letGo()
      this.#keeper.fileSealed(this)
      return { ...facts, bytes }
    })
  }

  keep(): Promise<void> {
    return this.#toTheEnd(async () => {
      try {
        if (this.#small !== undefined) await this.#onDisk()
        if (this.#open !== undefined) await this.#makeDurable(this.#open.descriptor)
        await this.#marks?.write()
      } catch (error) {
        if (this.#small !== undefined) this.#keeper.fileDropped(this) // the disk has nothing of it
        throw error
      } finally {
        await this.#close()
      }
      await this.#keeper.fileKept(this)
    })
  }

  drop(): Promise<void> {
    return this.#toTheEnd(async () => {
      const isOnDisk = this.#small === undefined
      await this.#close()
      if (isOnDisk) await removeFile(this.#path)
      await this.#marks?.remove()
      this.#keeper.fileDropped(this)
    })
  }

  unseal(): Promise<void> {
    return this.#state === 'sealed' ? this.keep() : Promise.resolve()
  }

  /** Where the content is, once it is sealed. */
  get place(): SealedPlace {
    return this.#small === undefined ? { path: this.#path } : { bytes: this.#small.bytes }
  }

  /** The intake has the content: nothing is left here to keep or drop. */
  handedOver(): void {
    this.#state = 'ended'
    this.#small = undefined
    // Nobody waits for it: what a crash leaves of it is removed at the next start.
    void this.#marks?.remove().catch(() => {})
  }

  /** Another session goes on with this part: this one may neither write nor end it any more. */
  takeOver(): Promise<void> {
    if (this.#state !== 'open') return Promise.resolve()
    this.#state = 'taken over'
    return this.#afterLast(() => this.#close())
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#afterLast(() => {
      if (this.#state !== 'open') throw this.#unusable()
      return work()
    })
  }

  /** The file on disk, made now with what was in memory if it is not there yet. */
  async #onDisk(): Promise<OpenFile> {
    if (this.#open !== undefined) return this.#open
    if (this.#small === undefined) throw this.#unusable()
    const { bytes } = this.#small
    try {
      const descriptor = await openFile(this.#path, 'wx+', 0o600)
      try {
        await writeAll(descriptor, [bytes], 0)
      } catch (error) {
        await closeFile(descriptor)
        await removeFile(this.#path)
        throw error
      }
      this.#open = this.#opened(descriptor, 0)
      this.#open.follower.written([bytes], 0, bytes.length)
      this.#small = undefined
      return this.#open
    } catch (error) {
      throw fileFault(error, 'receiving a file')
    }
  }

  /** @param bytes already in the file */
  #opened(descriptor: number, bytes: number): OpenFile {
    const follower = new ContentFollower({
      threads: this.#threads,
      path: this.#path,
      bytes,
      seeksEnd: seeksEndOf(this.part.protocol),
    })
    return { descriptor, follower }
  }

  async #writeToDisk(
    buffers: readonly Uint8Array[],
    position: number,
    length: number,
  ): Promise<void> {
    const { descriptor, follower } = await this.#onDisk()
    try {
      await writeAll(descriptor, buffers, position)
    } catch (error) {
      follower.spoiled(position)
      // Gives back what a full disk cannot hold; the part ends where it ended before.
      await truncateFile(descriptor, this.part.bytes).catch(() => {})
      throw fileFault(error, 'receiving a file')
    }
    follower.written(buffers, position, length)
    this.#flushAfter(descriptor, length)
  }

  async #sealOnDisk(bytes: number): Promise<ContentTold> {
    const { descriptor, follower } = await this.#onDisk()
    // Both come to an end before anything else may happen to the descriptor.
    const [read, durable] = await Promise.allSettled([
      follower.finish(descriptor, bytes),
      this.#makeDurable(descriptor),
    ])
    if (read.status === 'rejected') throw read.reason
    if (durable.status === 'rejected') throw durable.reason
    return read.value
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
  #flushAfter(descriptor: number, bytes: number): void {
    this.#unflushedBytes += bytes
    if (this.#unflushedBytes >= FLUSH_BYTES) this.#flush(descriptor)
  }

  #flush(descriptor: number): void {
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
    const open = this.#open
    this.#open = undefined
    this.#small = undefined
    open?.follower.abandon()
    await this.#marks?.close()
    await this.#flushing
    if (open !== undefined) await closeFile(open.descriptor)
  }
}

export interface ReceivedFileOptions {
  readonly part: ReceivedPart
  readonly path: string
  readonly keeper: PartKeeper
  readonly threads: ReadingThreads
}
