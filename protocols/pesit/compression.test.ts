import { expect, test } from 'vitest'
import { Random } from '../../test/fuzz/random.ts'
import { ArticleCompressor, ArticleDecompressor } from './compression.ts'
import type { CompressionKind } from './compression.ts'
import { PesitFault } from './pesit-fault.ts'

const KINDS: readonly CompressionKind[] = ['horizontal', 'vertical', 'both']

const EXAMPLES: readonly (readonly [CompressionKind, readonly string[], readonly string[]])[] = [
  ['horizontal', ['0102020202020203'], ['010186020103']],
  ['vertical', ['0102030203050607', '0506030203050809'], ['080102030203050607', '020506c4020809']],
  ['both', ['010101010203', '010101010204'], ['8401020203', 'c50104']],
]

test.each(EXAMPLES)('the example of the specification, %s, both ways', (kind, plain, packed) => {
  const compressor = new ArticleCompressor(kind)
  const decompressor = new ArticleDecompressor(kind, 1_024)
  expect(
    plain.map((article) => compressor.compress(Buffer.from(article, 'hex')).toString('hex')),
  ).toEqual(packed)
  expect(
    packed.map((article) => decompressor.decompress(Buffer.from(article, 'hex')).toString('hex')),
  ).toEqual(plain)
})

test.each(KINDS)('any article comes back, %s, under both readings of conflict 13', (kind) => {
  const random = new Random(7)
  const compressor = new ArticleCompressor(kind)
  const blank = new ArticleDecompressor(kind, 400, 'blank')
  const keep = new ArticleDecompressor(kind, 400, 'keep')
  let article = random.bytes(400)
  for (let round = 0; round < 300; round += 1) {
    article = Buffer.from(article.subarray(0, 1 + random.below(400)))
    for (let change = 0; change < 3; change += 1) {
      article.fill(random.below(3), random.below(article.length), random.below(article.length) + 1)
    }
    if (round % 10 === 0) article = random.bytes(1 + random.below(400))
    if (round % 50 === 0) {
      compressor.forget()
      blank.forget()
      keep.forget()
    }
    const packed = compressor.compress(article)
    expect(blank.decompress(packed)).toEqual(article)
    expect(keep.decompress(packed)).toEqual(article)
  }
})

test('conflict 13: beyond a shorter article stands the blank, or what was there before', () => {
  const packed = ['03414243', '0158', 'c3'].map((hex) => Buffer.from(hex, 'hex'))
  const read = (pad: 'blank' | 'keep'): string => {
    const decompressor = new ArticleDecompressor('vertical', 10, pad)
    return packed.map((article) => decompressor.decompress(article).toString('latin1')).join()
  }
  expect(read('blank')).toBe('ABC,X,X@@')
  expect(read('keep')).toBe('ABC,X,XBC')
})

test.each([
  ['horizontal', '00'],
  ['horizontal', '4101'],
  ['horizontal', 'c1'],
  ['vertical', '8141'],
  ['both', 'c1'],
  ['both', '0341'],
  ['both', '81'],
] as const)('%s: %s is refused', (kind, hex) => {
  const decompressor = new ArticleDecompressor(kind, 100)
  expect(() => decompressor.decompress(Buffer.from(hex, 'hex'))).toThrow(PesitFault)
})

test('a compression bomb ends at the article length announced', () => {
  const decompressor = new ArticleDecompressor('horizontal', 100)
  const bomb = Buffer.from('bf41'.repeat(30_000), 'hex')
  expect(() => decompressor.decompress(bomb)).toThrow(
    expect.objectContaining({ diagnostic: '2/220' }),
  )
})

test('after a sync point nothing refers to what was before', () => {
  const compressor = new ArticleCompressor('vertical')
  const article = Buffer.from('ABCDEF')
  const first = compressor.compress(article)
  compressor.forget()
  expect(compressor.compress(article)).toEqual(first)
})
