import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

const BLOCK = Buffer.alloc(1024 * 1024)

/** A disk of its own, small enough to be filled. */
export interface SmallDisk {
  readonly folder: string
  /** Writes until only about `leftBytes` are free; 0 = until nothing is. */
  fill(leftBytes: number): void
  free(): void
  unmount(): void
}

/**
 * Mounts memory of `mib` MiB as a disk on `folder`.
 * @returns undefined, with the reason on standard output, where this user may mount nothing
 */
export async function mountSmallDisk(folder: string, mib: number): Promise<SmallDisk | undefined> {
  await mkdir(folder, { recursive: true })
  const options = ['-t', 'tmpfs', '-o', `size=${mib}m,mode=0700`, 'tmpfs', folder]
  const mounted = spawnSync('mount', options, { encoding: 'utf8' })
  if (mounted.status !== 0) {
    const reason = mounted.error?.message ?? mounted.stderr.trim()
    process.stdout.write(`no disk to fill here, the test is left out: ${reason}\n`)
    return undefined
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    fill(leftBytes) {
      const file = openSync(filler, 'a')
      try {
        for (;;) {
          const { bavail, bsize } = statfsSync(folder)
          const room = bavail * bsize - leftBytes
          if (room <= 0) return
          writeSync(file, BLOCK, 0, Math.min(BLOCK.length, room))
        }
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(filler, { force: true }),
    unmount: () => void spawnSync('umount', ['-l', folder]),
  }
}
