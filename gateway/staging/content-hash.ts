import { createHash, type Hash } from 'node:crypto'
import { readAt } from '../durable-files.ts'
import type { FollowedHash, HashThreads } from './hash-threads.ts'

/** Up to this size a file is hashed on the spot, as its bytes pass; beyond, a thread follows it. */
const ON_THE_SPOT_BYTES = 1024 * 1024
/** A thread is told of progress in steps of this many bytes. */
const STEP_BYTES = 1024 * 1024

/**
 * The SHA-256 of a file that is being written. While writes are contiguous it is made on the
 * way; what was rewritten or skipped is read again when the file is sealed.
 */
export class ContentHash {
  readonly #threads: HashThreads
  readonly #path: string
  #onTheSpot: Hash | undefined
  #followed: FollowedHash | undefined
  /** Bytes from the beginning without a hole, as far as writes came in order. */
  #contiguous: number
  /** Bytes that are in `#onTheSpot`. */
  #hashed = 0
  /** Bytes were changed after they were read: no more following, one reading when sealed. */
  #wasRewritten = false

  constructor(options: {
    readonly threads: HashThreads
    readonly path: string
    /** Bytes already in the file (a part that is resumed). */
    readonly bytes: number
  }) {
    this.#threads = options.threads
    this.#path = options.path
    this.#contiguous = options.bytes
    if (options.bytes === 0) this.#onTheSpot = createHash('sha256')
  }

  /** Bytes were written at `position`. */
  written(buffers: readonly Uint8Array[], position: number, length: number): void {
    this.#changedFrom(position)
    if (position > this.#contiguous) return
    this.#contiguous = Math.max(this.#contiguous, position + length)
    if (this.#onTheSpot !== undefined && this.#contiguous <= ON_THE_SPOT_BYTES) {
      for (const buffer of buffers) this.#onTheSpot.update(buffer)
      this.#hashed = this.#contiguous
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

  /** Digest of the file's `bytes` bytes, all of them with the operating system. */
  async finish(descriptor: number, bytes: number): Promise<string> {
    if (this.#onTheSpot !== undefined && this.#hashed === bytes) {
      return this.#onTheSpot.digest('hex')
    }
    if (bytes <= ON_THE_SPOT_BYTES) {
      this.abandon()
      const content = await readAt(descriptor, 0, bytes)
      return createHash('sha256').update(content).digest('hex')
    }
    const followed = this.#followed ?? this.#threads.follow(this.#path)
    this.#followed = undefined
    return followed.finish(bytes)
  }

  /** Lets go of the thread's copy; `finish` reads again. */
  abandon(): void {
    this.#followed?.forget()
    this.#followed = undefined
  }

  #changedFrom(position: number): void {
    if (position < this.#hashed) this.#onTheSpot = undefined
    if (this.#followed !== undefined && position < this.#followed.upTo) {
      this.abandon()
      this.#wasRewritten = true
    }
  }

  #follow(): void {
    if (this.#wasRewritten) return
    this.#followed ??= this.#threads.follow(this.#path)
    if (this.#contiguous - this.#followed.upTo >= STEP_BYTES) {
      this.#followed.advance(this.#contiguous)
    }
  }
}
