import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { describeWithShared, shared } from '../../../test/support/shared.ts'
import { damagedXml, randomXml } from '../../../test/support/random-xml.ts'
import { elementsBySaxes, elementsOf } from '../../../test/support/xml-elements.ts'
import { XmlReader } from './xml-reader.ts'
import { XmlStream } from './xml-stream.ts'

const reader = new XmlReader()

/** Elements, or undefined when the document is refused, with the rule that refuses it. */
function read(bytes: Buffer) {
  const { fault } = reader.read(bytes)
  return fault === undefined ? { elements: elementsOf(reader.document) } : { rule: fault.rule }
}

function readInPieces(bytes: Buffer, cuts: Iterable<number>) {
  const stream = new XmlStream()
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    // The memory of a piece is used again for the next one.
    const piece = Buffer.from(bytes.subarray(at, cut))
    stream.write(piece)
    piece.fill(0x3c)
    at = cut
  }
  const { fault } = stream.end()
  return fault === undefined ? { elements: elementsOf(stream.document) } : { rule: fault.rule }
}

function* everySize(size: number, length: number): Iterable<number> {
  for (let at = size; at < length; at += size) yield at
}

/** What saxes does not refuse by itself: our limits, and encodings, which it never sees. */
const isOurs = (rule: string | undefined): boolean =>
  rule?.startsWith('XML-LIMIT-') === true || rule === 'XML-ENCODING'

/**
 * Where saxes is laxer than the standards: `<?a?b?>`, a local name that starts with no letter, and
 * a namespace name with white space around it, which it cuts off.
 */
const SAXES_LAXNESS = /<\?[^\s?>]+\?[^>]|:[-.\d]|xmlns(?::\w+)?\s*=\s*["'](?:\s|[^"']*\s["'])/

const FEATURES = `\ufeff<?xml version="1.0" encoding="UTF-8"?><!-- é -->\r
<?pi x?><é:a xmlns:é="u" xmlns='v' b="&#xE9;&amp;\r\n&#10;" c='"'>\r
  x &lt; y]] ><![CDATA[<&]]]]><![CDATA[>\r\n]]>&#128512;<b xmlns=""/> \r <!-- - -->€<c d = "&gt;" ></c\n>😀</é:a>\r
<!-- end --><?end?>
`

describe('against saxes', () => {
  test('cut at every byte, or in pieces of any size, a document is the same', () => {
    const bytes = Buffer.from(FEATURES)
    const whole = read(bytes)
    expect(whole.elements).toEqual(elementsBySaxes(FEATURES.slice(1)))
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(readInPieces(bytes, [cut]), `cut at ${cut}`).toEqual(whole)
    }
    for (let size = 1; size <= 40; size += 1) {
      expect(readInPieces(bytes, everySize(size, bytes.length)), `size ${size}`).toEqual(whole)
    }
  })

  test('cut short at any byte, it is refused, whole or in pieces', () => {
    const bytes = Buffer.from(FEATURES)
    const end = bytes.indexOf('</é:a>') + Buffer.byteLength('</é:a>') - 1
    for (let length = 0; length <= end; length += 1) {
      const part = bytes.subarray(0, length)
      expect(read(part).rule, `length ${length}`).toMatch(/^XML-(MALFORMED|ENCODING)$/)
      expect(readInPieces(part, everySize(3, length)).rule).toMatch(/^XML-(MALFORMED|ENCODING)$/)
    }
  })

  test('generated documents are read alike, damaged ones refused alike', () => {
    const random = seededRandom(5)
    let refused = 0
    for (let round = 0; round < 3_000; round += 1) {
      const text = round % 3 === 0 ? randomXml(random) : damagedXml(randomXml(random), random)
      const expected = elementsBySaxes(text)
      const bytes = Buffer.from(text)
      // A lone surrogate is no text that bytes could say.
      if (bytes.toString() !== text || SAXES_LAXNESS.test(text)) continue
      const found = read(bytes)
      if (isOurs(found.rule)) continue
      expect(found.elements, text).toEqual(expected)
      const size = 1 + Math.floor(random() * 30)
      expect(readInPieces(bytes, everySize(size, bytes.length)).elements, text).toEqual(expected)
      if (expected === undefined) refused += 1
    }
    expect(refused).toBeGreaterThan(700)
  })
})

describeWithShared('against saxes, on every case', () => {
  test('the same elements at the same places, and the same refusals', { timeout: 400_000 }, () => {
    const folder = shared('data/invoices')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    let count = 0
    for (const file of files.filter((name) => name.endsWith('.xml'))) {
      const bytes = readFileSync(join(folder, file))
      const found = read(bytes)
      expect(readInPieces(bytes, everySize(1_000, bytes.length)), file).toEqual(found)
      count += 1
      const text = decoded(bytes)
      const expected = text === undefined ? undefined : elementsBySaxes(text)
      expect(found.elements, file).toEqual(isOurs(found.rule) ? undefined : expected)
    }
    process.stdout.write(`saxes: ${count} cases read alike\n`)
  })
})

/** By the mark and the declaration, the plain way; undefined = the bytes are no text. */
function decoded(bytes: Buffer): string | undefined {
  const declared = /encoding=["']([^"']+)/.exec(bytes.subarray(0, 100).toString('latin1'))?.[1]
  const label =
    bytes[0] === 0xff
      ? 'utf-16le'
      : bytes[0] === 0xfe
        ? 'utf-16be'
        : declared === 'ISO-8859-1'
          ? 'iso-8859-1'
          : 'utf-8'
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
