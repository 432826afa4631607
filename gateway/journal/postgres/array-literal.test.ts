import { types } from 'pg'
import { expect, test } from 'vitest'
import { arrayLiteral } from './array-literal.ts'

type TypeId = Parameters<typeof types.getTypeParser>[0]

/** Of text[], which the driver's table of names has not. */
const TEXT_ARRAY = 1009

test('values come out of an array as they went in, whatever characters are in them', () => {
  const values = [
    '',
    'NULL',
    null,
    '{a,b}',
    'a "b" c',
    'a\\b',
    '\\"',
    ' é\u{1f600} ',
    "it's",
    'a\nb',
  ]

  const read = types.getTypeParser(TEXT_ARRAY as TypeId) as (text: string) => unknown

  expect(read(arrayLiteral(values))).toEqual(values)
})

test('numbers go as they are written', () => {
  expect(arrayLiteral([1, -2, 9_007_199_254_740_991, null])).toBe('{1,-2,9007199254740991,NULL}')
})
