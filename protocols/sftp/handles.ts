import type { DirectoryListing } from './directory-listing.ts'
import type { Download } from './download.ts'
import type { Upload } from './upload.ts'

export type Handle = Upload | Download | DirectoryListing

/** Handles of one session by the four bytes the client knows them by. */
export class Handles {
  readonly #limit: number
  readonly #open = new Map<number, Handle>()
  readonly #closing = new Set<Promise<void>>()
  #opening = 0
  #last = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes a place for a handle that is being opened; false when all are taken. */
  reserve(): boolean {
    if (this.#open.size + this.#opening >= this.#limit) return false
    this.#opening += 1
    return true
  }

  /** Gives the place of `reserve` back: it came to nothing. */
  release(): void {
    this.#opening -= 1
  }

  /** Puts a handle into the place of `reserve`. Numbers are not used again in a session. */
  add(handle: Handle): number {
    this.#opening -= 1
    this.#last += 1
    this.#open.set(this.#last, handle)
    return this.#last
  }

  get(bytes: Buffer): Handle | undefined {
    return bytes.length === 4 ? this.#open.get(bytes.readUInt32BE(0)) : undefined
  }

  /** The handle, which is none from now on. */
  take(bytes: Buffer): Handle | undefined {
    const handle = this.get(bytes)
    if (handle !== undefined) this.#open.delete(bytes.readUInt32BE(0))
    return handle
  }

  /** A CLOSE is under way that does not end at once. */
  closing(done: Promise<void>): void {
    this.#closing.add(done)
    void done.finally(() => this.#closing.delete(done))
  }

  /** Ends all that are open, keeping uploads as parts; resolves when every handle is over. */
  async letGo(): Promise<void> {
    const handles = [...this.#open.values()]
    this.#open.clear()
    const ends = handles.map((handle) =>
      handle.kind === 'directory' ? undefined : handle.abandon(),
    )
    await Promise.allSettled([...ends, ...this.#closing])
  }
}
