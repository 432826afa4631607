import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, opendir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import {
  closeFile,
  errorCode,
  fileFault,
  isMissing,
  openFile,
  removeFile,
  renameFile,
  syncData,
  syncFile,
  writeAll,
} from '../../durable-files.ts'
import { GatewayError } from '../../errors.ts'
import type { StoredContent } from '../../flow.ts'
import { newId } from '../../ids.ts'
import type { PayloadStore } from '../payloads.ts'
import { FolderSync } from '../../folder-sync.ts'
import { areRemovalsHeld } from './removal-hold.ts'

const ADDRESS = /^[0-9a-f]{64}$/
const SHARDS = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'))

/** In a folder of several processes nobody has been writing a file for so long. */
const FORGOTTEN_MILLISECONDS = 24 * 60 * 60 * 1_000
/** What a removal has put aside, by its address and an id; it is done within this time. */
const ASIDE = /^(?<address>[0-9a-f]{64})\.gone_/
const REMOVAL_MILLISECONDS = 60_000
export const STORE_NAME_FILE = 'store-name'

/**
 * Opens (and makes, when missing) a store in `folder`: `<aa>/<sha256>` per content, `tmp/` for
 * what is being written, emptied here of what a former run left. Whatever has an address was renamed
 * to it whole.
 * @param options.isShared other processes may be writing in it now
 */
export async function openFilePayloadStore(options: {
  readonly folder: string
  readonly isShared?: boolean
}): Promise<PayloadStore> {
  const { folder, isShared = false } = options
  const temporary = join(folder, 'tmp')
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  const present = new Set(await readdir(folder))
  await Promise.all(
    SHARDS.filter((shard) => !present.has(shard)).map((shard) =>
      mkdir(join(folder, shard), { recursive: true, mode: 0o700 }),
    ),
  )
  await putBack(folder, isShared ? REMOVAL_MILLISECONDS : 0)
  await emptyTemporary(temporary, isShared ? FORGOTTEN_MILLISECONDS : 0)
  await syncFolder(folder)
  await syncFolder(dirname(folder))
  return new FilePayloadStore(folder)
}

