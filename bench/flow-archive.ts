import { randomFillSync } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'

const TAR_BLOCK = 512
const END_OF_TAR = Buffer.alloc(2 * TAR_BLOCK)
/** Far longer than gzip's window, so that going round in it leaves nothing to compress. */
const RANDOM_BYTES = 8 * 1024 * 1024
/** Below the limit of one file in a flow. */
const ENTRY_BYTES = 64 * 1024 * 1024
/** Where gzip's header has the time of the file (RFC 1952 §2.3): no checksum covers it. */
const GZIP_TIME_OFFSET = 4

/**
 * Writes a whole tar.gz of about `bytes` that nothing can compress (as PDF attachments), stored
 * by gzip, which leaves the transport and not gzip to be measured.
 */
export async function writeLargeArchive(path: string, bytes: number): Promise<void> {
  await pipeline(tarOfRandom(bytes), createGzip({ level: 0 }), createWriteStream(path))
}

/** A whole tar.gz of about `bytes` in memory, unlike any other. */
export function smallArchive(bytes: number): Buffer {
  const overhead = 2 * TAR_BLOCK + END_OF_TAR.length
  const content = randomFillSync(Buffer.alloc(Math.max(1, bytes - overhead)))
  const padding = Buffer.alloc((TAR_BLOCK - (content.length % TAR_BLOCK)) % TAR_BLOCK)
  const parts = [tarHeader('invoice.xml', content.length), content, padding, END_OF_TAR]
  return gzipSync(Buffer.concat(parts), { level: 1 })
}

/** Makes a gzip file another content without touching what it holds. */
export async function stampArchive(path: string, stamp: number): Promise<void> {
  const file = await open(path, 'r+')
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(stamp)
  await file.write(bytes, 0, bytes.length, GZIP_TIME_OFFSET)
  await file.close()
}

function* tarOfRandom(bytes: number): Generator<Buffer> {
  const random = randomFillSync(Buffer.alloc(RANDOM_BYTES))
  let left = bytes
  for (let entry = 1; left > 0; entry += 1) {
    const length = Math.min(left, ENTRY_BYTES)
    left -= length
    yield tarHeader(`invoice-${entry}.xml`, length)
    for (let done = 0; done < length; done += RANDOM_BYTES) {
      yield random.subarray(0, Math.min(RANDOM_BYTES, length - done))
    }
    yield Buffer.alloc((TAR_BLOCK - (length % TAR_BLOCK)) % TAR_BLOCK)
  }
  yield END_OF_TAR
}

/** @see POSIX pax, ustar interchange format */
function tarHeader(name: string, bytes: number): Buffer {
  const header = Buffer.alloc(TAR_BLOCK)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  header.write(name, 0)
  header.write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100)
  header.write(`${octal(bytes, 11)}\0${octal(0, 11)}\0        0`, 124)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\0 `, 148)
  return header
}
