import { expect, test } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { packet } from '../../test/support/sftp-peer/wire.ts'
import { MalformedPacket } from './byte-reader.ts'
import { RequestParser } from './request-parser.ts'
import type { Frame } from './request-parser.ts'
import { joinNeighbours } from './write-memory.ts'

/** What a frame says, without how its bytes were cut. */
function meaning(frame: Frame): object {
  return frame.kind === 'plain'
    ? { ...frame, body: frame.body.toString('hex') }
    : {
        ...frame,
        handle: frame.handle.toString('hex'),
        data: Buffer.concat(frame.data.slices).toString('hex'),
      }
}

function takeAll(parser: RequestParser): object[] {
  const frames: object[] = []
  for (let frame = parser.next(); frame !== undefined; frame = parser.next()) {
    frames.push(meaning(frame))
  }
  return frames
}

function parse(pieces: readonly Buffer[]): object[] {
  const parser = new RequestParser()
  return pieces.flatMap((piece) => {
    parser.push(piece)
    return takeAll(parser)
  })
}

const HANDLE = Buffer.from([0, 0, 0, 7])
const INIT = packet(1, 3)
const STAT = packet(17, 1, '/depot')
const WRITE = packet(6, 2, HANDLE, 513n, 'some data')
const EMPTY_WRITE = packet(6, 3, HANDLE, 0n, '')
/** rclone 1.60: a frame longer than its data. */
const LONG_WRITE = (() => {
  const frame = Buffer.concat([packet(6, 4, HANDLE, 1n, 'abc'), Buffer.alloc(20, 0xee)])
  frame.writeUInt32BE(frame.length - 4)
  return frame
})()
const STREAM = Buffer.concat([INIT, STAT, WRITE, EMPTY_WRITE, LONG_WRITE, STAT])

test.each([
  ['a request', STAT, { kind: 'plain', type: 17, frameBytes: STAT.length }],
  [
    'a WRITE',
    WRITE,
    { kind: 'write', id: 2, offset: 513, dataBytes: 9, data: '736f6d652064617461' },
  ],
  ['a WRITE of nothing', EMPTY_WRITE, { kind: 'write', id: 3, dataBytes: 0, data: '' }],
  ['a WRITE with bytes behind its data', LONG_WRITE, { id: 4, offset: 1, data: '616263' }],
])('%s is read', (_name, bytes, wanted) => {
  expect(parse([bytes])).toMatchObject([wanted])
})

test('the window that requests hold is the bytes that came', () => {
  const frames = parse([STREAM]) as { frameBytes: number }[]
  expect(frames.reduce((sum, frame) => sum + frame.frameBytes, 0)).toBe(STREAM.length)
})

test('a stream cut at any byte is read the same', () => {
  const whole = parse([STREAM])
  expect(whole).toHaveLength(6)
  for (let cut = 1; cut < STREAM.length; cut += 1) {
    expect(parse([STREAM.subarray(0, cut), STREAM.subarray(cut)])).toEqual(whole)
  }
})

test('a stream that comes byte by byte is read the same', () => {
  const pieces = Array.from(STREAM, (byte) => Buffer.of(byte))
  expect(parse(pieces)).toEqual(parse([STREAM]))
})

test('a stream cut in three at random places is read the same', () => {
  const random = seededRandom(1)
  const whole = parse([STREAM])
  for (let round = 0; round < 500; round += 1) {
    const cuts = [random(), random()]
      .map((at) => Math.floor(at * STREAM.length))
      .toSorted((a, b) => a - b)
    const [first, second] = cuts as [number, number]
    const pieces = [
      STREAM.subarray(0, first),
      STREAM.subarray(first, second),
      STREAM.subarray(second),
    ]
    expect(parse(pieces)).toEqual(whole)
  }
})

test('WRITEs that follow one another lie one behind the other, for one write to the file', () => {
  const parser = new RequestParser()
  parser.push(Buffer.concat([WRITE, WRITE, EMPTY_WRITE, WRITE]))
  const slices: Buffer[] = []
  for (let frame = parser.next(); frame !== undefined; frame = parser.next()) {
    if (frame.kind === 'write') slices.push(...frame.data.slices)
  }
  expect(slices).toHaveLength(3)
  expect(joinNeighbours(slices).map(String)).toEqual(['some data'.repeat(3)])
})

