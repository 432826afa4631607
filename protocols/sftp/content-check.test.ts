import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { MemoryServices } from '../../test/support/memory-services.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { ContentCheck, checkFile } from './content-check.ts'
import { GzipFollower } from './gzip-follower.ts'

const random = seededRandom(5)
const noise = (bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, () => Math.floor(random() * 256)))

const SMALL = gzipSync(Buffer.concat([noise(300), Buffer.alloc(3_000, 'Invoice ')]))
/** More than is inflated at once, more than one step, and well compressed in part. */
const LARGE = gzipSync(Buffer.concat([noise(1_500_000), Buffer.alloc(5_000_000, '<a>')]))

async function follow(bytes: Buffer, maxOutputBytes = 1e9): Promise<string> {
  const follower = new GzipFollower(maxOutputBytes)
  for (let at = 0; at < bytes.length; at += 50_000) {
    await follower.push([bytes.subarray(at, at + 20_000), bytes.subarray(at + 20_000, at + 50_000)])
  }
  return follower.finish()
}

test('gzip cut at any byte is incomplete', async () => {
  for (let cut = 1; cut < SMALL.length; cut += 1) {
    expect(await follow(SMALL.subarray(0, cut))).toBe('incomplete')
  }
  expect(await follow(SMALL)).toBe('complete')
})

test('large gzip cut anywhere is incomplete, also in its last bytes', async () => {
  const cuts = Array.from({ length: 12 }, () => 33_000 + Math.floor(random() * 1_400_000))
  for (const cut of [...cuts, ...[1, 2, 4, 7, 8, 9].map((bytes) => LARGE.length - bytes)]) {
    expect(await follow(LARGE.subarray(0, cut))).toBe('incomplete')
  }
  expect(await follow(LARGE)).toBe('complete')
})

test.each([
  ['several members in a row', Buffer.concat([SMALL, SMALL]), 'complete'],
  ['several large members', Buffer.concat([LARGE, LARGE]), 'complete'],
  ['a cut second member', Buffer.concat([LARGE, LARGE.subarray(0, 700_000)]), 'incomplete'],
  ['zeros behind the end', Buffer.concat([SMALL, Buffer.alloc(512)]), 'complete'],
  ['something else behind the end', Buffer.concat([SMALL, Buffer.from('trailer')]), 'other'],
])('gzip with %s is judged', async (_name, bytes, verdict) => {
  expect(await follow(bytes)).toBe(verdict)
})

test.each([
  ['a wrong checksum', (bytes: Buffer) => bytes.writeUInt8(bytes.at(-6)! ^ 1, bytes.length - 6)],
  ['a wrong size', (bytes: Buffer) => bytes.writeUInt8(bytes.at(-1)! ^ 1, bytes.length - 1)],
  ['a damaged header', (bytes: Buffer) => bytes.writeUInt8(9, 2)],
])('gzip with %s is not incomplete: it becomes a rejected flow', async (_name, damage) => {
  for (const whole of [SMALL, LARGE]) {
    const bytes = Buffer.from(whole)
    damage(bytes)
    expect(await follow(bytes)).toBe('other')
  }
})

test('a bomb is not followed to its end', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  expect(await follow(bomb, 4_000_000)).toBe('other')
})

async function fileOf(bytes: Buffer) {
  const { staging } = new MemoryServices().services()
  const file = await staging.open('cnx_test', 'sftp', 'x')
  await file.write([bytes], 0)
  return file
}

test.each([
  ['followed in order', [0, 1]],
  ['come out of order', [1, 0]],
])('content %s gets the same verdict', async (_name, order) => {
  for (const [bytes, verdict] of [
    [LARGE, 'complete'],
    [LARGE.subarray(0, -1), 'incomplete'],
  ] as const) {
    const check = new ContentCheck(0)
    const half = bytes.length / 2
    const pieces = [bytes.subarray(0, half), bytes.subarray(half)]
    for (const index of order) await check.wrote([pieces[index]!], index * Math.floor(half))
    expect(await check.verdict(await fileOf(bytes))).toBe(verdict)
  }
})

test('a resumed content is judged from its beginning', async () => {
  const check = new ContentCheck(1_000)
  await check.wrote([LARGE.subarray(1_000)], 1_000)
  expect(await check.verdict(await fileOf(LARGE))).toBe('complete')
})

test('a content that was cut back and written again is judged as it is', async () => {
  const check = new ContentCheck(0)
  await check.wrote([LARGE], 0)
  check.changed()
  expect(await check.verdict(await fileOf(LARGE.subarray(0, 900_000)))).toBe('incomplete')
})

test('nothing at all is empty', async () => {
  expect(await checkFile(await fileOf(Buffer.alloc(0)))).toBe('empty')
})

const XML =
  '<?xml version="1.0"?>\n<!-- <x> -->\n<ubl:Invoice xmlns:ubl="urn:a>b" a=\'>\'>é<b/></ubl:Invoice >\n'

test('XML cut at any byte before its closing tag ends is incomplete', async () => {
  const bytes = Buffer.from(XML)
  const end = bytes.lastIndexOf('>')
  for (let cut = 1; cut <= end; cut += 1) {
    const verdict = await checkFile(await fileOf(bytes.subarray(0, cut)))
    expect([cut, verdict]).toEqual([cut, 'incomplete'])
  }
  expect(await checkFile(await fileOf(bytes.subarray(0, end + 1)))).toBe('complete')
})

test.each([
  ['with a byte order mark', Buffer.from(`\ufeff${XML}`), 'complete'],
  ['in UTF-16, little end first', Buffer.from(`\ufeff${XML}`, 'utf16le'), 'complete'],
  ['in UTF-16, big end first', Buffer.from(`\ufeff${XML}`, 'utf16le').swap16(), 'complete'],
  ['in UTF-16, cut', Buffer.from(`\ufeff${XML}`, 'utf16le').subarray(0, -12), 'incomplete'],
  ['of one empty element', Buffer.from('<a b="/"/>'), 'complete'],
  ['with a comment behind', Buffer.from('<a></a><!-- end -->\n\n'), 'complete'],
  ['with a document type', Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><a></a>'), 'complete'],
  ['large', Buffer.from(`<a>${'<b>1</b>'.repeat(50_000)}</a>`), 'complete'],
  ['large and cut', Buffer.from(`<a>${'<b>1</b>'.repeat(50_000)}</a`), 'incomplete'],
  ['that is something else', Buffer.from('PK\u0003\u0004 zip'), 'other'],
  ['that is EBCDIC', Buffer.from([0x4c, 0x6f, 0xa7, 0x94, 0x93]), 'other'],
])('XML %s is judged', async (_name, bytes, verdict) => {
  expect(await checkFile(await fileOf(bytes))).toBe(verdict)
})
