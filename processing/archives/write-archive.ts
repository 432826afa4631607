import { createGzip } from 'node:zlib'
import { pipeline, Readable } from 'node:stream'
import { TAR_BLOCK_BYTES } from './tar-header.ts'

export interface ArchiveFile {
  /** ASCII, at most 100 characters: what ustar carries without extension. */
  readonly name: string
  readonly content: Uint8Array | string
}

/**
 * Packs files as `.tar.gz` (ustar), as a stream. The same files give the same bytes: no time, no
 * owner. For reports, samples and the demo.
 * @throws RangeError when a name does not fit
 */
export function writeArchive(files: Iterable<ArchiveFile> | AsyncIterable<ArchiveFile>): Readable {
  const gzip = createGzip()
  // An error of the files reaches whoever reads the archive.
  pipeline(Readable.from(tarBlocks(files), { objectMode: false }), gzip, () => undefined)
  return gzip
}

/** The archive whole, for small ones. */
export async function archiveBytes(files: Iterable<ArchiveFile>): Promise<Buffer> {
  return Buffer.concat(await writeArchive(files).toArray())
}

async function* tarBlocks(
  files: Iterable<ArchiveFile> | AsyncIterable<ArchiveFile>,
): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    const content = typeof file.content === 'string' ? Buffer.from(file.content) : file.content
    yield encodeTarHeader(file.name, content.length)
    if (content.length > 0) yield content
    const over = content.length % TAR_BLOCK_BYTES
    if (over > 0) yield new Uint8Array(TAR_BLOCK_BYTES - over)
  }
  yield new Uint8Array(2 * TAR_BLOCK_BYTES)
}

/** Header of a regular file: mode 0644, root, 1970. `type` and others serve tests. */
export function encodeTarHeader(name: string, bytes: number, type = '0'): Buffer {
  if (!/^[\x20-\x7e]{1,100}$/.test(name)) {
    throw new RangeError(`A name in an archive has 1 to 100 ASCII characters: ${name}`)
  }
  const block = Buffer.alloc(TAR_BLOCK_BYTES)
  block.write(name, 0, 'latin1')
  block.write('0000644\0', 100, 'latin1')
  block.write('0000000\0', 108, 'latin1')
  block.write('0000000\0', 116, 'latin1')
  block.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1')
  block.write('00000000000\0', 136, 'latin1')
  block.write(type, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  return withChecksum(block)
}

/** Sets the checksum field of a header block, in place. */
export function withChecksum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}
