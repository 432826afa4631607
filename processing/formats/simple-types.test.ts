import { describe, expect, test } from 'vitest'
import { isBoolean, isDate, trimXml } from './simple-types.ts'

describe('the simple types of XML Schema', () => {
  test('white space is that of XML only, and long runs of it cost nothing', () => {
    expect(trimXml(' \t\r\nA B\n')).toBe('A B')
    expect(trimXml('\u00a0A')).toBe('\u00a0A')
    expect(trimXml(`a${' '.repeat(1_000_000)}b`)).toHaveLength(1_000_002)
  })

  test.each(['2026-11-22', ' 2024-02-29 ', '2000-02-29', '2026-11-22Z', '2026-11-22+01:00'])(
    '%j is a date',
    (text) => {
      expect(isDate(text)).toBe(true)
    },
  )

  test.each([
    '',
    '2026-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-11-31',
    '20261122',
    '22/11/2026',
    '2026-11-22T00:00:00',
  ])('%j is none', (text) => {
    expect(isDate(text)).toBe(false)
  })

  test('a boolean is true, false, 1 or 0', () => {
    expect(['true', 'false', '1', ' 0 '].every(isBoolean)).toBe(true)
    expect(['', 'TRUE', 'yes', '2'].some(isBoolean)).toBe(false)
  })
})