test('memory of WRITEs is used again once all in it were released, and not before', () => {
  const take = (parser: RequestParser, fill: number, bytes: number) => {
    parser.push(packet(6, 1, HANDLE, 0n, Buffer.alloc(bytes, fill)))
    const frame = parser.next()
    if (frame?.kind !== 'write') throw new Error('no WRITE')
    return frame.data
  }
  const parser = new RequestParser()
  const held = [1, 2, 3, 4, 5].map((fill) => take(parser, fill, 250_000))
  expect(held.map((data) => data.slices.length)).toEqual([1, 1, 1, 1, 2])
  for (const data of held.slice(0, 4)) data.release()
  const other = take(new RequestParser(), 9, 100)
  expect(Buffer.concat(held[4]!.slices).every((byte) => byte === 5)).toBe(true)
  const memory = new Set(held[4]!.slices.map((slice) => slice.buffer))
  expect(memory.has(other.slices[0]!.buffer)).toBe(false)
  held[4]!.release()
  held[4]!.release()
  const again = [1, 2].map((fill) => take(new RequestParser(), fill, 100).slices[0]!.buffer)
  expect(new Set(again)).toEqual(memory)
})

test('a large WRITE sent byte by byte is kept in few pieces', () => {
  const data = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251))
  const bytes = packet(6, 9, HANDLE, 0n, data)
  const parser = new RequestParser()
  let frame: Frame | undefined
  for (const byte of bytes) {
    parser.push(Buffer.of(byte))
    frame ??= parser.next()
  }
  if (frame?.kind !== 'write') throw new Error('no WRITE')
  expect(frame.data.slices).toHaveLength(1)
  expect(Buffer.concat(frame.data.slices).equals(data)).toBe(true)
})

test('requests that are not taken stay, and come out in order', () => {
  const parser = new RequestParser()
  for (const byte of STREAM) parser.push(Buffer.of(byte))
  expect(takeAll(parser)).toEqual(parse([STREAM]))
})

const tooLong = (type: number, length: number): Buffer => {
  const bytes = Buffer.alloc(64)
  bytes.writeUInt32BE(length)
  bytes[4] = type
  return bytes
}

test.each([
  ['a frame of no length', Buffer.alloc(5)],
  ['a frame longer than any', tooLong(6, 0x7fff_ffff)],
  ['a request that would have to be held for ever', tooLong(17, 65_537)],
  ['a WRITE too short for its fields', tooLong(6, 10)],
  ['a WRITE with a handle longer than itself', packet(6, 1, 0x7000_0000, 0, 0, 0, 0)],
  ['a WRITE that says more data than it has', packet(6, 1, HANDLE, 0n, 500)],
  ['a WRITE beyond any file size', packet(6, 1, HANDLE, 2n ** 60n, 'x')],
])('%s ends the stream', (_name, bytes) => {
  const parser = new RequestParser()
  parser.push(bytes)
  expect(() => parser.next()).toThrow(MalformedPacket)
})

test('noise is refused or waited for, never misread for ever', () => {
  const random = seededRandom(42)
  for (let round = 0; round < 2_000; round += 1) {
    const parser = new RequestParser()
    const bytes = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)))
    if (random() < 0.7) bytes.writeUInt32BE(Math.floor(random() * 100))
    if (random() < 0.5) bytes[4] = 6
    parser.push(bytes)
    const taken = bytesTaken(parser)
    expect(taken).toBeLessThanOrEqual(bytes.length)
  }
})

/** Bytes of all frames that could be read before the stream ended or was refused. */
function bytesTaken(parser: RequestParser): number {
  let taken = 0
  try {
    for (let frame = parser.next(); frame !== undefined; frame = parser.next()) {
      taken += frame.frameBytes
    }
  } catch (error) {
    if (!(error instanceof MalformedPacket)) throw error
  }
  return taken
}
