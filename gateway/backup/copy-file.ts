import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode, isMissing } from '../durable-files.ts'
import type { BackupFile } from './backup-manifest.ts'

/**
 * Copies a file, for its owner alone, durable when it resolves; the folders above it are made.
 * @returns what was written; undefined when it is not there (any more)
 */
export async function copyFile(
  from: string,
  to: string,
): Promise<Omit<BackupFile, 'path'> | undefined> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const source = await open(from, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (source === undefined) return undefined
  const hash = createHash('sha256')
  let bytes = 0
  const target = await open(to, 'wx', 0o600)
  try {
    for await (const piece of source.createReadStream({ highWaterMark: 1024 * 1024 })) {
      hash.update(piece as Buffer)
      bytes += (piece as Buffer).length
      await target.writeFile(piece as Buffer)
    }
    await target.sync()
  } finally {
    await target.close()
  }
  return { bytes, sha256: hash.digest('hex') }
}

/**
 * Gives a file that never changes a second name, or copies it where that cannot be.
 * @returns undefined when it is not there (any more)
 */
export async function linkFile(
  from: string,
  to: string,
): Promise<Omit<BackupFile, 'path'> | undefined> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  try {
    await link(from, to)
  } catch (error) {
    if (isMissing(error)) return undefined
    if (errorCode(error) !== 'EXDEV' && errorCode(error) !== 'EPERM') throw error
    return copyFile(from, to)
  }
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(to, { highWaterMark: 1024 * 1024 })) {
    hash.update(piece as Buffer)
    bytes += (piece as Buffer).length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/**
 * Every file beneath a folder, from there with `/`; none when it is not there. A link to a file is that
 * file (keys that another program puts in their place), one to a folder is nothing.
 */
export async function filesBeneath(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error) || errorCode(error) === 'ENOTDIR') return []
    throw error
  })
  const found: string[] = []
  for (const entry of entries) {
    const isFile = entry.isSymbolicLink()
      ? await stat(join(folder, entry.name)).then(
          (named) => named.isFile(),
          () => false,
        )
      : entry.isFile()
    if (isFile) found.push(entry.name)
    if (!entry.isDirectory()) continue
    for (const name of await filesBeneath(join(folder, entry.name))) {
      found.push(`${entry.name}/${name}`)
    }
  }
  return found
}

/** Runs over many small things, a few at a time. */
export async function eachOf<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (;;) {
      const next = waiting.next()
      if (next.done === true) return
      await work(next.value)
    }
  }
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker))
}
const FILES_AT_ONCE = 8

export const fileExists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}
