import { expect, test } from 'vitest'
import { LineBytes } from './line-bytes.ts'

function add(lines: LineBytes, line: string): void {
  lines.add(line, Buffer.byteLength(line))
}

test('keeps lines of any length as UTF-8, one behind the other', () => {
  const lines = new LineBytes()
  const said = ['a', 'é’', 'x'.repeat(5_000), '']
  for (const line of said) add(lines, line)
  expect(lines.bytes.toString()).toBe(said.map((line) => `${line}\n`).join(''))
  expect(lines).toMatchObject({ lines: 4, length: lines.bytes.length })
})

test('puts later lines into the same memory', () => {
  const lines = new LineBytes()
  add(lines, 'before')
  const { buffer } = lines.bytes
  lines.clear()
  add(lines, 'now')
  expect(lines.bytes.toString()).toBe('now\n')
  expect(lines.bytes.buffer).toBe(buffer)
  expect(lines.lines).toBe(1)
})
