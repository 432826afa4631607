import { expect, test } from 'vitest'
import { ArticleReader } from './article-reader.ts'
import { dataRoom, layOutBlock, sealChecksums, wireBytes } from './data-block.ts'
import type { PackingTerms } from './data-block.ts'
import { hasData } from './fpdu.ts'
import type { ParameterFpdu } from './fpdu.ts'
import { makeUnits } from './fpdu-parameters.ts'
import { FrameReader } from './frame-reader.ts'

const TERMS: PackingTerms = {
  framing: 'prefix',
  hasChecksum: false,
  maxEntityBytes: 500,
  multiArticle: true,
  segmentation: true,
  concatenation: false,
  destination: 9,
}

function syn(): ParameterFpdu {
  const units = makeUnits('SYN', { syncPoint: 7 })
  return { name: 'SYN', destination: 9, octetSix: 0, units }
}

const WAYS: readonly [string, Partial<PackingTerms>, number][] = [
  ['several articles in a DTF', {}, 100],
  ['articles that fill an entity', { multiArticle: false }, 494],
  ['one article in a DTF', { multiArticle: false }, 100],
  ['segments', {}, 1_200],
  ['segments in few entities', { concatenation: true, maxEntityBytes: 700 }, 1_200],
  ['a checksum', { hasChecksum: true }, 100],
  ['a checksum and segments', { hasChecksum: true }, 1_200],
  ['raw framing', { framing: 'raw' }, 100],
  ['raw framing and a checksum', { framing: 'raw', hasChecksum: true }, 100],
  ['several FPDUs in an entity', { concatenation: true, multiArticle: false }, 100],
]

test.each(WAYS)('a content laid out with %s is read again as it was', (_way, change, article) => {
  const terms = { ...TERMS, ...change }
  const content = Buffer.from(Array.from({ length: 2_345 }, (_, at) => (at * 31) % 251))
  const articles = Math.ceil(content.length / article)
  const room = Buffer.alloc(wireBytes(articles, article, terms))
  const block = layOutBlock(room, content.length, article, terms, syn())
  let at = 0
  for (const slot of block.slots) at += content.copy(slot, 0, at)
  if (terms.hasChecksum) sealChecksums(block, terms)

  const frames = new FrameReader({ framing: terms.framing, first: 'fpdu', maxEntityBytes: 502 * 2 })
  frames.expectChecksum(terms.hasChecksum)
  frames.push(block.wire)
  const reader = new ArticleReader({ maxArticleBytes: article })
  const read: Buffer[] = []
  const names: string[] = []
  for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
    if (frame.kind !== 'fpdu') throw new Error(frame.kind)
    names.push(frame.fpdu.name)
    if (hasData(frame.fpdu)) read.push(...reader.read(frame.fpdu))
  }
  expect(Buffer.concat(read).equals(content)).toBe(true)
  expect(reader.articles).toBe(articles)
  expect(names.at(-1)).toBe('SYN')
  expect(names).toEqual(block.fpdus.map(({ name }) => name))
  expect(frames.pendingBytes).toBe(0)
})

test('what an FPDU takes leaves room for its header and its check bytes', () => {
  expect(dataRoom(TERMS)).toBe(494)
  expect(dataRoom({ ...TERMS, hasChecksum: true })).toBe(492)
})
