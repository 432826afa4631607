import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { ArchiveFault } from './archive-fault.ts'
import { TarReader } from './tar-reader.ts'
import { archiveBytes, encodeTarHeader, withChecksum } from './write-archive.ts'

interface Seen {
  readonly name: string
  readonly kind: string
  content: string
}

/** What a reader tells of these bytes, given in pieces of the sizes asked for. */
function read(bytes: Uint8Array, pieceOf: (offset: number) => number = () => bytes.length) {
  const seen: Seen[] = []
  const reader = new TarReader({
    entry: ({ name, kind }) => void seen.push({ name, kind, content: '' }),
    content: (piece) => {
      seen.at(-1)!.content += Buffer.from(piece).toString('latin1')
    },
    entryEnd: () => undefined,
  })
  for (let offset = 0; offset < bytes.length;) {
    const size = Math.max(1, pieceOf(offset))
    reader.write(bytes.subarray(offset, offset + size))
    offset += size
  }
  return { seen, ...reader.end() }
}

const END = Buffer.alloc(1_024)
const block = (text: string): Buffer =>
  Buffer.concat([Buffer.from(text), Buffer.alloc((512 - (Buffer.byteLength(text) % 512)) % 512)])
const file = (name: string, content: string, type = '0'): Buffer =>
  Buffer.concat([encodeTarHeader(name, Buffer.byteLength(content), type), block(content)])
const paxRecord = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (String(length).length + Buffer.byteLength(rest) !== length) length += 1
  return `${length}${rest}`
}
/** A header whose size field holds these 12 bytes. */
const withSize = (field: Buffer): Buffer => {
  const header = encodeTarHeader('a.xml', 0)
  field.copy(header, 124)
  return withChecksum(header)
}

const ruleOf = (bytes: Uint8Array): string => {
  try {
    read(bytes)
    return 'none'
  } catch (error) {
    if (error instanceof ArchiveFault) return error.rule
    throw error
  }
}

