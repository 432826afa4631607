import { describe, expect, test } from 'vitest'
import {
  absolute,
  add,
  compare,
  decimalOfDouble,
  doubleOf,
  equals,
  formatDecimal,
  parseDecimal,
  percentOf,
  roundToCents,
  roundToWhole,
  subtract,
  sum,
} from './decimal.ts'

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

  test.each([
    ['0.5', '1.00'],
    ['-0.5', '0.00'],
    ['-0.51', '-1.00'],
    ['19.6', '20.00'],
  ])('%s is %s as a whole number', (number, rounded) => {
    expect(formatDecimal(roundToWhole(of(number)))).toBe(rounded)
  })

  test('numbers of any length stay exact, short ones beside long ones', () => {
    const long = of('12345678901234567890.123456789')
    expect(formatDecimal(add(long, of('0.000000001')))).toBe('12345678901234567890.12345679')
    expect(formatDecimal(subtract(long, long))).toBe('0.00')
    expect(equals(subtract(add(long, of('1')), long), of('1'))).toBe(true)
    expect(formatDecimal(roundToCents(of('99999999999999.994999')))).toBe('99999999999999.99')
    expect(formatDecimal(sum([of('9007199254.740991'), of('0.000001')]))).toBe('9007199254.740992')
    expect(compare(of('-0.0000001'), of('0'))).toBeLessThan(0)
    expect(equals(absolute(of('-3')), of('3'))).toBe(true)
  })

  test('a percentage of an amount is exact', () => {
    expect(formatDecimal(percentOf(of('1234.56'), of('5.5')))).toBe('67.9008')
    expect(formatDecimal(percentOf(of('0.001'), of('33.333')))).toBe('0.00033333')
    expect(formatDecimal(percentOf(of('-99999999999.99'), of('20')))).toBe('-19999999999.998')
  })

  test('a double is worth what it holds, not what was written', () => {
    expect(compare(decimalOfDouble(1.005), of('1.005'))).toBeLessThan(0)
    expect(equals(decimalOfDouble(0.5), of('0.5'))).toBe(true)
    expect(doubleOf(of('1234567.89'))).toBe(1234567.89)
    expect(doubleOf(of('12345678901234567.89'))).toBe(Number('12345678901234567.89'))
  })
})
