import { expect, test } from 'vitest'
import { WORKED_WRITE } from '../../test/support/pesit-worked-bytes.ts'
import { fpduChecksum } from './checksum.ts'
import { decodeStream } from './stream-decoder.ts'

function units(direction: 'C' | 'S'): readonly Buffer[] {
  return WORKED_WRITE.filter((row) => row.direction === direction).map(({ hex }) =>
    Buffer.from(hex, 'hex'),
  )
}

function prefixed(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

test.each(['C', 'S'] as const)('a recorded stream of %s is read in every framing', (direction) => {
  const names = WORKED_WRITE.filter((row) => row.direction === direction).map(({ name }) => name)
  const all = units(direction)
  const checked = all.map((unit) => prefixed(Buffer.concat([unit, fpduChecksum(unit)])))
  for (const stream of [
    Buffer.concat(all),
    Buffer.concat(all.map(prefixed)),
    Buffer.concat(checked),
  ]) {
    const { descriptions, fault } = decodeStream(stream)
    expect(fault).toBeUndefined()
    expect(descriptions.map(({ name }) => name)).toEqual(names)
  }
})

test('a pre-connection and its answer are read', () => {
  const pre = Buffer.from('d7c5e2c9e3404040d7c1d9e3d5c5d9f1e2c5c3d9c5e3f0f1', 'hex')
  const requester = decodeStream(Buffer.concat([pre, ...units('C')].map(prefixed)))
  expect(requester.descriptions[0]?.name).toBe('PRE-CONNECTION')
  const ack = Buffer.from('c1c3d2f0', 'hex')
  const server = decodeStream(Buffer.concat([ack, ...units('S')].map(prefixed)))
  expect(server.descriptions.slice(0, 2).map(({ name }) => name)).toEqual(['ACK0', 'ACONNECT'])
})

test('a stream that is cut or is none says so, and what was read is kept', () => {
  const stream = Buffer.concat(units('C').map(prefixed))
  const { descriptions, fault } = decodeStream(stream.subarray(0, stream.length - 3))
  expect(descriptions).toHaveLength(units('C').length - 1)
  expect(fault).toMatch(/no whole FPDU/)
  expect(decodeStream(Buffer.from('GET / HTTP/1.1')).fault).toMatch(/begins with no FPDU/)
})
