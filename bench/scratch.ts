import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Memory disk of Linux: what is kept there never waits for a disk. */
export const MEMORY_DISK = '/dev/shm'

type Cleaner = () => void

/**
 * What the bench leaves behind is nothing: folders and processes are registered here and removed
 * at the end, also on Ctrl-C. Cleaners are synchronous, so that they also run in `exit`.
 */
const cleaners = new Set<Cleaner>()

process.on('exit', cleanUp)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143))
}

/** Runs `cleaner` at the end of the program, unless the function returned has done it before. */
export function atEnd(cleaner: Cleaner): () => void {
  const run = () => {
    if (cleaners.delete(cleaner)) cleaner()
  }
  cleaners.add(cleaner)
  return run
}

/** A folder that is removed at the end, or earlier by `remove`. */
export function scratchFolder(parent = tmpdir()): { path: string; remove(): void } {
  const path = mkdtempSync(join(parent, 'raccord-bench-'))
  const remove = atEnd(() => rmSync(path, { recursive: true, force: true }))
  return { path, remove }
}

/** Newest first: servers stop before their folders go. */
function cleanUp(): void {
  for (const cleaner of [...cleaners].toReversed()) {
    cleaners.delete(cleaner)
    try {
      cleaner()
    } catch (error) {
      process.stderr.write(`bench: left behind: ${String(error)}\n`)
    }
  }
}
