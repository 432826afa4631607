import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Answer } from './route.ts'

/** An answer written as it is made; a reader that goes away ends the making too. */
export function streamed(
  status: number,
  mediaType: string,
  chunks: AsyncIterable<string>,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers,
    stream: { mediaType, write: (response) => pipeline(Readable.from(chunks), response) },
  }
}
