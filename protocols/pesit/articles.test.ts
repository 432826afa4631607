import { expect, test } from 'vitest'
import { packArticles } from './article-packer.ts'
import type { PackingOptions } from './article-packer.ts'
import { ArticleReader, articlesOf } from './article-reader.ts'
import type { DataFpdu } from './fpdu.ts'
import { PesitFault, UnsendableValue } from './pesit-fault.ts'

const PACKING: PackingOptions = {
  maxEntityBytes: 30,
  hasChecksum: false,
  multiArticle: true,
  segmentation: true,
  destination: 1,
}

function dtf(octetSix: number, hex: string, name: DataFpdu['name'] = 'DTF'): DataFpdu {
  return { name, destination: 1, octetSix, data: Buffer.from(hex, 'hex') }
}

test('conflict 4: one article is taken bare or with its length, whatever octet 6 says', () => {
  expect(articlesOf(dtf(0, '0003414243'))).toEqual([Buffer.from('0003414243', 'hex')])
  expect(articlesOf(dtf(1, '0003414243'))).toEqual([Buffer.from('ABC')])
  expect(articlesOf(dtf(1, '414243'))).toEqual([Buffer.from('ABC')])
})

test('conflict 5: DTFDA, DTFMA and DTFFA are the parts of one article, which counts once', () => {
  const reader = new ArticleReader({ maxArticleBytes: 100 })
  const parts = [dtf(0, '4141', 'DTFDA'), dtf(0, '4242', 'DTFMA'), dtf(0, '4343', 'DTFFA')]
  expect(parts.flatMap((part) => reader.read(part))).toEqual([Buffer.from('AABBCC')])
  expect([reader.dataBytes, reader.articles]).toEqual([6n, 1])
})

test('an empty article among several is kept, and what follows it is not lost', () => {
  expect(articlesOf(dtf(3, '0001410000000142'))).toEqual([
    Buffer.from('A'),
    Buffer.alloc(0),
    Buffer.from('B'),
  ])
})

test.each([
  [2, '000141'],
  [2, '00014100014200'],
  [2, '000141000942'],
])('lengths that do not add up are refused: %i articles in %s', (octetSix, hex) => {
  expect(() => articlesOf(dtf(octetSix, hex))).toThrow(PesitFault)
})

test('segments out of order are refused, and so is a sync point between them', () => {
  const reader = new ArticleReader({ maxArticleBytes: 100 })
  expect(() => reader.read(dtf(0, '41', 'DTFFA'))).toThrow(PesitFault)
  reader.read(dtf(0, '41', 'DTFDA'))
  expect(() => reader.read(dtf(0, '41'))).toThrow(PesitFault)
  expect(() => reader.passSyncPoint()).toThrow(PesitFault)
})

test('an article longer than announced is 2/220, whole or in segments', () => {
  const tooLong = expect.objectContaining({ diagnostic: '2/220' })
  const reader = new ArticleReader({ maxArticleBytes: 3 })
  expect(() => reader.read(dtf(0, '41424344'))).toThrow(tooLong)
  reader.read(dtf(0, '4142', 'DTFDA'))
  expect(() => reader.read(dtf(0, '4142', 'DTFMA'))).toThrow(tooLong)
})

test('articles are packed as the partner takes them, and read back', () => {
  const articles = ['A', 'BB', 'CCC', 'D'.repeat(24), 'E'.repeat(100), 'F', ''].map((text) =>
    Buffer.from(text),
  )
  articles.push(Buffer.from('G'))
  const fpdus = packArticles(articles, PACKING)
  expect(fpdus.map(({ name, octetSix }) => `${name} ${octetSix}`)).toEqual([
    'DTF 3',
    'DTF 0',
    'DTFDA 0',
    'DTFMA 0',
    'DTFMA 0',
    'DTFMA 0',
    'DTFFA 0',
    'DTF 3',
  ])
  expect(Math.max(...fpdus.map(({ data }) => data.length + 6))).toBe(30)
  const reader = new ArticleReader({ maxArticleBytes: 100 })
  expect(fpdus.flatMap((fpdu) => reader.read(fpdu))).toEqual(articles)
  expect([reader.dataBytes, reader.articles]).toEqual([132n, 8])
})

test('without segmentation a longer article cannot be sent, and an empty one never alone', () => {
  const settings = { ...PACKING, segmentation: false, multiArticle: false }
  expect(() => packArticles([Buffer.alloc(25)], settings)).toThrow(UnsendableValue)
  expect(() => packArticles([Buffer.alloc(0)], settings)).toThrow(UnsendableValue)
  expect(packArticles([Buffer.alloc(3), Buffer.alloc(3)], settings)).toHaveLength(2)
})
