import { expect, test } from 'vitest'
import { CanonicalLines, isText } from './canonical-lines.ts'

const TEXT = 'a\nb\r\nc\r\rd\n\n\r\n'
const CANONICAL = 'a\r\nb\r\nc\r\rd\r\n\r\n\r\n'

test('lines end in CR LF, wherever the pieces are cut', () => {
  for (let cut = 0; cut <= TEXT.length; cut += 1) {
    const lines = new CanonicalLines()
    const pieces = [TEXT.slice(0, cut), TEXT.slice(cut)].map((text) =>
      lines.update(Buffer.from(text)).toString(),
    )
    expect(pieces.join('')).toBe(CANONICAL)
  }
})

test.each([
  ['text/xml', undefined, true],
  ['application/edifact', '7bit', true],
  ['application/xml', 'Binary', false],
  ['application/gzip', undefined, false],
  ['application/xml-dtd', undefined, false],
])('%s with encoding %s is text: %s', (type, encoding, expected) => {
  expect(isText(type, encoding)).toBe(expected)
})
