/**
 * SFTP version 3 as a client speaks it, written from the draft (draft-ietf-secsh-filexfer-02) and
 * sharing nothing with the server under test.
 */

export type Field = number | bigint | string | Uint8Array

/** One field: number = uint32, bigint = uint64, text or bytes = string. */
function field(value: Field): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  if (typeof value === 'bigint') {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(value)
    return bytes
  }
  const bytes = Buffer.from(value as string)
  return Buffer.concat([field(bytes.length), bytes])
}

/** A whole frame: length, type, fields. */
export function packet(type: number, ...fields: Field[]): Buffer {
  const body = Buffer.concat(fields.map(field))
  return Buffer.concat([field(body.length + 1), Buffer.of(type), body])
}

export const INIT = packet(1, 3)

export interface PeerReply {
  readonly type: number
  readonly id: number
  /** What follows the id. */
  readonly body: Buffer
  /** Of a STATUS. */
  readonly code?: number
  readonly message?: string
  /** Of HANDLE and DATA: the string. */
  readonly bytes?: Buffer
  /** Of ATTRS: the size. */
  readonly size?: number
  /** Of NAME. */
  readonly names?: readonly string[]
}

/** Takes one reply from the start of `bytes`; undefined when it is not complete. */
export function takeReply(bytes: Buffer): { reply: PeerReply; length: number } | undefined {
  if (bytes.length < 4) return undefined
  const length = 4 + bytes.readUInt32BE(0)
  if (bytes.length < length) return undefined
  const type = bytes[4]!
  // VERSION alone has none.
  const id = type === 2 ? -1 : bytes.readUInt32BE(5)
  const body = bytes.subarray(9, length)
  return { reply: { type, id, body, ...details(type, body) }, length }
}

function details(type: number, body: Buffer): Partial<PeerReply> {
  switch (type) {
    case 101: {
      const length = body.readUInt32BE(4)
      return { code: body.readUInt32BE(0), message: body.subarray(8, 8 + length).toString() }
    }
    case 102:
    case 103:
      return { bytes: body.subarray(4, 4 + body.readUInt32BE(0)) }
    case 104: {
      const names: string[] = []
      let at = 4
      for (let left = body.readUInt32BE(0); left > 0; left -= 1) {
        const length = body.readUInt32BE(at)
        names.push(body.subarray(at + 4, at + 4 + length).toString())
        at += 4 + length
        at += 4 + body.readUInt32BE(at)
        const flags = body.readUInt32BE(at)
        at += 4
        if (flags & 1) at += 8
        if (flags & 2) at += 8
        if (flags & 4) at += 4
        if (flags & 8) at += 8
      }
      return { names }
    }
    case 105:
      return body.readUInt32BE(0) & 1 ? { size: Number(body.readBigUInt64BE(4)) } : {}
    default:
      return {}
  }
}
