import { expect, test } from 'vitest'
import { isCapture, readCapture } from './capture-file.ts'

function packet(sequence: number, text: string): Buffer {
  const data = Buffer.from(text)
  const tcp = Buffer.alloc(20)
  tcp.writeUInt16BE(40_000, 0)
  tcp.writeUInt16BE(5_000, 2)
  tcp.writeUInt32BE(sequence >>> 0, 4)
  tcp.writeUInt8(0x50, 12)
  const ip = Buffer.from('4500000000000000400600007f0000017f000002', 'hex')
  ip.writeUInt16BE(40 + data.length, 2)
  const ethernet = Buffer.from('0000000000000000000000000800', 'hex')
  const frame = Buffer.concat([ethernet, ip, tcp, data, Buffer.alloc(6)])
  const head = Buffer.alloc(16)
  head.writeUInt32LE(frame.length, 8)
  head.writeUInt32LE(frame.length, 12)
  return Buffer.concat([head, frame])
}

function capture(...packets: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt32LE(1, 20)
  return Buffer.concat([head, ...packets])
}

test('segments are put in order, retransmissions taken once, also round the end of the numbers', () => {
  const first = 0xfffffffe
  const bytes = capture(
    packet(first, 'ab'),
    packet(first + 4, 'ef'),
    packet(first + 2, 'cd'),
    packet(first, 'abcd'),
  )
  expect(isCapture(bytes)).toBe(true)
  expect(readCapture(bytes)).toEqual([
    { label: '127.0.0.1:40000 → 127.0.0.2:5000', bytes: Buffer.from('abcdef'), hasGap: false },
  ])
})

test('a gap ends the stream, and a capture that is cut is read as far as it goes', () => {
  const [stream] = readCapture(capture(packet(1, 'ab'), packet(9, 'x')))
  expect(stream).toMatchObject({ bytes: Buffer.from('ab'), hasGap: true })
  const whole = capture(packet(1, 'ab'), packet(3, 'cd'))
  for (let length = 24; length < whole.length; length += 1) {
    expect(() => readCapture(whole.subarray(0, length))).not.toThrow()
  }
})

test('a bare stream is no capture', () => {
  expect(isCapture(Buffer.from('002e002e40200001'.repeat(4), 'hex'))).toBe(false)
})
