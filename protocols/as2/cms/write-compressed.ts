import { once } from 'node:events'
import { createDeflate } from 'node:zlib'
import { derElement, derOid } from '../../../certs/write-der.ts'
import type { Octets } from '../octets.ts'
import { framed } from './framed-content.ts'
import { OID } from './object-identifiers.ts'
import { BYTE } from './tags.ts'
import type { Written } from './write-enveloped.ts'

const PIECE_BYTES = 64 * 1024

/** Compresses as CompressedData (RFC 3274); how long it gets is not known before, so it is BER. */
export function writeCompressed(octets: Octets): Written {
  const content = {
    frames: [
      { tag: BYTE.sequence, before: [derOid(OID.compressedData)] },
      { tag: BYTE.explicit0, before: [] },
      {
        tag: BYTE.sequence,
        before: [
          derElement(BYTE.integer, Buffer.of(0)),
          derElement(BYTE.sequence, derOid(OID.zlib)),
        ],
      },
      { tag: BYTE.sequence, before: [derOid(OID.data)] },
      { tag: BYTE.explicit0, before: [] },
    ],
    tag: BYTE.octetString,
    octets: deflated(octets),
    bytes: undefined,
  }
  return { octets: framed(content), bytes: undefined }
}

async function* deflated(octets: Octets): AsyncGenerator<Buffer> {
  const deflate = createDeflate({ chunkSize: PIECE_BYTES })
  const stopped = new AbortController()
  const feed = async (): Promise<void> => {
    try {
      for await (const piece of octets) {
        const isFull = !deflate.write(piece)
        if (isFull) await once(deflate, 'drain', { signal: stopped.signal })
      }
      deflate.end()
    } catch (error) {
      // The reading side ends with what the source threw.
      deflate.destroy(error instanceof Error ? error : new Error('The source failed'))
    }
  }
  const fed = feed()
  try {
    for await (const piece of deflate as AsyncIterable<Buffer>) yield piece
  } finally {
    stopped.abort()
    deflate.destroy()
    await fed
  }
}
