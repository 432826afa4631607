import { expect, test } from 'vitest'
import { DEFAULT_SFTP_SETTINGS } from '../../test/support/memory-channel.ts'
import { temporaryNameTest } from './temporary-names.ts'

const isTemporary = temporaryNameTest(DEFAULT_SFTP_SETTINGS.temporaryNames)

test.each([
  'FSO1110A_SIM123_SIM1231110000000000000042.tar.gz.filepart',
  'x.part',
  'x.PART',
  'x.4f2a.partial',
  'x.tmp',
  '.x.tar.gz',
  '.in.x.tar.gz',
  'x.tar.gz~',
])('%s is temporary', (name) => {
  expect(isTemporary(name)).toBe(true)
})

test.each(['FSO1110A_SIM123_SIM1231110000000000000042.tar.gz', 'x.parts', 'tmp', 'x.tmp.xml'])(
  '%s is not',
  (name) => {
    expect(isTemporary(name)).toBe(false)
  },
)

test('characters of patterns other than * stand for themselves', () => {
  const matches = temporaryNameTest(['a.b-(c)[d]*'])
  expect([matches('a.b-(c)[d]e'), matches('axb-(c)[d]e')]).toEqual([true, false])
})

test('without patterns no name is temporary', () => {
  expect(temporaryNameTest([])('')).toBe(false)
})
