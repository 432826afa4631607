import { describe, expect, test } from 'vitest'
import { parseProxyHeader } from './proxy-protocol.ts'

const V2 = '0d0a0d0a000d0a515549540a'
const V4_ADDRESSES = 'c0a80001 0a000001 d431 08ae'
const V6_ADDRESSES = `20010db8000000000000000000000001 ${'00'.repeat(15)}01 d431 08ae`

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

const WHOLE: readonly (readonly [string, Buffer, { host: string; port: number } | undefined])[] = [
  [
    'version 1, IPv4',
    Buffer.from('PROXY TCP4 192.168.0.1 10.0.0.1 54321 2222\r\n'),
    { host: '192.168.0.1', port: 54_321 },
  ],
  [
    'version 1, IPv6',
    Buffer.from('PROXY TCP6 2001:db8::1 ::1 54321 2222\r\n'),
    { host: '2001:db8::1', port: 54_321 },
  ],
  ['version 1, a check of the balancer', Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  [
    'version 2, IPv4',
    bytesOf(`${V2} 21 11 000c ${V4_ADDRESSES}`),
    { host: '192.168.0.1', port: 54_321 },
  ],
  [
    'version 2, IPv6',
    bytesOf(`${V2} 21 21 0024 ${V6_ADDRESSES}`),
    { host: '2001:db8:0:0:0:0:0:1', port: 54_321 },
  ],
  [
    'version 2, with more fields behind the addresses',
    bytesOf(`${V2} 21 11 0011 ${V4_ADDRESSES} 0400020000`),
    { host: '192.168.0.1', port: 54_321 },
  ],
  ['version 2, a check of the balancer', bytesOf(`${V2} 20 00 0000`), undefined],
  ['version 2, another family', bytesOf(`${V2} 21 31 0004 01020304`), undefined],
]

describe.each(WHOLE)('%s', (_, header, source) => {
  const complete = {
    state: 'complete',
    bytes: header.length,
    ...(source === undefined ? {} : { source }),
  }

  test('is read, and what follows is left', () => {
    expect(parseProxyHeader(header)).toEqual(complete)
    expect(parseProxyHeader(Buffer.concat([header, Buffer.from('SSH-2.0-x\r\n')]))).toEqual(
      complete,
    )
  })

  test('cut anywhere asks for more', () => {
    for (let bytes = 0; bytes < header.length; bytes += 1) {
      expect(parseProxyHeader(header.subarray(0, bytes))).toEqual({ state: 'incomplete' })
    }
  })
})

test.each([
  ['something else', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
  ['a line without an end', Buffer.from(`PROXY TCP4 ${'1'.repeat(120)}`)],
  ['a word too many', Buffer.from('PROXY TCP4 192.168.0.1 10.0.0.1 1 2 3\r\n')],
  ['a word too few', Buffer.from('PROXY TCP4 192.168.0.1 10.0.0.1 1\r\n')],
  ['an address that is none', Buffer.from('PROXY TCP4 192.168.0.256 10.0.0.1 1 2\r\n')],
  ['the address of another family', Buffer.from('PROXY TCP4 ::1 ::1 1 2\r\n')],
  ['a port that is none', Buffer.from('PROXY TCP4 192.168.0.1 10.0.0.1 65536 2\r\n')],
  ['version 3', bytesOf(`${V2} 31 11 000c ${V4_ADDRESSES}`)],
  ['an unknown command', bytesOf(`${V2} 22 11 000c ${V4_ADDRESSES}`)],
  ['addresses cut short', bytesOf(`${V2} 21 11 0008 c0a80001 0a000001`)],
  ['60 KiB of fields', bytesOf(`${V2} 21 11 f000`)],
])('%s is malformed', (_, bytes) => {
  expect(parseProxyHeader(bytes)).toEqual({ state: 'malformed' })
})
