import { describe, expect, test } from 'vitest'
import { collect, octetsOf } from '../octets.ts'
import type { MimeQuirks } from './entity.ts'
import { MultipartReader } from './multipart.ts'

async function split(text: string, size: number, quirks: MimeQuirks = {}): Promise<string[]> {
  const bytes = Buffer.from(text, 'latin1')
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  const reader = new MultipartReader(octetsOf(...pieces), 'b', quirks)
  const parts: string[] = []
  for (;;) {
    const part = await reader.next()
    if (part === undefined) break
    parts.push((await collect(part, 10_000)).toString('latin1'))
  }
  await reader.finish()
  return parts
}

const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['two parts', '--b\r\nA\r\n--b\r\nB\r\n--b--\r\n', ['A', 'B']],
  ['text before and after', 'pre\r\n--b\r\nA\r\n--b--\r\nepilogue\r\n--b\r\nno\r\n', ['A']],
  ['no line end at the end', '--b\r\nA\r\n--b--', ['A']],
  ['blanks behind a boundary', '--b \t\r\nA\r\n--b  \r\nB\r\n--b--', ['A', 'B']],
  ['line ends of the part itself', '--b\r\nA\r\n\r\n\r\n--b--', ['A\r\n\r\n']],
  ['a part that ends in CR', '--b\r\nA\r\r\n--b--', ['A\r']],
  ['lone LF and CR', '--b\r\n\nA\n\r\r\n--b--', ['\nA\n\r']],
  [
    'what only looks like a boundary',
    '--b\r\nA\r\n--bb\r\n\r\n--\r\n--b x\r\n--b--',
    ['A\r\n--bb\r\n\r\n--\r\n--b x'],
  ],
  ['a boundary behind LF alone is content', '--b\r\nA\n--b\r\nB\r\n--b--', ['A\n--b\r\nB']],
  ['empty parts', '--b\r\n\r\n--b\r\n\r\n--b--', ['', '']],
  ['tabs of folded headers', '--b\r\nX: 1\r\n\t2\r\n\r\n\r\n--b--', ['X: 1\r\n\t2\r\n\r\n']],
]

describe('a multipart cut into pieces of any size', () => {
  test.each(CASES)('%s', async (_, text, parts) => {
    for (const size of [1, 2, 3, 5, 7, 1_000]) expect(await split(text, size)).toEqual(parts)
  })

  test('lines that end in LF alone are taken when the connection says so', async () => {
    const text = '--b\nA\r\n\nB\n--b\nC\r\n--b--\n'
    for (const size of [1, 3, 1_000]) {
      expect(await split(text, size, { lfLineEnds: true })).toEqual(['A\r\n\nB', 'C'])
    }
    expect(await split(text, 3)).toEqual([])
  })

  test('without its last boundary it is cut short, wherever it ends', async () => {
    const text = '--b\r\nA\r\n--b\r\nB\r\n--b--'
    for (let keep = 0; keep < text.length; keep += 1) {
      await expect(split(text.slice(0, keep), 4)).rejects.toMatchObject({ kind: 'truncated' })
    }
  })

  test.each([undefined, '', 'a\r\nb', 'x'.repeat(300)])(
    'the boundary %j is refused',
    (boundary) => {
      expect(() => new MultipartReader(octetsOf(), boundary, {})).toThrow('without a boundary')
    },
  )
})
