import { describe, expect, test } from 'vitest'
import { WORKED_ENTITY, WORKED_READ, WORKED_WRITE } from '../../test/support/pesit-worked-bytes.ts'
import { fpduChecksum } from './checksum.ts'
import { FrameReader } from './frame-reader.ts'
import type { Frame, FrameReaderOptions } from './frame-reader.ts'
import { PesitFault } from './pesit-fault.ts'

const PRE = Buffer.from('d7c5e2c9e3404040d7c1d9e3d5c5d9f1e2c5c3d9c5e3f0f1', 'hex')
const SERVER: FrameReaderOptions = {
  framing: 'auto',
  first: 'pre-connection-or-fpdu',
  maxEntityBytes: 8_192,
}

function prefixed(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

function sentBy(direction: 'C' | 'S', session: typeof WORKED_WRITE): readonly Buffer[] {
  return session
    .filter((worked) => worked.direction === direction)
    .map(({ hex }) => Buffer.from(hex, 'hex'))
}

function readAll(reader: FrameReader, pieces: readonly Buffer[]): readonly Frame[] {
  const frames: Frame[] = []
  for (const piece of pieces) {
    reader.push(Buffer.from(piece))
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame)
  }
  expect(reader.pendingBytes).toBe(0)
  return frames
}

const REQUESTER = sentBy('C', WORKED_WRITE)
const ANSWERS = sentBy('S', WORKED_READ)
const checked = REQUESTER.map((fpdu, at) => {
  // PI 1 = 1 stands first in CONNECT.
  const asking = Buffer.concat([
    fpdu.subarray(0, 6),
    Buffer.from('010101', 'hex'),
    fpdu.subarray(6),
  ])
  if (at === 0) asking.writeUInt16BE(asking.length)
  const whole = at === 0 ? asking : fpdu
  return Buffer.concat([whole, fpduChecksum(whole)])
})

const STREAMS: readonly {
  name: string
  options: FrameReaderOptions
  units: readonly Buffer[]
  stream: Buffer
}[] = [
  {
    name: 'a requester with prefix',
    options: SERVER,
    units: REQUESTER,
    stream: Buffer.concat(REQUESTER.map((fpdu) => prefixed(fpdu))),
  },
  {
    name: 'a requester without prefix (conflict 18)',
    options: SERVER,
    units: REQUESTER,
    stream: Buffer.concat(REQUESTER),
  },
  {
    name: 'a requester with prefix and pre-connection',
    options: SERVER,
    units: [PRE, ...REQUESTER],
    stream: Buffer.concat([PRE, ...REQUESTER].map((unit) => prefixed(unit))),
  },
  {
    name: 'a requester without prefix, with pre-connection',
    options: SERVER,
    units: [PRE, ...REQUESTER],
    stream: Buffer.concat([PRE, ...REQUESTER]),
  },
  {
    name: 'a pre-connection with prefix, FPDUs without',
    options: SERVER,
    units: [PRE, ...REQUESTER],
    stream: Buffer.concat([prefixed(PRE), ...REQUESTER]),
  },
  {
    name: 'a requester with prefix and checksums',
    options: SERVER,
    units: checked,
    stream: Buffer.concat(checked.map((fpdu) => prefixed(fpdu))),
  },
  {
    name: 'a requester without prefix, with checksums',
    options: SERVER,
    units: checked,
    stream: Buffer.concat(checked),
  },
  {
    name: 'a server with prefix',
    options: { framing: 'prefix', first: 'fpdu', maxEntityBytes: 65_535 },
    units: ANSWERS,
    stream: Buffer.concat(ANSWERS.map((fpdu) => prefixed(fpdu))),
  },
  {
    name: 'a server that answers the pre-connection',
    options: { framing: 'prefix', first: 'pre-answer', maxEntityBytes: 65_535 },
    units: [Buffer.from('c1c3d2f0', 'hex'), ...ANSWERS],
    stream: Buffer.concat(
      [Buffer.from('c1c3d2f0', 'hex'), ...ANSWERS].map((unit) => prefixed(unit)),
    ),
  },
]

describe.each(STREAMS)('$name', ({ options, units, stream }) => {
  const raw = units.map((unit) => unit.toString('hex'))
  const read = (pieces: readonly Buffer[]): readonly string[] =>
    readAll(new FrameReader(options), pieces).map((frame) => frame.raw.toString('hex'))

  test('is read glued together', () => {
    expect(read([stream])).toEqual(raw)
  })

  test('is read in pieces of one byte', () => {
    expect(read([...stream].map((byte) => Buffer.from([byte])))).toEqual(raw)
  })

  test('is read cut in two at every byte', () => {
    for (let at = 0; at <= stream.length; at += 1) {
      expect(read([stream.subarray(0, at), stream.subarray(at)])).toEqual(raw)
    }
  })
})

test('an entity of several FPDUs is read in order, also cut at every byte', () => {
  const stream = prefixed(Buffer.from(WORKED_ENTITY, 'hex'))
  for (let at = 0; at <= stream.length; at += 1) {
    const reader = new FrameReader({ framing: 'prefix', first: 'fpdu', maxEntityBytes: 4_096 })
    reader.expectChecksum(false)
    const frames = readAll(reader, [stream.subarray(0, at), stream.subarray(at)])
    expect(frames.map((frame) => frame.kind === 'fpdu' && frame.fpdu.name)).toEqual([
      'DTF',
      'SYN',
      'DTFDA',
      'DTFMA',
      'DTFFA',
      'DTF.END',
    ])
  }
})

test('a damaged FPDU is told, and those behind it are read', () => {
  const reader = new FrameReader({ framing: 'prefix', first: 'fpdu', maxEntityBytes: 4_096 })
  reader.expectChecksum(true)
  const good = Buffer.from('0006C0022200A96B', 'hex')
  const bad = Buffer.from('0006C0022200A96C', 'hex')
  const frames = readAll(reader, [Buffer.concat([prefixed(bad), prefixed(good)])])
  expect(frames.map(({ kind }) => kind)).toEqual(['damaged', 'fpdu'])
})

const HOSTILE: readonly (readonly [string, string])[] = [
  ['an entity of 0 bytes', '0000000040200001'],
  ['an entity longer than allowed before anybody is known', 'fffffff940200001'],
  ['an FPDU longer than its entity', '0006000740200001'],
  ['an FPDU shorter than a header', '0006000540200001'],
  ['bytes behind the last FPDU', '0008000640200001ffff'],
  ['a web browser', Buffer.from('GET / HTTP/1.1\r\n').toString('hex')],
  ['TLS on a clear listener', '1603010200010001fc0303'],
  ['PI 1 without a checksum', '0009000940200001010101'],
  ['a checksum without PI 1', '00090006402000010000'.replace('0009', '0008')],
]

test.each(HOSTILE)('%s is refused', (_name, hex) => {
  const reader = new FrameReader(SERVER)
  reader.push(Buffer.from(hex, 'hex'))
  expect(() => {
    while (reader.next() !== undefined);
  }).toThrow(PesitFault)
})
