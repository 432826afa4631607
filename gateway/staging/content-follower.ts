import { readAt } from '../durable-files.ts'
import { endingOf, type ContentTold } from './content-ending.ts'
import { ContentReading, type ContentFacts } from './content-facts.ts'
import type { FollowedFile, ReadingThreads } from './reading-threads.ts'

/**
 * Up to this size a file is read on the spot, as its bytes pass; beyond, a thread follows it. Of
 * compressed content this much takes 2 ms.
 */
const ON_THE_SPOT_BYTES = 256 * 1024
/** A thread is told of progress in steps of this many bytes. */
const STEP_BYTES = 4 * 1024 * 1024

/**
 * Reads a file that is being written, once: for its SHA-256, and for what it shows of its end.
 * While writes are contiguous that happens on the way; what was rewritten or skipped is read
 * again when the file is sealed.
 */
export class ContentFollower {
  readonly #threads: ReadingThreads
  readonly #path: string
  readonly #seeksEnd: boolean
  #onTheSpot: ContentReading | undefined
  #followed: FollowedFile | undefined
  /** Bytes from the beginning without a hole, as far as writes came in order. */
  #contiguous: number
  /** Bytes that `#onTheSpot` has read. */
  #read = 0
  /** Bytes were changed after they were read: no more following, one reading when sealed. */
  #wasRewritten = false

  constructor(options: {
    readonly threads: ReadingThreads
    readonly path: string
    /** Bytes already in the file (a part that is resumed). */
    readonly bytes: number
    /** As content-ending.ts says of the protocol. */
    readonly seeksEnd: boolean
  }) {
    this.#threads = options.threads
    this.#path = options.path
    this.#seeksEnd = options.seeksEnd
    this.#contiguous = options.bytes
    if (options.bytes === 0) this.#onTheSpot = new ContentReading(this.#seeksEnd)
  }

  /** Bytes were written at `position`. */
  written(buffers: readonly Uint8Array[], position: number, length: number): void {
    this.#changedFrom(position)
    if (position > this.#contiguous) return
    this.#contiguous = Math.max(this.#contiguous, position + length)
    if (this.#onTheSpot !== undefined && this.#contiguous <= ON_THE_SPOT_BYTES) {
      for (const buffer of buffers) this.#onTheSpot.next(buffer)
      this.#read = this.#contiguous
      return
    }
    this.#onTheSpot = undefined
    if (this.#contiguous > ON_THE_SPOT_BYTES) this.#follow()
  }

  /** The file was cut, or grew by a hole, to `bytes`. */
  truncated(bytes: number): void {
    this.#changedFrom(bytes)
    this.#contiguous = Math.min(this.#contiguous, bytes)
  }

  /** A write failed: what the file holds from `position` on is not known. */
  spoiled(position: number): void {
    this.truncated(position)
  }

  /** What the file's `bytes` bytes tell, all of them with the operating system. */
  async finish(descriptor: number, bytes: number): Promise<ContentTold> {
    const { sha256, gzip } = await this.#facts(descriptor, bytes)
    const read = (position: number, length: number) => readAt(descriptor, position, length)
    return { sha256, ending: await endingOf(gzip, bytes, read) }
  }

  /** Lets go of the thread's copy; `finish` reads again. */
  abandon(): void {
    this.#followed?.forget()
    this.#followed = undefined
  }

  async #facts(descriptor: number, bytes: number): Promise<ContentFacts> {
    if (this.#onTheSpot !== undefined && this.#read === bytes) return this.#onTheSpot.finish()
    if (bytes <= ON_THE_SPOT_BYTES) {
      this.abandon()
      const reading = new ContentReading(this.#seeksEnd)
      reading.next(await readAt(descriptor, 0, bytes))
      return reading.finish()
    }
    const followed = this.#followed ?? this.#threads.follow(this.#path, this.#seeksEnd)
    this.#followed = undefined
    return followed.finish(bytes)
  }

  #changedFrom(position: number): void {
    if (position < this.#read) this.#onTheSpot = undefined
    if (this.#followed !== undefined && position < this.#followed.upTo) {
      this.abandon()
      this.#wasRewritten = true
    }
  }

  #follow(): void {
    if (this.#wasRewritten) return
    this.#followed ??= this.#threads.follow(this.#path, this.#seeksEnd)
    if (this.#contiguous - this.#followed.upTo >= STEP_BYTES) {
      this.#followed.advance(this.#contiguous)
    }
  }
}
