import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../../durable-files.ts'
import { newId } from '../../ids.ts'

const FOLDER = 'holds'
/**
 * A hold that nobody renews is that of a process that died; none is renewed while a large journal is
 * read, which blocks its thread.
 */
const HOLD_MILLISECONDS = 1_800_000
const RENEW_MILLISECONDS = 10_000

/**
 * While a backup copies a store, nothing is removed from it: what the copy of the journal names is
 * there until it has been copied. Whoever removes leaves the content, and the sweep of what nothing
 * names takes it later (unnamed-payloads.ts). By a file each, so that every process of the store sees
 * it, and one backup does not end the hold of another.
 * @throws ENOENT when there is no store
 */
export async function holdRemovals(storeFolder: string): Promise<{ release(): Promise<void> }> {
  await stat(storeFolder)
  const folder = join(storeFolder, FOLDER)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, newId('hold'))
  await writeFile(path, 'A backup is being made: nothing is removed meanwhile.\n', { mode: 0o600 })
  const timer = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {}) // then it ends, and the copy may miss what goes
  }, RENEW_MILLISECONDS)
  timer.unref()
  return {
    async release() {
      clearInterval(timer)
      await rm(path, { force: true })
    },
  }
}

export async function areRemovalsHeld(storeFolder: string): Promise<boolean> {
  const folder = join(storeFolder, FOLDER)
  for (const name of await namesIn(folder)) {
    const held = await stat(join(folder, name)).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (held === undefined) continue
    if (Math.abs(Date.now() - held.mtimeMs) < HOLD_MILLISECONDS) return true
  }
  return false
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