describe('the tar reader', () => {
  test('gives files and folders in order, however the bytes are cut', async () => {
    const tar = gunzipSync(
      await archiveBytes([
        { name: 'F1.xml', content: 'one' },
        { name: 'F2.xml', content: 'x'.repeat(1_000) },
      ]),
    )
    const whole = read(tar)
    expect(whole.seen.map(({ name, content }) => [name, content.length])).toEqual([
      ['F1.xml', 3],
      ['F2.xml', 1_000],
    ])
    expect(whole.hasEndMark).toBe(true)
    for (let size = 1; size <= 600; size += 1) expect(read(tar, () => size)).toEqual(whole)
  })

  test('reads long names of GNU and pax, and a pax size', () => {
    const long = `${'n'.repeat(150)}.xml`
    const gnu = Buffer.concat([file('././@LongLink', `${long}\0`, 'L'), file('cut', 'abc'), END])
    const pax = Buffer.concat([
      file('PaxHeaders/x', paxRecord('path', long) + paxRecord('size', '3'), 'x'),
      encodeTarHeader('cut', 0),
      block('abc'),
      END,
    ])
    for (const archive of [gnu, pax]) {
      for (const size of [1, 7, 511, 513, 10_000]) {
        expect(read(archive, () => size).seen).toEqual([
          { name: long, kind: 'file', content: 'abc' },
        ])
      }
    }
  })

  test('joins the ustar prefix to the name, and sees an old archive’s folder by its slash', () => {
    const prefixed = encodeTarHeader('F1.xml', 0)
    prefixed.write('dir', 345)
    const archive = Buffer.concat([
      file('dir/', '', '5'),
      file('old/', ''),
      withChecksum(prefixed),
      END,
    ])
    expect(read(archive).seen.map(({ name, kind }) => [name, kind])).toEqual([
      ['dir', 'directory'],
      ['old', 'directory'],
      ['dir/F1.xml', 'file'],
    ])
  })

  test('says when the end mark is missing, and accepts base-256 sizes in range', () => {
    expect(read(file('a.xml', 'abc')).hasEndMark).toBe(false)
    const size = Buffer.alloc(12)
    size[0] = 0x80
    size[11] = 3
    expect(read(Buffer.concat([withSize(size), block('abc'), END])).seen[0]?.content).toBe('abc')
  })

  const base256 = (...bytes: number[]): Buffer =>
    Buffer.from([...bytes, ...Array(12).fill(0)]).subarray(0, 12)
  test.each<readonly [string, string, Buffer]>([
    [
      'a wrong checksum',
      'ARC-TAR-HEADER',
      Buffer.concat([Buffer.from('x'), file('a', 'b').subarray(1)]),
    ],
    ['a size that is no number', 'ARC-TAR-HEADER', withSize(Buffer.from('9bcdefghijk\0'))],
    ['a negative base-256 size', 'ARC-TAR-HEADER', withSize(base256(0xff, 0xff))],
    ['a base-256 size beyond 2^53', 'ARC-TAR-HEADER', withSize(base256(0x80, 0xff))],
    ['a hard link', 'ARC-ENTRY-TYPE', file('a', '', '1')],
    ['a symbolic link', 'ARC-ENTRY-TYPE', file('a', '', '2')],
    ['a character device', 'ARC-ENTRY-TYPE', file('a', '', '3')],
    ['a block device', 'ARC-ENTRY-TYPE', file('a', '', '4')],
    ['a named pipe', 'ARC-ENTRY-TYPE', file('a', '', '6')],
    ['a sparse file of GNU', 'ARC-ENTRY-TYPE', file('a', '', 'S')],
    ['a sparse file of pax', 'ARC-ENTRY-TYPE', file('p', paxRecord('GNU.sparse.major', '1'), 'x')],
    ['an extended header over 64 KiB', 'ARC-TAR-EXTENSION', file('p', 'x'.repeat(65_537), 'L')],
    [
      'a row of extended headers',
      'ARC-TAR-EXTENSION',
      Buffer.concat(Array(9).fill(file('p', 'n\0', 'L'))),
    ],
    ['a malformed pax record', 'ARC-TAR-EXTENSION', file('p', '99 path=x\n', 'x')],
    ['a global name', 'ARC-TAR-EXTENSION', file('p', paxRecord('path', 'x'), 'g')],
    [
      'a name that is not UTF-8',
      'ARC-NAME',
      Buffer.concat([
        withChecksum(Buffer.concat([Buffer.from([0xe9]), encodeTarHeader('aa', 0).subarray(1)])),
        END,
      ]),
    ],
    ['a folder with a content', 'ARC-TAR-HEADER', file('d/', 'x', '5')],
    [
      'data after the end mark',
      'ARC-AFTER-END',
      Buffer.concat([file('a', 'b'), END, file('c', 'd')]),
    ],
    [
      'data after one zero block',
      'ARC-AFTER-END',
      Buffer.concat([Buffer.alloc(512), file('c', 'd')]),
    ],
    ['an end inside a file', 'ARC-TAR-TRUNCATED', file('a', 'b'.repeat(600)).subarray(0, 900)],
    ['an end inside a header', 'ARC-TAR-TRUNCATED', file('a', 'b').subarray(0, 100)],
    ['an end after an extended header', 'ARC-TAR-TRUNCATED', file('p', 'n\0', 'L')],
  ])('refuses %s', (_what, rule, bytes) => {
    expect(ruleOf(bytes)).toBe(rule)
  })

  test('never throws anything but its own faults, whatever the bytes', () => {
    const random = seededRandom(20_261_122)
    const good = Buffer.concat([
      file('p', paxRecord('path', 'long.xml'), 'x'),
      file('a.xml', 'abc'),
      file('d/', '', '5'),
      END,
    ])
    let faults = 0
    for (let round = 0; round < 2_000; round += 1) {
      const bytes = Buffer.from(good)
      for (let change = 0; change <= random() * 4; change += 1) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      }
      // Half of them with right checksums, so that what is behind them is reached.
      if (random() < 0.5) {
        for (let at = 0; at + 512 <= bytes.length; at += 1_024) {
          withChecksum(bytes.subarray(at, at + 512))
        }
      }
      const end = Math.floor(random() * bytes.length * 1.2)
      if (ruleOf(bytes.subarray(0, end)) !== 'none') faults += 1
    }
    expect(faults).toBeGreaterThan(1_000)
  })
})
