import { describe, expect, test } from 'vitest'
import {
  captureBlock as block,
  captureInterface as interfaceOf,
  captureSection as section,
  captureWords as words,
  enhancedPacket as enhanced,
  pcap,
  pcapng,
  tcpFrame as frame,
} from '../../test/support/capture-bytes.ts'
import { readCapture } from './capture-file.ts'

const WRITERS = [
  ['pcap, little-endian', (frames: readonly Buffer[]) => pcap('little', frames)],
  ['pcap, big-endian', (frames: readonly Buffer[]) => pcap('big', frames)],
  ['pcapng, little-endian', (frames: readonly Buffer[]) => pcapng('little', frames)],
  ['pcapng, big-endian', (frames: readonly Buffer[]) => pcapng('big', frames)],
] as const
const LABEL = '127.0.0.1:40000 → 127.0.0.2:5000'

describe.each(WRITERS)('%s', (_, capture) => {
  test('segments are put in order, retransmissions taken once, also round the end of the numbers', () => {
    const first = 0xfffffffe
    const bytes = capture([
      frame(first, 'ab'),
      frame(first + 4, 'ef'),
      frame(first + 2, 'cd'),
      frame(first, 'abcd'),
    ])
    expect(readCapture(bytes)).toEqual([
      { label: LABEL, bytes: Buffer.from('abcdef'), hasGap: false },
    ])
  })

  test('a gap ends the stream, and a capture that is cut is read as far as it goes', () => {
    const streams = readCapture(capture([frame(1, 'ab'), frame(9, 'x')]))
    expect(streams?.[0]).toMatchObject({ bytes: Buffer.from('ab'), hasGap: true })
    const whole = capture([frame(1, 'ab'), frame(3, 'cd')])
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => readCapture(whole.subarray(0, length))).not.toThrow()
    }
  })
})

test('sections of either order follow one another, each with interfaces of its own', () => {
  const simple = Buffer.concat([words('big', frame(3, 'cd').length), frame(3, 'cd')])
  const bytes = Buffer.concat([
    pcapng('little', [frame(1, 'ab')]),
    section('big'),
    interfaceOf('big', 1),
    block('big', 3, simple),
  ])
  expect(readCapture(bytes)?.[0]?.bytes.toString()).toBe('abcd')
})

test('a packet of an interface that was never described is passed over', () => {
  const bytes = Buffer.concat([section('little'), enhanced('little', 0, frame(1, 'ab'))])
  expect(readCapture(bytes)).toEqual([])
})

test('a bare stream is no capture', () => {
  expect(readCapture(Buffer.from('002e002e40200001'.repeat(4), 'hex'))).toBeUndefined()
})
