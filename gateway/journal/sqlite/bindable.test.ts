import { expect, test } from 'vitest'
import { bindable } from './bindable.ts'

test('booleans are stored as 0 and 1, the rest as it is', () => {
  expect(bindable([true, false, 'a', 1.5, 2n, null])).toEqual([1, 0, 'a', 1.5, 2n, null])
})

test.each([[undefined], [Number.NaN], [{}], [new Date(0)], [Symbol('s')]])(
  'what has no column type is refused: %o',
  (value) => {
    expect(() => bindable(['a', value])).toThrow(/value 2/)
  },
)
