import { expect, test } from 'vitest'
import { takeReply } from '../../test/support/sftp-peer/wire.ts'
import {
  OK,
  encodeLimits,
  encodeOkStatuses,
  encodeReply,
  encodeSpace,
  encodeVersion,
  failed,
  writeDataHeader,
} from './replies.ts'
import type { Reply } from './replies.ts'

test.each<[string, Reply, string]>([
  ['OK', OK, '00000011 65 00000007 00000000 00000000 00000000'],
  ['a failure', failed('FAILURE', 'no'), '00000013 65 00000007 00000004 00000002 6e6f 00000000'],
  ['EOF', failed('EOF', ''), '00000011 65 00000007 00000001 00000000 00000000'],
  ['a handle', { type: 'HANDLE', handle: 258 }, '0000000d 66 00000007 00000004 00000102'],
  [
    'attributes',
    {
      type: 'ATTRS',
      attributes: { size: 2 ** 32 + 1, permissions: 0o100444, accessedAt: 1, modifiedAt: 2 },
    },
    '0000001d 69 00000007 0000000d 0000000100000001 00008124 00000001 00000002',
  ],
  [
    'a name',
    { type: 'NAME', entries: [{ name: 'é', longName: 'l', attributes: {} }] },
    '00000018 68 00000007 00000001 00000002 c3a9 00000001 6c 00000000',
  ],
  ['an extended reply', { type: 'EXTENDED_REPLY', body: Buffer.of(1) }, '00000006 c9 00000007 01'],
])('%s is written', (_name, reply, hex) => {
  expect(encodeReply(7, reply).toString('hex')).toBe(hex.replaceAll(' ', ''))
})

test('the answers to gathered writes are as many single ones', () => {
  const single = [3, 0xffff_ffff].map((id) => encodeReply(id, OK))
  expect(encodeOkStatuses([3, 0xffff_ffff])).toEqual(Buffer.concat(single))
})

test('VERSION announces version 3 and the extensions', () => {
  const bytes = encodeVersion()
  expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4)
  expect(bytes.readUInt32BE(5)).toBe(3)
  for (const name of ['limits', 'posix-rename', 'fsync', 'statvfs', 'fstatvfs', 'lsetstat']) {
    expect(bytes.includes(`${name}@openssh.com`)).toBe(true)
  }
})

test('limits are those of the OpenSSH server', () => {
  const limits = encodeLimits(64)
  expect([0, 8, 16, 24].map((at) => Number(limits.readBigUInt64BE(at)))).toEqual([
    262_144, 261_120, 261_120, 64,
  ])
})

test('space is told in eleven numbers', () => {
  const body = encodeSpace({
    totalBytes: 8192,
    freeBytes: 4096,
    totalFiles: 9,
    freeFiles: 8,
    isReadOnly: true,
  })
  const numbers = Array.from({ length: 11 }, (_, index) => Number(body.readBigUInt64BE(8 * index)))
  expect(numbers).toEqual([4096, 4096, 2, 1, 1, 9, 8, 8, 0, 3, 255])
})

test('the header of data stands in front of them', () => {
  const bytes = Buffer.alloc(16, 'abc')
  writeDataHeader(bytes, 0, 5, 3)
  expect(takeReply(bytes)?.reply).toMatchObject({ type: 103, id: 5, bytes: bytes.subarray(13) })
})
