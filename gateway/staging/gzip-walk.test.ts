import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { GzipWalk, type GzipEnding } from './gzip-walk.ts'

const random = seededRandom(5)
const below = (limit: number): number => Math.floor(random() * limit)
const noise = (bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, () => below(256)))
const words = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, () => `<cbc:ID>${below(5_000)}</cbc:ID>`).join('\n'))

const SMALL = gzipSync(Buffer.concat([noise(300), Buffer.alloc(3_000, 'Invoice ')]))
const MIXED = Buffer.concat([noise(200_000), words(20_000), Buffer.alloc(500_000, '<a>'), noise(9)])
const LARGE = gzipSync(MIXED)

function walk(bytes: Buffer, step = 10_000): GzipEnding {
  const walking = new GzipWalk()
  for (let at = 0; at < bytes.length; at += step) walking.push(bytes.subarray(at, at + step))
  return walking.ending
}

/** Whether zlib wants more of the same bytes. */
function isCut(bytes: Buffer): boolean {
  try {
    gunzipSync(bytes)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR'
  }
}

test('gzip cut at any byte is cut, in whatever pieces it comes', () => {
  for (let cut = 1; cut < SMALL.length; cut += 1) {
    expect([cut, walk(SMALL.subarray(0, cut), 1 + below(cut))]).toEqual([cut, 'cut'])
  }
  for (const step of [1, 2, 3, 5, 100, SMALL.length]) expect(walk(SMALL, step)).toBe('whole')
})

test('large gzip cut anywhere is cut, also in its last bytes', () => {
  const cuts = Array.from({ length: 40 }, () => 1 + below(LARGE.length - 1))
  for (const cut of [...cuts, ...[1, 2, 4, 7, 8, 9].map((bytes) => LARGE.length - bytes)]) {
    expect([cut, walk(LARGE.subarray(0, cut))]).toEqual([cut, 'cut'])
  }
  expect(walk(LARGE)).toBe('whole')
})

test.each([
  ['not compressed', { level: 0 }],
  ['compressed little', { level: 1 }],
  ['compressed much', { level: 9 }],
  ['in codes made beforehand', { strategy: constants.Z_FIXED }],
  ['without matches', { strategy: constants.Z_HUFFMAN_ONLY }],
  ['with runs only', { strategy: constants.Z_RLE }],
  ['with a small window', { windowBits: 9, memLevel: 1 }],
])('gzip %s is walked to its end', (_name, options) => {
  const bytes = gzipSync(MIXED, options)
  for (const step of [997, 300_000]) expect(walk(bytes, step)).toBe('whole')
  expect(walk(bytes.subarray(0, -1))).toBe('cut')
  expect(walk(bytes.subarray(0, below(bytes.length)))).toBe('cut')
})

test('a cut that leaves what looks like a trailer is still cut', () => {
  const inner = gzipSync('a whole file, not compressed, inside another one')
  const outer = gzipSync(Buffer.concat([inner, noise(500)]), { level: 0 })
  const end = outer.indexOf(inner) + inner.length
  expect(walk(outer.subarray(0, end))).toBe('cut')
  expect(walk(outer)).toBe('whole')
})

test.each<[string, Buffer, GzipEnding]>([
  ['several members in a row', Buffer.concat([SMALL, LARGE, SMALL]), 'whole'],
  ['a cut second member', Buffer.concat([LARGE, LARGE.subarray(0, 90_000)]), 'cut'],
  ['the first byte of a second member', Buffer.concat([SMALL, Buffer.of(0x1f)]), 'cut'],
  ['zeros behind the end', Buffer.concat([SMALL, Buffer.alloc(512)]), 'whole'],
  ['something else behind the end', Buffer.concat([SMALL, Buffer.from('trailer')]), 'broken'],
  ['every field in its head', withFields(SMALL), 'whole'],
  ['a cut head', withFields(SMALL).subarray(0, 30), 'cut'],
  ['nothing inside', gzipSync(''), 'whole'],
  ['a bomb', gzipSync(Buffer.alloc(30_000_000)), 'whole'],
])('gzip with %s is judged', (_name, bytes, ending) => {
  for (const step of [1, 4_099, bytes.length]) expect(walk(bytes, step)).toBe(ending)
})

test.each([
  ['a wrong size', (bytes: Buffer) => bytes.writeUInt8(bytes.at(-1)! ^ 1, bytes.length - 1)],
  ['an unknown method', (bytes: Buffer) => bytes.writeUInt8(9, 2)],
  ['a reserved flag', (bytes: Buffer) => bytes.writeUInt8(0x80, 3)],
  ['a reserved kind of block', (bytes: Buffer) => bytes.writeUInt8(0x07, 10)],
])('gzip with %s is broken, not cut', (_name, damage) => {
  for (const whole of [SMALL, LARGE]) {
    const bytes = Buffer.from(whole)
    damage(bytes)
    expect(walk(bytes)).toBe('broken')
  }
})

test('damaged gzip is cut where zlib finds it cut', () => {
  const sources = [
    SMALL,
    gzipSync(words(3_000)),
    gzipSync(words(300), { strategy: constants.Z_FIXED }),
  ]
  const misjudged: number[] = []
  for (let round = 0; round < 3_000; round += 1) {
    const bytes = Buffer.from(sources[round % sources.length]!)
    // Mostly in the first block's head, where a change makes another code of it.
    const at = 10 + below(round % 2 === 0 ? 80 : bytes.length - 10)
    bytes[at] = bytes[at]! ^ (1 << below(8))
    if ((walk(bytes, 1 + below(5_000)) === 'cut') !== isCut(bytes)) misjudged.push(round)
    // Cut as well, zlib may see the damage first; what it finds cut is never taken for whole.
    const rest = bytes.subarray(0, 1 + below(bytes.length - 1))
    if (isCut(rest) && walk(rest) !== 'cut') misjudged.push(round)
  }
  expect(misjudged).toEqual([])
})

test('what is not gzip is broken from its first byte', () => {
  expect(walk(Buffer.from('<Invoice/>'))).toBe('broken')
})

/** All optional fields of RFC 1952 §2.3.1, in front of the content of `member`. */
function withFields(member: Buffer): Buffer {
  const head = Buffer.from(member.subarray(0, 10))
  head[3] = 0x1f
  const fields = Buffer.concat([
    Buffer.of(5, 0, 1, 2, 3, 4, 5),
    Buffer.from('a name\0and a comment\0'),
    Buffer.of(0, 0),
  ])
  return Buffer.concat([head, fields, member.subarray(10)])
}
