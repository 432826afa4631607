import { rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../../durable-files.ts'

const FILE = 'hold'
/**
 * A hold that nobody renews is that of a process that died; none is renewed while a large journal is
 * read, which blocks its thread.
 */
const HOLD_MILLISECONDS = 1_800_000
const RENEW_MILLISECONDS = 10_000

/**
 * While a backup copies a store, nothing is removed from it: what the copy of the journal names is
 * there until it has been copied. Whoever removes leaves the content, and the sweep of what nothing
 * names takes it later (unnamed-payloads.ts). By a file, so that every process of the store sees it.
 */
export async function holdRemovals(storeFolder: string): Promise<{ release(): Promise<void> }> {
  const path = join(storeFolder, FILE)
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
  try {
    const { mtimeMs } = await stat(join(storeFolder, FILE))
    return Math.abs(Date.now() - mtimeMs) < HOLD_MILLISECONDS
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
