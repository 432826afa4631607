import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { TAR_BLOCK_BYTES } from '../archives/tar-header.ts'
import { encodeTarHeader } from '../archives/write-archive.ts'

/** A document of a size known before it is written. */
export interface SizedDocument {
  /** Base name without extension. */
  readonly name: string
  readonly bytes: number
  readonly content: AsyncIterable<Uint8Array>
}

/** A `.tar.gz` that holds each document as `<name>.xml` (reference chorus-pro-edi §9.2), streamed. */
export function packTarGz(...documents: readonly SizedDocument[]): AsyncIterable<Uint8Array> {
  return Readable.from(tarOf(documents), { objectMode: false }).compose(
    createGzip(),
  ) as AsyncIterable<Uint8Array>
}

/** @throws RangeError when a content has another size than announced: the archive would be cut */
async function* tarOf(documents: readonly SizedDocument[]): AsyncGenerator<Uint8Array> {
  for (const document of documents) yield* entryOf(document)
  // Two empty blocks end an archive.
  yield new Uint8Array(2 * TAR_BLOCK_BYTES)
}

async function* entryOf({ name, bytes, content }: SizedDocument): AsyncGenerator<Uint8Array> {
  yield encodeTarHeader(`${name}.xml`, bytes)
  let written = 0
  for await (const piece of content) {
    written += piece.length
    yield piece
  }
  if (written !== bytes) {
    throw new RangeError(`A report of ${bytes} bytes was announced, ${written} were written`)
  }
  yield new Uint8Array((TAR_BLOCK_BYTES - (bytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES)
}
