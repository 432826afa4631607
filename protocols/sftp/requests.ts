import type { Attributes } from './attributes.ts'
import { decodeAttributes } from './attributes.ts'
import { ByteReader, MalformedPacket } from './byte-reader.ts'
import { MAX_PATH_BYTES, REQUEST_NAMES } from './packet-types.ts'
import type { RequestName } from './packet-types.ts'
import type { PlainFrame } from './request-parser.ts'

/**
 * A request other than WRITE, its fields read. Paths and handles are bytes here: what they mean is
 * for the virtual tree and the table of handles. Bytes after the fields are tolerated.
 */
export type Request =
  | { readonly name: 'INIT'; readonly version: number }
  | ({ readonly id: number } & RequestBody)

export type RequestBody =
  | { readonly name: 'OPEN'; readonly path: Buffer; readonly flags: number }
  | { readonly name: 'CLOSE' | 'FSTAT' | 'READDIR'; readonly handle: Buffer }
  | {
      readonly name: 'READ'
      readonly handle: Buffer
      readonly offset: number
      readonly length: number
    }
  | {
      readonly name: PathRequestName
      readonly path: Buffer
    }
  | { readonly name: 'SETSTAT'; readonly path: Buffer; readonly attributes: Attributes }
  | { readonly name: 'FSETSTAT'; readonly handle: Buffer; readonly attributes: Attributes }
  | { readonly name: 'RENAME'; readonly from: Buffer; readonly to: Buffer }
  | { readonly name: 'SYMLINK' }
  | { readonly name: 'EXTENDED'; readonly extension: string; readonly fields: ByteReader }
  /** A type that version 3 does not have, or that only replies have. */
  | { readonly name: 'UNKNOWN'; readonly type: number }

type PathRequestName =
  | 'LSTAT'
  | 'STAT'
  | 'OPENDIR'
  | 'REMOVE'
  | 'MKDIR'
  | 'RMDIR'
  | 'REALPATH'
  | 'READLINK'

/** Names of extensions are short; a longer one is none of ours. */
const MAX_EXTENSION_NAME_BYTES = 256

/** The request id of a frame whose fields could not be read, when it has one. */
export function requestId(frame: PlainFrame): number | undefined {
  return frame.body.length < 4 ? undefined : frame.body.readUInt32BE(0)
}

/** @throws MalformedPacket when the fields do not fit; the id, if any, is `requestId`'s */
export function decodeRequest(frame: PlainFrame): Request {
  const reader = new ByteReader(frame.body)
  const name: RequestName | undefined = REQUEST_NAMES.get(frame.type)
  if (name === 'INIT') return { name, version: reader.uint32() }
  return { id: reader.uint32(), ...decodeBody(name, frame.type, reader) }
}

function decodeBody(
  name: Exclude<RequestName, 'INIT'> | undefined,
  type: number,
  reader: ByteReader,
): RequestBody {
  switch (name) {
    case 'OPEN':
      return { name, path: path(reader), flags: reader.uint32() }
    case 'CLOSE':
    case 'FSTAT':
    case 'READDIR':
      return { name, handle: reader.string() }
    case 'READ':
      return { name, handle: reader.string(), offset: reader.uint64(), length: reader.uint32() }
    case 'LSTAT':
    case 'STAT':
    case 'OPENDIR':
    case 'REMOVE':
    case 'MKDIR':
    case 'RMDIR':
    case 'REALPATH':
    case 'READLINK':
      return { name, path: path(reader) }
    case 'SETSTAT':
      return { name, path: path(reader), attributes: decodeAttributes(reader) }
    case 'FSETSTAT':
      return { name, handle: reader.string(), attributes: decodeAttributes(reader) }
    case 'RENAME':
      return { name, from: path(reader), to: path(reader) }
    case 'SYMLINK':
      return { name }
    case 'EXTENDED':
      return { name, extension: extensionName(reader), fields: reader }
    // WRITE never comes here: the parser makes frames of its own of it.
    case 'WRITE':
    case undefined:
      return { name: 'UNKNOWN', type }
  }
}

/** The fields of an extended request that names one path. */
export function decodePathField(fields: ByteReader): Buffer {
  return path(fields)
}

function path(reader: ByteReader): Buffer {
  const bytes = reader.string()
  if (bytes.length > MAX_PATH_BYTES) throw new MalformedPacket(`a path of ${bytes.length} bytes`)
  return bytes
}

function extensionName(reader: ByteReader): string {
  const bytes = reader.string()
  if (bytes.length > MAX_EXTENSION_NAME_BYTES) throw new MalformedPacket('an extension name')
  return bytes.toString('latin1')
}