class FilePayloadStore implements PayloadStore {
  readonly engine = 'files'
  readonly #folder: string
  /** Open descriptors of the shards used so far: 256 at most. */
  readonly #shards = new Map<string, FolderSync>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async adopt(path: string, content: StoredContent): Promise<void> {
    // A content that is there already is replaced by the same bytes in one atomic step: no look
    // beforehand, and a damaged copy is healed. Readers keep the file they opened.
    const target = this.#path(content.sha256)
    try {
      await renameFile(path, target)
    } catch (error) {
      if (errorCode(error) !== 'EXDEV') throw fileFault(error, 'storing a payload')
      await this.#adoptFromOtherDisk(path, content)
      return
    }
    await this.#syncShard(content.sha256)
  }

  async put(
    source: AsyncIterable<Uint8Array>,
    options: { readonly durable?: boolean } = {},
  ): Promise<StoredContent> {
    const durable = options.durable ?? true
    const temporary = join(this.#folder, 'tmp', newId('put'))
    const hash = createHash('sha256')
    let bytes = 0
    try {
      const descriptor = await openFile(temporary, 'wx', 0o600)
      try {
        for await (const piece of source) {
          hash.update(piece)
          await writeAll(descriptor, [piece], bytes)
          bytes += piece.byteLength
        }
        if (durable) await syncData(descriptor)
      } finally {
        await closeFile(descriptor)
      }
      const content = { sha256: hash.digest('hex'), bytes }
      if (!durable && (await this.has(content.sha256))) {
        await removeFile(temporary) // never replace a durable copy by one that is not
        return content
      }
      await renameFile(temporary, this.#path(content.sha256))
      if (durable) await this.#syncShard(content.sha256)
      return content
    } catch (error) {
      await removeFile(temporary).catch(() => {}) // emptied at the next start at the latest
      throw fileFault(error, 'storing a payload')
    }
  }

  read(content: StoredContent, options: { readonly start?: number } = {}): Readable {
    const path = this.#path(content.sha256)
    const start = options.start ?? 0
    return Readable.from(this.#pieces(path, content, start), {
      objectMode: false,
      highWaterMark: 256 * 1024,
    })
  }

  async localFile(
    content: StoredContent,
  ): Promise<{ readonly path: string; release(): Promise<void> }> {
    const path = this.#path(content.sha256)
    await this.#assertWhole(path, content)
    return { path, release: () => Promise.resolve() }
  }

  async has(sha256: string): Promise<boolean> {
    try {
      await stat(this.#path(sha256))
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  async remove(sha256: string): Promise<void> {
    if (await areRemovalsHeld(this.#folder)) return
    await removeFile(this.#path(sha256))
  }

  async removeStoredBefore(sha256: string, time: number): Promise<boolean> {
    const path = this.#path(sha256)
    const aside = join(this.#folder, 'tmp', `${sha256}.${newId('gone')}`)
    if (await areRemovalsHeld(this.#folder)) return false
    try {
      // Renaming to its address is what changed the inode last.
      const found = await stat(path)
      if (found.ctimeMs >= time) return false
      await renameFile(path, aside)
      const { ino } = await stat(aside)
      if (ino === found.ino) {
        await removeFile(aside)
        return true
      }
      // Another copy took its place in between: it goes back.
      await renameFile(aside, path)
      await this.#syncShard(sha256)
      return false
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  async *list(): AsyncIterable<StoredContent> {
    for (const shard of SHARDS) {
      for await (const entry of await opendir(join(this.#folder, shard))) {
        if (!ADDRESS.test(entry.name)) continue
        const found = await stat(join(this.#folder, shard, entry.name)).catch(() => undefined)
        if (found !== undefined) yield { sha256: entry.name, bytes: found.size }
      }
    }
  }

  async name(): Promise<string | undefined> {
    try {
      return (await readFile(join(this.#folder, STORE_NAME_FILE), 'utf8')).trim()
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async giveName(name: string): Promise<string> {
    // By a link: it appears whole, or another one was there before.
    const temporary = join(this.#folder, 'tmp', newId('put'))
    await writeFile(temporary, `${name}\n`, { mode: 0o600, flush: true })
    try {
      await link(temporary, join(this.#folder, STORE_NAME_FILE))
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    } finally {
      await removeFile(temporary)
    }
    await syncFolder(this.#folder)
    return (await this.name()) ?? name
  }

  async close(): Promise<void> {
    const open = [...this.#shards.values()]
    this.#shards.clear()
    await Promise.all(open.map((shard) => shard.close()))
  }

  async *#pieces(path: string, content: StoredContent, start: number): AsyncGenerator<Buffer> {
    await this.#assertWhole(path, content)
    if (start >= content.bytes) return
    yield* createReadStream(path, { start, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>
  }

  async #assertWhole(path: string, content: StoredContent): Promise<void> {
    const found = await stat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (found?.size === content.bytes) return
    throw new GatewayError(
      'PAYLOAD_MISSING',
      found === undefined
        ? `Payload ${content.sha256} is not in the store.`
        : `Payload ${content.sha256} has ${found.size} bytes instead of ${content.bytes}.`,
    )
  }

  async #adoptFromOtherDisk(path: string, content: StoredContent): Promise<void> {
    const stored = await this.put(createReadStream(path))
    if (stored.sha256 !== content.sha256) {
      await this.remove(stored.sha256)
      throw new GatewayError('INTERNAL', `A sealed file changed: expected ${content.sha256}.`)
    }
    await removeFile(path)
  }

  #path(sha256: string): string {
    if (!ADDRESS.test(sha256)) {
      throw new GatewayError('INTERNAL', 'A payload address is 64 hexadecimal characters.')
    }
    return join(this.#folder, sha256.slice(0, 2), sha256)
  }

  #syncShard(sha256: string): Promise<void> {
    const name = sha256.slice(0, 2)
    let shard = this.#shards.get(name)
    if (shard === undefined) {
      shard = new FolderSync(join(this.#folder, name))
      this.#shards.set(name, shard)
    }
    return shard.sync()
  }
}

/**
 * Puts back what a removal had put aside whose process was killed: it may be another copy than the one
 * that was to go, put by a flow that was taken in at that moment. The sweep takes what nothing names.
 * @param age since it was put aside, in milliseconds at least
 */
async function putBack(folder: string, age: number): Promise<void> {
  for (const name of await readdir(join(folder, 'tmp'))) {
    const address = ASIDE.exec(name)?.groups?.['address']
    if (address === undefined) continue
    const path = join(folder, 'tmp', name)
    const found = await stat(path).catch(() => undefined)
    if (found === undefined || found.ctimeMs > Date.now() - age) continue
    const shard = join(folder, address.slice(0, 2))
    // By a link: a copy that is there by now stays.
    try {
      await link(path, join(shard, address))
      await syncFolder(shard)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' && !isMissing(error)) throw error
    }
    await removeFile(path)
  }
}

/** @param age of what is removed, in milliseconds at least */
async function emptyTemporary(folder: string, age: number): Promise<void> {
  const newest = Date.now() - age
  for (const name of await readdir(folder)) {
    if (ASIDE.test(name)) continue
    const path = join(folder, name)
    const found = age === 0 ? undefined : await stat(path).catch(() => undefined)
    if (found !== undefined && found.mtimeMs > newest) continue
    await rm(path, { recursive: true, force: true })
  }
}

async function syncFolder(folder: string): Promise<void> {
  const descriptor = await openFile(folder, 'r')
  try {
    await syncFile(descriptor)
  } finally {
    await closeFile(descriptor)
  }
}
