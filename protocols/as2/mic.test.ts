import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseAs2Name, writeAs2Name } from './as2-name.ts'
import { diagnoseMic, type MicVariant } from './mic-diagnosis.ts'
import { isSameMic, micBasis, parseMic, writeMic } from './mic.ts'
import { octetsOf } from './octets.ts'

test.each([
  [[], 'content'],
  [['compressed'], 'entity'],
  [['encrypted'], 'entity'],
  [['encrypted', 'compressed'], 'entity'],
  [['signed'], 'signed-entity'],
  [['encrypted', 'signed', 'compressed'], 'signed-entity'],
  [['compressed', 'signed'], 'signed-entity'],
] as const)('the MIC of %j is over the %s', (layers, basis) => {
  expect(micBasis(layers)).toBe(basis)
})

describe('a MIC', () => {
  const digest = createHash('sha256').update('x').digest()
  const text = digest.toString('base64')
  test.each(['sha-256', 'sha256', 'SHA256', ' SHA-256 ', 'rsa-sha256', '"sha256"'])(
    'named %s',
    (name) => {
      expect(parseMic(`${text},${name}`)).toEqual({ hash: 'sha256', digest })
    },
  )
  test('is written as the partner wants it', () => {
    expect(writeMic({ hash: 'sha256', digest })).toBe(`${text}, sha-256`)
    expect(writeMic({ hash: 'sha256', digest }, 'old')).toBe(`${text}, sha256`)
    expect(isSameMic({ hash: 'sha256', digest }, parseMic(`${text}, sha256`)!)).toBe(true)
  })
  test.each(['', 'x', `${text}, tiger`, 'AAAA, sha256'])('%j is none', (wrong) => {
    expect(parseMic(wrong)).toBeUndefined()
  })
})

describe('the diagnosis', () => {
  const headerBytes = Buffer.from('Content-Type: text/plain\r\n\r\n')
  const cases: readonly (readonly [MicVariant, string, string])[] = [
    ['as-received', 'a\r\nb\n', 'a\r\nb\n'],
    ['lf-to-crlf', 'a\nb\r\n', 'a\r\nb\r\n'],
    ['crlf-to-lf', 'a\r\nb\r', 'a\nb\r'],
    ['line-end-added', 'a', 'a\r\n'],
    ['line-end-removed', 'a\r\n', 'a'],
  ]
  test.each(cases)('finds %s', async (variant, sent, hashed) => {
    const pieces = Array.from(sent, (character) => Buffer.from(character))
    const body = () => octetsOf(...pieces)
    const expected = createHash('sha1').update(hashed).digest()
    const found = await diagnoseMic(expected, { headerBytes, body })
    expect(found).toMatchObject({ variant, hasHeaders: false, hash: 'sha1' })
  })
  test('says nothing of other octets', async () => {
    const body = () => octetsOf(Buffer.from('b'))
    expect(await diagnoseMic(Buffer.alloc(32), { headerBytes, body })).toBeUndefined()
  })
})

test.each([
  ['RACCORD', ['RACCORD']],
  ['"a b c !"', ['a b c !']],
  [String.raw`"a\"b\\c"`, [String.raw`a"b\c`]],
  ['company [ test ]', ['company [ test ]', 'company']],
  ['<x>', ['<x>']],
  ['a,b;', ['a,b;']],
  ['', []],
  ['é', []],
  ['x'.repeat(129), []],
])('the AS2 name %s', (header, names) => {
  expect(parseAs2Name(header)).toEqual(names)
  for (const name of names.slice(0, 1)) expect(parseAs2Name(writeAs2Name(name))[0]).toBe(name)
})
