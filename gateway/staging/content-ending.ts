import type { ContentEnding } from '../../protocols/listener.ts'
import type { ProtocolName } from '../flow.ts'
import type { GzipEnding } from './gzip-walk.ts'
import { XML_WINDOW_BYTES, xmlEnding } from './xml-ending.ts'

/** What a content tells once all of it was read. */
export interface ContentTold {
  readonly sha256: string
  readonly ending: ContentEnding
}

/**
 * Whether the end of a content has to be looked for in it: SFTP says only that a file is closed. A
 * transfer of PeSIT ends with what was counted, a message of AS2 with what was signed.
 */
export function seeksEndOf(protocol: ProtocolName): boolean {
  return protocol === 'sftp'
}

/**
 * What a content shows of its own end: gzip by its structure, XML by its closing tag.
 *
 * @param gzip what walking through all of it has told; undefined = the end is not sought
 * @param bytes how long it is
 * @param read gives bytes of it, fewer only at its end
 */
export async function endingOf(
  gzip: GzipEnding | undefined,
  bytes: number,
  read: (position: number, length: number) => Promise<Buffer>,
): Promise<ContentEnding> {
  if (gzip === undefined) return 'unknown'
  if (gzip !== 'broken' || bytes === 0) return gzip === 'whole' ? 'whole' : 'cut'
  const head = await read(0, XML_WINDOW_BYTES)
  const isWhole = head.length === bytes
  const afterHead = Math.max(0, bytes - XML_WINDOW_BYTES)
  const tailStart = afterHead - (afterHead % 2)
  const tail = isWhole ? head : await read(tailStart, bytes - tailStart)
  return xmlEnding(head, tail, isWhole)
}
