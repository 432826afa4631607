import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Octets } from './octets.ts'

/** A payload on its way into a folder: out of sight until it is known to be good. */
export class SavedPayload {
  readonly #folder: string
  readonly #path: string
  #bytes = 0
  #sha256 = ''

  constructor(folder: string) {
    this.#folder = folder
    this.#path = join(folder, `.${randomUUID()}.part`)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Hexadecimal, once it is written. */
  get sha256(): string {
    return this.#sha256
  }

  /** Writes all of it; it is on disk when this resolves. */
  async write(octets: Octets): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const hash = createHash('sha256')
    const file = await open(this.#path, 'wx', 0o600)
    try {
      for await (const piece of octets) {
        hash.update(piece)
        this.#bytes += piece.length
        await file.write(piece)
      }
      await file.datasync()
    } finally {
      await file.close()
    }
    this.#sha256 = hash.digest('hex')
  }

  /**
   * Lets it be seen under `name`, or under the next free name after it.
   * @param name a file name without folders
   * @returns where it is
   */
  async keep(name: string): Promise<string> {
    for (let copy = 1; ; copy += 1) {
      const path = join(this.#folder, copy === 1 ? name : `${name}.${copy}`)
      try {
        await link(this.#path, path)
        await this.drop()
        return path
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
    }
  }

  async drop(): Promise<void> {
    await rm(this.#path, { force: true })
  }
}
