import { expect, test } from 'vitest'
import { pesitManner } from './pesit-options.ts'

test('what a tester wants of PeSIT is said by name and value', () => {
  const said = ['preset=cft', 'window=4', 'syncIntervalKib=1024', 'compression=both', 'crc']
  expect(pesitManner(said)).toEqual({
    product: 'cft',
    syncWindow: 4,
    syncIntervalKib: 1_024,
    compression: 3,
    hasChecksum: true,
  })
  expect(pesitManner()).toEqual({})
})

test.each(['windo=4', 'window=256', 'preset=other', 'articleBytes=x'])(
  '%s is told to be wrong, and the names are told',
  (value) => {
    expect(() => pesitManner([value])).toThrow(/^--pesit /)
  },
)
