import { describe, expect, test } from 'vitest'
import { add, equals, formatDecimal, parseDecimal, roundToCents, subtract, sum } from './decimal.ts'

const of = (text: string) => parseDecimal(text)!

describe('exact decimals', () => {
  test.each(['0', '-0.5', '+1.', '.5', ' 12.30 ', '00012', `${'9'.repeat(400)}.1`])(
    '%j is a number',
    (text) => {
      expect(parseDecimal(text)).toBeDefined()
    },
  )

  test.each([
    '',
    ' ',
    '.',
    '-',
    '1,5',
    '1e3',
    'INF',
    'NaN',
    '1 000',
    '0x10',
    '--1',
    '9'.repeat(1_001),
  ])('%j is none', (text) => {
    expect(parseDecimal(text)).toBeUndefined()
  })

  test('0.1 + 0.2 is 0.3, and 20 is 20.00', () => {
    expect(equals(add(of('0.1'), of('0.2')), of('0.3'))).toBe(true)
    expect(equals(of('20'), of('20.00'))).toBe(true)
    expect(equals(subtract(of('-0.10'), of('-0.1')), of('0'))).toBe(true)
    expect(formatDecimal(sum(['1.005', '-2', '.1'].map(of)))).toBe('-0.895')
  })

  test.each([
    ['0.005', '0.01'],
    ['-0.005', '0.00'],
    ['-0.0051', '-0.01'],
    ['2.345', '2.35'],
    ['-2.345', '-2.34'],
    ['-2.3451', '-2.35'],
    ['1.004999', '1.00'],
    ['7', '7.00'],
    ['-7.1', '-7.10'],
  ])('%s rounds to %s: halves go up', (number, rounded) => {
    expect(formatDecimal(roundToCents(of(number)))).toBe(rounded)
  })
})
