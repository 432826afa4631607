import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { openAs2Connections } from './openas2-connections.ts'
import { readOpenAs2 } from './read-openas2.ts'

const FILE = readFileSync(
  resolve(import.meta.dirname, '../../test/samples/openas2/partnerships.xml'),
)

test('partners of the gateway become connections, those of others do not', () => {
  const found = openAs2Connections(readOpenAs2(FILE), 'CPP001') ?? []
  expect(found.map(({ name, as2Id, url, alias }) => [name, as2Id, url, alias])).toEqual([
    ['Paris', 'ACME PARIS', 'https://as2.paris.example:8443/in?site=1&kind=cpp', 'acme-paris'],
    ['Lyon', 'ACME-LYON', 'http://lyon.example:10080', 'acme-lyon'],
    ['Brest & Co', '<brest>', undefined, 'acme-brest'],
  ])
  expect(openAs2Connections(readOpenAs2(FILE), 'ChorusPro')).toEqual(found)
})

test('what differs from the gateway’s own demands is a setting, and weak algorithms are said', () => {
  const [paris, lyon, brest] = openAs2Connections(readOpenAs2(FILE), 'CPP001') ?? []
  expect(paris).toMatchObject({ settings: {}, notes: [] })
  expect(lyon?.settings).toEqual({
    encrypt: 'aes128-cbc',
    sign: 'sha512',
    compress: 'after-signature',
    micalgSpelling: 'old',
    legacy: ['3des', 'sha1'],
    asyncMdn: 'honour',
    receiptUrls: ['http://lyon.example:10081/mdn'],
  })
  expect(lyon?.notes).toHaveLength(2)
  expect(brest?.settings).toEqual({ encryption: 'optional' })
})

test('a file that does not know the gateway has no connections of it', () => {
  expect(openAs2Connections(readOpenAs2(FILE), 'ELSE')).toBeUndefined()
})

test.each([
  ['<partnerships><partner name="a"/></partnerships>', /lacks name or as2_id/],
  ['<partnerships><partnership name="x"/></partnerships>', /x lacks sender or receiver/],
  ['<other/>', /root is not <partnerships>/],
  ['<partnerships>', /./],
  ['<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><partnerships>&e;</partnerships>', /./],
])('%s is told as no such file', (text, words) => {
  expect(() => readOpenAs2(Buffer.from(text))).toThrow(words)
})
