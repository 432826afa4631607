import type { StagedFile } from '../listener.ts'
import { giveSlabBack, SLAB_BYTES, takeSlab } from './receiving-slabs.ts'

export interface DiskWriterOptions {
  readonly file: StagedFile
  /** Where the next byte goes. */
  readonly position: number
  /** Everything up to here is with the operating system. */
  readonly onWritten: (position: number) => void
  readonly onFailed: (error: unknown) => void
  /** There is too much in memory, or no longer. */
  readonly onFull: (isFull: boolean) => void
}

/** Received and not written: from here on the peer waits, and down to there it goes on. */
const FULL_BYTES = 2 * 1024 * 1024
const LOW_BYTES = 512 * 1024
/** The disk starts on what was written after so much, or so long (decisions E3). */
const FLUSH_BYTES = 16 * 1024 * 1024
const FLUSH_MILLISECONDS = 1_000

/**
 * Puts what is received into a staged file, in order and in large pieces, beside the network: one
 * write is on its way at a time, what comes meanwhile is gathered.
 */
export class DiskWriter {
  readonly #options: DiskWriterOptions
  #slabs: { readonly bytes: Buffer; filled: number }[] = []
  #gathered = 0
  #position: number
  #writtenTo: number
  /** The file is to be cut there before anything else is written. */
  #cutAt: number | undefined
  #writing: Promise<void> | undefined
  #isFull = false
  #hasFailed = false
  #unflushed = 0
  #flushedAt = performance.now()

  constructor(options: DiskWriterOptions) {
    this.#options = options
    this.#position = options.position
    this.#writtenTo = options.position
  }

  /** Where the file will end once all is written. */
  get position(): number {
    return this.#position
  }

  /** Copies the bytes: they are not needed afterwards. */
  add(bytes: Buffer): void {
    if (this.#hasFailed) return
    let at = 0
    while (at < bytes.length) {
      const last = this.#slabs.at(-1)
      const slab =
        last === undefined || last.filled === SLAB_BYTES ? { bytes: takeSlab(), filled: 0 } : last
      if (slab !== last) this.#slabs.push(slab)
      const copied = bytes.copy(slab.bytes, slab.filled, at)
      slab.filled += copied
      at += copied
    }
    this.#position += bytes.length
    this.#gathered += bytes.length
    if (!this.#isFull && this.#position - this.#writtenTo >= FULL_BYTES) {
      this.#isFull = true
      this.#options.onFull(true)
    }
    if (this.#gathered >= SLAB_BYTES) this.push()
  }

  /** Starts to write what was gathered, unless a write is on its way, which goes on with it. */
  push(): void {
    if (this.#writing !== undefined || !this.#hasWork) return
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined
      if (this.#gathered >= SLAB_BYTES) this.push()
    })
  }

  /** Resolves when everything added so far was written, or could not be. */
  async settled(): Promise<void> {
    do {
      this.push()
      await this.#writing
    } while (this.#hasWork)
  }

  /** Everything from `position` on is of no use, wherever it is by now; what is added comes there. */
  goBack(position: number): void {
    let excess = this.#position - position
    while (excess > 0) {
      const last = this.#slabs.at(-1)
      if (last === undefined) break
      const dropped = Math.min(excess, last.filled)
      last.filled -= dropped
      excess -= dropped
      this.#gathered -= dropped
      if (last.filled === 0) this.#release(this.#slabs.splice(-1))
    }
    if (excess > 0) this.#cutAt = position
    this.#position = position
  }

  /** Drops what is gathered, and writes nothing more. */
  stop(): void {
    this.#hasFailed = true
    this.#release(this.#slabs.splice(0))
    this.#gathered = 0
  }

  get #hasWork(): boolean {
    return !this.#hasFailed && (this.#gathered > 0 || this.#cutAt !== undefined)
  }

  async #write(): Promise<void> {
    const slabs = this.#slabs.splice(0)
    const bytes = this.#gathered
    this.#gathered = 0
    try {
      await this.#cut()
      const end = this.#writtenTo + bytes
      const pieces = slabs.map((slab) => slab.bytes.subarray(0, slab.filled))
      await this.#options.file.write(pieces, this.#writtenTo)
      this.#writtenTo = end
      this.#flushAfter(bytes)
      this.#options.onWritten(Math.min(end, this.#cutAt ?? end))
    } catch (error) {
      this.#hasFailed = true
      this.#options.onFailed(error)
    } finally {
      this.#release(slabs)
    }
    if (this.#isFull && this.#position - this.#writtenTo <= LOW_BYTES) {
      this.#isFull = false
      this.#options.onFull(false)
    }
  }

  async #cut(): Promise<void> {
    const position = this.#cutAt
    if (position === undefined) return
    this.#cutAt = undefined
    await this.#options.file.truncate(position)
    this.#writtenTo = position
  }

  #flushAfter(bytes: number): void {
    this.#unflushed += bytes
    const now = performance.now()
    const isLong = now - this.#flushedAt >= FLUSH_MILLISECONDS
    if (this.#unflushed < FLUSH_BYTES && !isLong) return
    this.#unflushed = 0
    this.#flushedAt = now
    this.#options.file.flush()
  }

  #release(slabs: readonly { readonly bytes: Buffer }[]): void {
    for (const { bytes } of slabs) giveSlabBack(bytes)
  }
}
