import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Answer } from './route.ts'

/**
 * An answer that is no JSON, written as it is made; a reader that goes away ends the making too.
 * What is made already is `[bytes]`.
 */
export function streamed(
  status: number,
  mediaType: string,
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers,
    stream: { mediaType, write: (response) => pipeline(Readable.from(chunks), response) },
  }
}
