import { createHash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { ReceivedContent, StagedFile } from '../listener.ts'

/**
 * A file that is received on a partner's own machine: the content under its path, what is noted of
 * sync points beside it in `PATH.points`, so that a transfer can be taken up after a crash.
 */
export class LocalFile implements StagedFile {
  readonly id: string
  readonly #content: FileHandle
  readonly #points: FileHandle
  #bytes: number
  #isClosed = false

  private constructor(path: string, content: FileHandle, points: FileHandle, bytes: number) {
    this.id = path
    this.#content = content
    this.#points = points
    this.#bytes = bytes
  }

  /** @param how `begin` empties what is there, `resume` goes on with it */
  static async open(path: string, how: 'begin' | 'resume'): Promise<LocalFile> {
    if (how === 'begin') await removeLocalFile(path)
    const content = await open(path, how === 'begin' ? 'w+' : 'r+')
    const points = await open(pointsPath(path), 'a+')
    return new LocalFile(path, content, points, (await content.stat()).size)
  }

  get bytes(): number {
    return this.#bytes
  }

  async write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    let at = position
    for (const buffer of buffers) {
      let from = 0
      while (from < buffer.length) {
        const { bytesWritten } = await this.#content.write(buffer, from, buffer.length - from, at)
        from += bytesWritten
        at += bytesWritten
      }
    }
    this.#bytes = Math.max(this.#bytes, at)
  }

  async read(position: number, length: number): Promise<Buffer> {
    const room = Buffer.alloc(length)
    const { bytesRead } = await this.#content.read(room, 0, length, position)
    return room.subarray(0, bytesRead)
  }

  async truncate(bytes: number): Promise<void> {
    await this.#content.truncate(bytes)
    this.#bytes = bytes
  }

  sync(): Promise<void> {
    return this.#content.sync()
  }

  flush(): void {
    this.#content.datasync().catch(() => {})
  }

  async mark(record: Buffer): Promise<void> {
    await this.#points.appendFile(record)
  }

  async marks(): Promise<Buffer> {
    const { size } = await this.#points.stat()
    const room = Buffer.alloc(size)
    const { bytesRead } = await this.#points.read(room, 0, size, 0)
    return room.subarray(0, bytesRead)
  }

  async seal(): Promise<ReceivedContent> {
    await this.sync()
    const hash = createHash('sha256')
    const stream = this.#content.createReadStream({ start: 0, autoClose: false })
    for await (const piece of stream) hash.update(piece as Buffer)
    await this.#close()
    return { sha256: hash.digest('hex'), bytes: this.#bytes, ending: 'unknown' }
  }

  /** What is there stays, to be resumed. */
  async keep(): Promise<void> {
    await this.sync()
    await this.#close()
  }

  async drop(): Promise<void> {
    await this.#close()
    await removeLocalFile(this.id)
  }

  async unseal(): Promise<void> {}

  async #close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#content.close()
    await this.#points.close()
  }
}

function pointsPath(path: string): string {
  return `${path}.points`
}

/** Removes a content, and what is noted of it. */
export async function removeLocalFile(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(pointsPath(path), { force: true })
}
