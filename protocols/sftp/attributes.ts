import type { ByteReader } from './byte-reader.ts'
import { MalformedPacket } from './byte-reader.ts'

/** File attributes of version 3 (draft-ietf-secsh-filexfer-02 §5); absent = not said. */
export interface Attributes {
  readonly size?: number
  readonly uid?: number
  readonly gid?: number
  /** File type bits included: clients tell file from directory by them. */
  readonly permissions?: number
  /** Seconds UTC. */
  readonly accessedAt?: number
  readonly modifiedAt?: number
}

const FLAGS = { SIZE: 1, UIDGID: 2, PERMISSIONS: 4, TIMES: 8, EXTENDED: 0x8000_0000 } as const

/** Extended pairs of one attribute block; nobody sends any, this bounds the loop. */
const MAX_EXTENDED_PAIRS = 64

/** @throws MalformedPacket */
export function decodeAttributes(reader: ByteReader): Attributes {
  const flags = reader.uint32()
  const attributes: { -readonly [Key in keyof Attributes]: Attributes[Key] } = {}
  if (flags & FLAGS.SIZE) attributes.size = reader.uint64()
  if (flags & FLAGS.UIDGID) {
    attributes.uid = reader.uint32()
    attributes.gid = reader.uint32()
  }
  if (flags & FLAGS.PERMISSIONS) attributes.permissions = reader.uint32()
  if (flags & FLAGS.TIMES) {
    attributes.accessedAt = reader.uint32()
    attributes.modifiedAt = reader.uint32()
  }
  if (flags & FLAGS.EXTENDED) {
    const pairs = reader.uint32()
    if (pairs > MAX_EXTENDED_PAIRS) throw new MalformedPacket(`${pairs} extended attributes`)
    for (let pair = 0; pair < pairs; pair += 1) {
      reader.string()
      reader.string()
    }
  }
  return attributes
}

/** Extended pairs are never sent; user and group only together, like the two times. */
export function encodeAttributes(attributes: Attributes): Buffer {
  const { size, uid, gid, permissions, accessedAt, modifiedAt } = attributes
  const bytes = Buffer.alloc(32)
  let flags = 0
  let at = 4
  if (size !== undefined) {
    flags |= FLAGS.SIZE
    bytes.writeUInt32BE(Math.floor(size / 0x1_0000_0000), at)
    bytes.writeUInt32BE(size % 0x1_0000_0000, at + 4)
    at += 8
  }
  if (uid !== undefined && gid !== undefined) {
    flags |= FLAGS.UIDGID
    bytes.writeUInt32BE(uid, at)
    bytes.writeUInt32BE(gid, at + 4)
    at += 8
  }
  if (permissions !== undefined) {
    flags |= FLAGS.PERMISSIONS
    bytes.writeUInt32BE(permissions, at)
    at += 4
  }
  if (accessedAt !== undefined && modifiedAt !== undefined) {
    flags |= FLAGS.TIMES
    bytes.writeUInt32BE(accessedAt, at)
    bytes.writeUInt32BE(modifiedAt, at + 4)
    at += 8
  }
  bytes.writeUInt32BE(flags, 0)
  return bytes.subarray(0, at)
}
