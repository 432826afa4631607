import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeBenchKeys } from './bench-keys.ts'
import { writeLargeArchive } from './flow-archive.ts'
import type { Measurement } from './measurement.ts'
import { scratchFolder } from './scratch.ts'
import type { BenchKey } from './sftp-server.ts'
import type { CipherName } from './ssh-client/key-exchange.ts'

/** One subject of a bench: what it measured. */
export type Suite = (bench: BenchContext) => Promise<Measurement[]>

/** What the suites of one run share. */
export interface BenchContext {
  /** Fewer samples, so that all is over in a minute and a half. */
  readonly isQuick: boolean
  readonly cipher: CipherName
  readonly keys: Readonly<Record<BenchKey['kind'], BenchKey>>
  /** Path and size of a tar.gz, of 512 MiB unless said otherwise, made when first asked for. */
  largeArchive(mebibytes?: number): Promise<{ readonly path: string; readonly mebibytes: number }>
  /** A number never given before in this run: for names and stamps. */
  nextNumber(): number
  /** Tells a person what goes on; never on standard output. */
  tell(text: string): void
}

/** The size that the targets speak of. */
const LARGE_MEBIBYTES = 512
const MEBIBYTE = 1024 * 1024

export async function createBenchContext(options: {
  readonly isQuick: boolean
  readonly cipher: CipherName
}): Promise<BenchContext> {
  const folder = scratchFolder()
  const archives = new Map<number, Promise<{ path: string; mebibytes: number }>>()
  let number = 0
  return {
    ...options,
    keys: await makeBenchKeys(folder.path),
    largeArchive(mebibytes = LARGE_MEBIBYTES) {
      const path = join(folder.path, `large-${mebibytes}.tar.gz`)
      const archive = archives.get(mebibytes) ?? makeLargeArchive(path, mebibytes)
      archives.set(mebibytes, archive)
      return archive
    },
    nextNumber() {
      number += 1
      return number
    },
    tell: (text) => process.stderr.write(`${text}\n`),
  }
}

/** Writes out what waits for the disk of `folder`, so that no run pays for the one before. */
export function settleDisk(folder: string): void {
  spawnSync('sync', ['-f', folder])
}

const PAGE_BLOCK = Buffer.alloc(4 * MEBIBYTE, 1)

/**
 * Leaves as many pages of memory free as a large file takes, touched lately. A virtual machine gets
 * a page that was never touched from its host, which costs a second of kernel time for such a file:
 * else it falls on whoever writes when no other run has just removed its own.
 */
export function touchFreePages(folder: string, mebibytes = LARGE_MEBIBYTES): void {
  const path = join(folder, 'pages')
  const file = openSync(path, 'w')
  const bytes = mebibytes * MEBIBYTE * 1.25
  for (let at = 0; at < bytes; at += PAGE_BLOCK.length) writeSync(file, PAGE_BLOCK)
  closeSync(file)
  rmSync(path)
}

async function makeLargeArchive(
  path: string,
  mebibytes: number,
): Promise<{ path: string; mebibytes: number }> {
  await writeLargeArchive(path, mebibytes * MEBIBYTE)
  settleDisk(path)
  return { path, mebibytes }
}
