import { expect, test } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { packet } from '../../test/support/sftp-peer/wire.ts'
import { MalformedPacket } from './byte-reader.ts'
import { RequestParser } from './request-parser.ts'
import type { PlainFrame } from './request-parser.ts'
import { decodeRequest, requestId } from './requests.ts'

function frameOf(bytes: Buffer): PlainFrame {
  const parser = new RequestParser()
  parser.push(bytes)
  const frame = parser.next()
  if (frame?.kind !== 'plain') throw new Error('not one plain frame')
  return frame
}

const path = Buffer.from('/depot/a')
const handle = Buffer.from([0, 0, 0, 1])

test.each([
  ['INIT', packet(1, 6), { name: 'INIT', version: 6 }],
  ['OPEN', packet(3, 9, path, 26, 4, 0o644), { id: 9, name: 'OPEN', path, flags: 26 }],
  ['CLOSE', packet(4, 9, handle), { name: 'CLOSE', handle }],
  [
    'READ',
    packet(5, 9, handle, 2n ** 33n, 70),
    { name: 'READ', handle, offset: 2 ** 33, length: 70 },
  ],
  ['LSTAT', packet(7, 9, path), { name: 'LSTAT', path }],
  ['FSTAT', packet(8, 9, handle), { name: 'FSTAT', handle }],
  [
    'SETSTAT',
    packet(9, 9, path, 9, 5n, 1, 2),
    {
      name: 'SETSTAT',
      path,
      attributes: { size: 5, accessedAt: 1, modifiedAt: 2 },
    },
  ],
  [
    'FSETSTAT',
    packet(10, 9, handle, 6, 7, 8, 0o600),
    {
      name: 'FSETSTAT',
      handle,
      attributes: { uid: 7, gid: 8, permissions: 0o600 },
    },
  ],
  ['extended attributes', packet(9, 9, path, 0x8000_0000, 1, 'a', 'b'), { attributes: {} }],
  ['OPENDIR', packet(11, 9, path), { name: 'OPENDIR', path }],
  ['READDIR', packet(12, 9, handle), { name: 'READDIR', handle }],
  ['REMOVE', packet(13, 9, path), { name: 'REMOVE', path }],
  ['MKDIR', packet(14, 9, path, 0), { name: 'MKDIR', path }],
  ['RMDIR', packet(15, 9, path), { name: 'RMDIR', path }],
  ['REALPATH', packet(16, 9, path), { name: 'REALPATH', path }],
  ['STAT', packet(17, 9, path), { name: 'STAT', path }],
  ['RENAME', packet(18, 9, path, '/b'), { name: 'RENAME', from: path, to: Buffer.from('/b') }],
  ['READLINK', packet(19, 9, path), { name: 'READLINK', path }],
  ['SYMLINK', packet(20, 9, path, path), { name: 'SYMLINK' }],
  ['EXTENDED', packet(200, 9, 'x@y', 1), { name: 'EXTENDED', extension: 'x@y' }],
  ['an unknown type', packet(77, 9, 'whatever'), { id: 9, name: 'UNKNOWN', type: 77 }],
  ['a reply sent to us', packet(101, 9, 0, '', ''), { name: 'UNKNOWN', type: 101 }],
])('%s is read', (_name, bytes, wanted) => {
  expect(decodeRequest(frameOf(bytes))).toMatchObject(wanted)
})

test('bytes behind the fields are tolerated', () => {
  expect(decodeRequest(frameOf(packet(17, 9, path, 1, 2)))).toMatchObject({ name: 'STAT', path })
})

test.each([
  ['a path cut short', packet(17, 9, 40, 1)],
  ['a path longer than any', packet(17, 9, 'x'.repeat(4097))],
  ['a request without id', packet(17)],
  ['an offset beyond any file', packet(5, 9, handle, 2n ** 63n, 70)],
  ['extended attributes without end', packet(9, 9, path, 0x8000_0000, 0xffff_ffff)],
  ['an extension name without end', packet(200, 9, 'x'.repeat(300))],
])('%s is malformed', (_name, bytes) => {
  expect(() => decodeRequest(frameOf(bytes))).toThrow(MalformedPacket)
})

test('a malformed request still shows its id, so that it can be answered', () => {
  expect(requestId(frameOf(packet(17, 9, 40)))).toBe(9)
  expect(requestId(frameOf(packet(17)))).toBeUndefined()
})

test('noise in the fields is a request or malformed, nothing else', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 5_000; round += 1) {
    const fields = Buffer.from(
      Array.from({ length: Math.floor(random() * 60) }, () => {
        return random() < 0.5 ? 0 : Math.floor(random() * 256)
      }),
    )
    const type = Math.floor(random() * 24)
    if (type === 6) continue
    const frame: PlainFrame = { kind: 'plain', type, body: fields, frameBytes: 0 }
    expect(['read', 'malformed']).toContain(outcomeOf(frame))
  }
})

function outcomeOf(frame: PlainFrame): string {
  try {
    decodeRequest(frame)
    return 'read'
  } catch (error) {
    return error instanceof MalformedPacket ? 'malformed' : 'something else'
  }
}
