import { expect, test } from 'vitest'
import { LineIndex } from './line-index.ts'

test('line and column are those of counting by hand, wherever line ends fall', () => {
  for (const gap of [1, 7, 65_535, 65_536, 65_537, 200_000]) {
    const text = `${'x'.repeat(gap - 1)}\n`.repeat(Math.ceil(300_000 / gap))
    const index = new LineIndex(Buffer.from(text))
    for (const offset of [0, 1, gap - 1, gap, gap + 1, 65_535, 65_536, 131_072, 299_999]) {
      expect(index.locate(offset), `gap ${gap}, offset ${offset}`).toEqual({
        line: Math.floor(offset / gap) + 1,
        column: (offset % gap) + 1,
      })
    }
  }
})

test('a very long text without line ends is located in one pass', () => {
  const index = new LineIndex(Buffer.alloc(200_000_000, 'x'))
  expect(index.locate(150_000_000)).toEqual({ line: 1, column: 150_000_001 })
})
