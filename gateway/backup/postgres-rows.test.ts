import { expect, test } from 'vitest'
import { lineOfRow, rowsOfLines } from './postgres-rows.ts'

const ROWS = [
  { id: 1, comment: 'two\nlines\r\nand \u2028 others \u2029 in it', content: null },
  { id: 2, comment: '{"$base64":"no bytes"} é €  😀', content: Buffer.from([0, 10, 13, 255]) },
  { id: 3, comment: '', content: Buffer.alloc(0) },
]

async function rowsOf(bytes: Buffer, pieceBytes: number) {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      yield bytes.subarray(at, at + pieceBytes)
    }
  }
  const rows = []
  for await (const row of rowsOfLines(pieces())) rows.push(row)
  return rows
}

test('rows come back as they were, whatever their texts hold and however the file is cut', async () => {
  const text = ROWS.map(lineOfRow).join('')
  // A line is one for every program that reads it.
  expect(text.split(/[\n\r\u2028\u2029]/)).toHaveLength(ROWS.length + 1)
  for (const pieceBytes of [1, 2, 3, 7, 1_000]) {
    expect(await rowsOf(Buffer.from(text), pieceBytes)).toEqual(ROWS)
  }
})

test('a backup of an older program, with ends of lines of readline in texts, is read too', async () => {
  const row = { id: 1, comment: 'before \u2028 after' }
  expect(await rowsOf(Buffer.from(`${JSON.stringify(row)}\n`), 5)).toEqual([row])
})
