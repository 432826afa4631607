import { stat } from 'node:fs/promises'
import { closeFile, isMissing, openFile, readAt, removeFile, writeAll } from '../durable-files.ts'

/** Behind the name of the file that the marks belong to. */
export const MARKS_SUFFIX = '.marks'
/** A file of 1 GiB with a point every 4 KiB has 6 MiB of marks. */
const MAX_MARKS_BYTES = 64 * 1024 * 1024

/**
 * What a protocol notes beside a file while it is received: sync points. A file of its own, only
 * ever appended to, so that a point costs one small write and survives this process.
 */
export class FileMarks {
  readonly #path: string
  #pending: Buffer[] = []
  #descriptor: number | undefined
  /** Nothing was ever written: there is no file to remove. */
  #isOnDisk: boolean
  #end: number | undefined
  #last: Promise<unknown> = Promise.resolve()

  /**
   * @param path of the file received
   * @param isNew nothing was noted of it before
   */
  constructor(path: string, isNew: boolean) {
    this.#path = path + MARKS_SUFFIX
    this.#isOnDisk = !isNew
  }

  /** Kept in memory until `write`. */
  add(record: Buffer): void {
    this.#pending.push(record)
  }

  /** Hands what was added to the operating system. */
  write(): Promise<void> {
    return this.#inTurn(async () => {
      const records = this.#pending
      if (records.length === 0) return
      this.#pending = []
      this.#isOnDisk = true
      this.#descriptor ??= await openFile(this.#path, 'a', 0o600)
      this.#end ??= (await stat(this.#path)).size
      await writeAll(this.#descriptor, records, this.#end)
      for (const { length } of records) this.#end += length
    })
  }

  /** All of them, in order. */
  read(): Promise<Buffer> {
    return this.#inTurn(async () => Buffer.concat([await this.#onDisk(), ...this.#pending]))
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      const descriptor = this.#descriptor
      this.#descriptor = undefined
      this.#end = undefined
      if (descriptor !== undefined) await closeFile(descriptor)
    })
  }

  /** Closes, and forgets all of them. */
  async remove(): Promise<void> {
    this.#pending = []
    await this.close()
    if (this.#isOnDisk) await removeFile(this.#path)
  }

  async #onDisk(): Promise<Buffer> {
    try {
      const { size } = await stat(this.#path)
      const descriptor = await openFile(this.#path, 'r')
      try {
        return await readAt(descriptor, 0, Math.min(size, MAX_MARKS_BYTES))
      } finally {
        await closeFile(descriptor)
      }
    } catch (error) {
      if (isMissing(error)) return Buffer.alloc(0)
      throw error
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {}) // told to the caller
    return result
  }
}
