import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ContentEnding } from '../../protocols/listener.ts'
import { endingOf } from './content-ending.ts'
import { ContentReading } from './content-facts.ts'

const XML =
  '<?xml version="1.0"?>\n<!-- <x> -->\n<ubl:Invoice xmlns:ubl="urn:a>b" a=\'>\'>é<b/></ubl:Invoice >\n'

function ending(bytes: Buffer): Promise<ContentEnding> {
  const reading = new ContentReading()
  reading.next(bytes)
  const read = async (position: number, length: number) =>
    bytes.subarray(position, position + length)
  return endingOf(reading.finish().gzip, bytes.length, read)
}

test('XML cut at any byte before its closing tag ends is cut', async () => {
  const bytes = Buffer.from(XML)
  const end = bytes.lastIndexOf('>')
  for (let cut = 1; cut <= end; cut += 1) {
    expect([cut, await ending(bytes.subarray(0, cut))]).toEqual([cut, 'cut'])
  }
  expect(await ending(bytes.subarray(0, end + 1))).toBe('whole')
})

test.each<[string, Buffer, ContentEnding]>([
  ['with a byte order mark', Buffer.from(`\ufeff${XML}`), 'whole'],
  ['in UTF-16, little end first', Buffer.from(`\ufeff${XML}`, 'utf16le'), 'whole'],
  ['in UTF-16, big end first', Buffer.from(`\ufeff${XML}`, 'utf16le').swap16(), 'whole'],
  ['in UTF-16, cut', Buffer.from(`\ufeff${XML}`, 'utf16le').subarray(0, -12), 'cut'],
  ['of one empty element', Buffer.from('<a b="/"/>'), 'whole'],
  ['with a comment behind', Buffer.from('<a></a><!-- end -->\n\n'), 'whole'],
  ['with a document type', Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><a></a>'), 'whole'],
  ['large', Buffer.from(`<a>${'<b>1</b>'.repeat(50_000)}</a>`), 'whole'],
  ['large and cut', Buffer.from(`<a>${'<b>1</b>'.repeat(50_000)}</a`), 'cut'],
  ['that is something else', Buffer.from('PK\u0003\u0004 zip'), 'unknown'],
  ['that is EBCDIC', Buffer.from([0x4c, 0x6f, 0xa7, 0x94, 0x93]), 'unknown'],
])('XML %s is judged', async (_name, bytes, expected) => {
  expect(await ending(bytes)).toBe(expected)
})

test.each<[string, Buffer, ContentEnding]>([
  ['whole', gzipSync(XML), 'whole'],
  ['cut', gzipSync(XML).subarray(0, -1), 'cut'],
  ['damaged', Buffer.concat([gzipSync(XML).subarray(0, 10), Buffer.alloc(30, 0xff)]), 'unknown'],
  ['nothing at all', Buffer.alloc(0), 'cut'],
])('gzip that is %s is judged', async (_name, bytes, expected) => {
  expect(await ending(bytes)).toBe(expected)
})
