import {
  close,
  fdatasync,
  fsync,
  ftruncate,
  open,
  read,
  readv,
  rename,
  statfsSync,
  unlink,
  writev,
} from 'node:fs'
import { promisify } from 'node:util'
import { GatewayError } from './errors.ts'

/**
 * The few calls that durable storage is made of, on plain descriptors: each is one trip to the
 * thread pool, which is what an accepted small file is made of.
 */
export const openFile: (path: string, flags: string, mode?: number) => Promise<number> =
  promisify(open)
export const syncData: (descriptor: number) => Promise<void> = promisify(fdatasync)
export const syncFile: (descriptor: number) => Promise<void> = promisify(fsync)
export const closeFile: (descriptor: number) => Promise<void> = promisify(close)
export const truncateFile: (descriptor: number, bytes: number) => Promise<void> =
  promisify(ftruncate)
export const renameFile: (from: string, to: string) => Promise<void> = promisify(rename)
const unlinkFile: (path: string) => Promise<void> = promisify(unlink)
const readOnce = promisify(read)
const readvOnce = promisify(readv)
const writevOnce = promisify(writev)

/** At most this many buffers in one system call (IOV_MAX of Linux). */
const MAX_BUFFERS_PER_CALL = 1_024

/** Writes every byte of `buffers` at `position`, finishing short writes. */
export async function writeAll(
  descriptor: number,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = buffers
  let at = position
  while (rest.length > 0) {
    const { bytesWritten } = await writevOnce(descriptor, rest.slice(0, MAX_BUFFERS_PER_CALL), at)
    at += bytesWritten
    rest = after(rest, bytesWritten)
  }
}

/** What is left of `buffers` once their first `bytes` are done with; empty buffers go with them. */
function after(buffers: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skipped = 0
  let index = 0
  for (const buffer of buffers) {
    if (skipped + buffer.byteLength > bytes) break
    skipped += buffer.byteLength
    index += 1
  }
  const partial = buffers[index]
  if (partial === undefined || skipped === bytes) return buffers.slice(index)
  return [partial.subarray(bytes - skipped), ...buffers.slice(index + 1)]
}

/** Reads up to `length` bytes at `position`; fewer only at the end of the file. */
export async function readAt(
  descriptor: number,
  position: number,
  length: number,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await readOnce(
      descriptor,
      bytes,
      filled,
      length - filled,
      position + filled,
    )
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/** One scattered read; resolves to the bytes read, 0 at the end. */
export async function readInto(
  descriptor: number,
  buffers: readonly NodeJS.ArrayBufferView[],
  position: number,
): Promise<number> {
  const { bytesRead } = await readvOnce(descriptor, buffers, position)
  return bytesRead
}

/** Removes a file; one that is not there is fine. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlinkFile(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** Bytes a program may still write on the disk that holds `folder`. Blocks for microseconds. */
export function freeBytes(folder: string): number {
  const disk = statfsSync(folder)
  return disk.bavail * disk.bsize
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT'
}

/** What to throw for a failed file call: STORE_FULL when the disk is, else the error itself. */
export function fileFault(error: unknown, doing: string): unknown {
  const code = errorCode(error)
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new GatewayError('STORE_FULL', `No room left while ${doing}.`, { cause: error })
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}
