import { link, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileFault, isMissing, removeFile, renameFile } from '../../durable-files.ts'
import type { StoredContent } from '../../flow.ts'
import { FolderSync } from '../../folder-sync.ts'
import { newId } from '../../ids.ts'
import type { LandedFile } from '../payloads.ts'

const NAME = /^([0-9a-f]{64})\.\w+$/

/**
 * Where contents wait on this machine for a store that is elsewhere, each in a file of its own named
 * `<sha256>.<id>`: the same content lands twice in two files, and neither depends on the other.
 * `lent/` holds what this process has lent or is putting together, emptied when it opens.
 */
export class LandingFolder {
  readonly #folder: string
  readonly #sync: FolderSync
  readonly #files = new Map<string, LandedFile>()

  static async open(folder: string): Promise<LandingFolder> {
    const lent = join(folder, 'lent')
    await rm(lent, { recursive: true, force: true })
    await mkdir(lent, { recursive: true, mode: 0o700 })
    const landing = new LandingFolder(folder)
    for (const name of await readdir(folder)) {
      const sha256 = NAME.exec(name)?.[1]
      if (sha256 === undefined) continue
      const { size } = await stat(join(folder, name))
      landing.#files.set(name, { id: name, sha256, bytes: size })
    }
    await landing.#sync.sync()
    return landing
  }

  private constructor(folder: string) {
    this.#folder = folder
    this.#sync = new FolderSync(folder)
  }

  /** Takes over a sealed file of the same disk, durable when it resolves. @throws STORE_FULL */
  async land(path: string, { sha256, bytes }: StoredContent): Promise<LandedFile> {
    const file = { id: `${sha256}.${newId('put')}`, sha256, bytes }
    try {
      await renameFile(path, this.pathOf(file))
      await this.#sync.sync()
    } catch (error) {
      throw fileFault(error, 'receiving a file')
    }
    this.#files.set(file.id, file)
    return file
  }

  list(): readonly LandedFile[] {
    return [...this.#files.values()]
  }

  /** A file with the content. */
  find(sha256: string): LandedFile | undefined {
    return this.list().find((file) => file.sha256 === sha256)
  }

  pathOf({ id }: LandedFile): string {
    return join(this.#folder, id)
  }

  async drop(file: LandedFile): Promise<void> {
    this.#files.delete(file.id)
    await removeFile(this.pathOf(file))
  }

  /** A path for a file that is put together, gone with the next start at the latest. */
  temporaryPath(): string {
    return join(this.#folder, 'lent', newId('put'))
  }

  /** A name of its own for a file that landed, which stays when that one goes. */
  async lend(file: LandedFile): Promise<string | undefined> {
    const path = this.temporaryPath()
    try {
      await link(this.pathOf(file), path)
      return path
    } catch (error) {
      if (isMissing(error)) return undefined // it went to the store at this moment
      throw error
    }
  }

  close(): Promise<void> {
    return this.#sync.close()
  }
}
