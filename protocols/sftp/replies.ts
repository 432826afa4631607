import { encodeAttributes } from './attributes.ts'
import type { Attributes } from './attributes.ts'
import {
  EXTENSIONS,
  MAX_DATA_BYTES,
  MAX_PACKET_BYTES,
  REPLY_TYPES,
  SFTP_VERSION,
  STATUS_CODES,
} from './packet-types.ts'
import type { StatusName } from './packet-types.ts'

/** What a handler answers; DATA alone is written straight into its own buffer. */
export type Reply =
  | { readonly type: 'STATUS'; readonly status: StatusName; readonly message: string }
  | { readonly type: 'HANDLE'; readonly handle: number }
  | { readonly type: 'NAME'; readonly entries: readonly NameEntry[] }
  | { readonly type: 'ATTRS'; readonly attributes: Attributes }
  | { readonly type: 'EXTENDED_REPLY'; readonly body: Buffer }

/** One entry of a NAME reply; `longName` is a line for people, as `ls -l` writes it. */
export interface NameEntry {
  readonly name: string
  readonly longName: string
  readonly attributes: Attributes
}

/** Space of a partner, in bytes (`statvfs@openssh.com`). */
export interface Space {
  readonly totalBytes: number
  readonly freeBytes: number
  readonly totalFiles: number
  readonly freeFiles: number
  readonly isReadOnly: boolean
}

export const OK: Reply = { type: 'STATUS', status: 'OK', message: '' }

/** A STATUS other than OK, with one sentence for whoever reads the client's output. */
export function failed(status: Exclude<StatusName, 'OK'>, message: string): Reply {
  return { type: 'STATUS', status, message }
}

/** Length, type and id in front of the data of a DATA reply, and the length of the data. */
export const DATA_HEADER_BYTES = 13

/** Bytes of a STATUS without a message. */
const EMPTY_STATUS_BYTES = 21

export function encodeReply(id: number, reply: Reply): Buffer {
  switch (reply.type) {
    case 'STATUS':
      return encodeStatus(id, reply.status, reply.message)
    case 'HANDLE': {
      const bytes = frame(REPLY_TYPES.HANDLE, id, 8)
      bytes.writeUInt32BE(4, 9)
      bytes.writeUInt32BE(reply.handle, 13)
      return bytes
    }
    case 'NAME':
      return encodeNames(id, reply.entries)
    case 'ATTRS':
      return Buffer.concat(withLength(REPLY_TYPES.ATTRS, id, [encodeAttributes(reply.attributes)]))
    case 'EXTENDED_REPLY':
      return Buffer.concat(withLength(REPLY_TYPES.EXTENDED_REPLY, id, [reply.body]))
  }
}

/** The answer to INIT: our version and extensions. */
export function encodeVersion(): Buffer {
  const pairs = EXTENSIONS.flatMap(([name, version]) => [string(name), string(version)])
  const body = Buffer.concat([uint32(SFTP_VERSION), ...pairs])
  return Buffer.concat([uint32(body.length + 1), Buffer.of(REPLY_TYPES.VERSION), body])
}

/** One STATUS OK for each id, one after the other, in one buffer: what a gathered write answers. */
export function encodeOkStatuses(ids: readonly number[]): Buffer {
  const bytes = Buffer.alloc(EMPTY_STATUS_BYTES * ids.length)
  let at = 0
  for (const id of ids) {
    bytes.writeUInt32BE(EMPTY_STATUS_BYTES - 4, at)
    bytes[at + 4] = REPLY_TYPES.STATUS
    bytes.writeUInt32BE(id, at + 5)
    at += EMPTY_STATUS_BYTES
  }
  return bytes
}

/** Writes the 13 bytes in front of `length` bytes of data that stand, or will, right behind. */
export function writeDataHeader(bytes: Buffer, at: number, id: number, length: number): void {
  bytes.writeUInt32BE(DATA_HEADER_BYTES - 4 + length, at)
  bytes[at + 4] = REPLY_TYPES.DATA
  bytes.writeUInt32BE(id, at + 5)
  bytes.writeUInt32BE(length, at + 9)
}

/** Body of the reply to `limits@openssh.com`: packet, read, write, open handles. */
export function encodeLimits(maxHandles: number): Buffer {
  return uint64s([MAX_PACKET_BYTES, MAX_DATA_BYTES, MAX_DATA_BYTES, maxHandles])
}

/** Blocks of this size make up `statvfs` figures. */
const BLOCK_BYTES = 4096
const READ_ONLY_FLAG = 1
const NO_SETUID_FLAG = 2
const MAX_NAME_BYTES = 255

/** Body of the reply to `statvfs@openssh.com`: the partner's quota, not our disk. */
export function encodeSpace(space: Space): Buffer {
  const free = Math.floor(space.freeBytes / BLOCK_BYTES)
  const total = Math.ceil(space.totalBytes / BLOCK_BYTES)
  const flags = NO_SETUID_FLAG | (space.isReadOnly ? READ_ONLY_FLAG : 0)
  const files = [space.totalFiles, space.freeFiles, space.freeFiles]
  return uint64s([BLOCK_BYTES, BLOCK_BYTES, total, free, free, ...files, 0, flags, MAX_NAME_BYTES])
}

function encodeStatus(id: number, status: StatusName, message: string): Buffer {
  const text = Buffer.from(message, 'utf8')
  const bytes = frame(REPLY_TYPES.STATUS, id, 12 + text.length)
  bytes.writeUInt32BE(STATUS_CODES[status], 9)
  bytes.writeUInt32BE(text.length, 13)
  text.copy(bytes, 17)
  return bytes
}

function encodeNames(id: number, entries: readonly NameEntry[]): Buffer {
  const parts = [uint32(entries.length)]
  for (const entry of entries) {
    parts.push(string(entry.name), string(entry.longName), encodeAttributes(entry.attributes))
  }
  return Buffer.concat(withLength(REPLY_TYPES.NAME, id, parts))
}

/** A zeroed frame of `bodyBytes` behind the id, head filled in. */
function frame(type: number, id: number, bodyBytes: number): Buffer {
  const bytes = Buffer.alloc(9 + bodyBytes)
  bytes.writeUInt32BE(5 + bodyBytes, 0)
  bytes[4] = type
  bytes.writeUInt32BE(id, 5)
  return bytes
}

function withLength(type: number, id: number, parts: readonly Buffer[]): Buffer[] {
  const head = Buffer.allocUnsafe(9)
  head.writeUInt32BE(5 + parts.reduce((sum, part) => sum + part.length, 0), 0)
  head[4] = type
  head.writeUInt32BE(id, 5)
  return [head, ...parts]
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function uint64s(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(8 * values.length)
  for (const [index, value] of values.entries()) bytes.writeBigUInt64BE(BigInt(value), 8 * index)
  return bytes
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([uint32(bytes.length), bytes])
}
