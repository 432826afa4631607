import { ByteCursor } from '../byte-cursor.ts'
import { MessageFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'
import { HeaderFields, parseHeaderFields } from './header-fields.ts'

/** A MIME entity whose headers are read and whose body arrives. */
export interface Entity {
  readonly headers: HeaderFields
  /** Headers and blank line as they arrived: they are part of what is hashed. */
  readonly headerBytes: Buffer
  /** The body as it arrives, its transfer encoding still on. */
  readonly body: Octets
}

/** Differences of partners that are allowed for by a switch of their connection. */
export interface MimeQuirks {
  /** Lines inside MIME may end in LF alone. */
  readonly lfLineEnds?: boolean
  /** The payload may stand in the envelope without any MIME header. */
  readonly barePayload?: boolean
}

const MAX_HEADER_BYTES = 16 * 1024
const NO_HEADERS = new HeaderFields([])

/**
 * Reads an entity up to its body.
 * @throws MessageFault `malformed` when it starts with no header block, unless the quirk allows it
 */
export async function readEntity(octets: Octets, quirks: MimeQuirks): Promise<Entity> {
  const cursor = new ByteCursor(octets)
  const length = await headerLength(cursor, quirks)
  const block = length === undefined ? undefined : cursor.held.subarray(0, length)
  const headers = block === undefined ? undefined : parseHeaderFields(block)
  if (headers !== undefined) {
    const headerBytes = Buffer.from(cursor.take(length!))
    return { headers, headerBytes, body: cursor.rest() }
  }
  if (quirks.barePayload !== true) {
    throw new MessageFault('malformed', 'A MIME part does not start with headers')
  }
  return { headers: NO_HEADERS, headerBytes: Buffer.alloc(0), body: cursor.rest() }
}

/** Bytes of the block with its blank line; undefined when there is none within the limit. */
async function headerLength(cursor: ByteCursor, quirks: MimeQuirks): Promise<number | undefined> {
  for (let wanted = 2; ; wanted = cursor.held.length + 1) {
    const hasMore = await cursor.fill(wanted)
    const { held } = cursor
    const ends = [blankLine(held, '\r\n'), quirks.lfLineEnds === true ? blankLine(held, '\n') : -1]
    const found = ends.filter((end) => end !== -1)
    if (found.length > 0) return Math.min(...found)
    if (!hasMore || held.length > MAX_HEADER_BYTES) return undefined
  }
}

/** Where the blank line ends; it may be the first one. */
function blankLine(held: Buffer, lineEnd: string): number {
  if (held.indexOf(lineEnd) === 0) return lineEnd.length
  const blank = lineEnd + lineEnd
  const at = held.subarray(0, MAX_HEADER_BYTES + blank.length).indexOf(blank)
  return at === -1 ? -1 : at + blank.length
}
