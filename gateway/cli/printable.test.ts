import { expect, test } from 'vitest'
import { printable } from './printable.ts'

test('a name from elsewhere moves no cursor, changes no colour and turns no line round', () => {
  expect(printable('a\u001B[31mb\u009B2Jc\rd\u202Ee\u0007')).toBe('a�[31mb�2Jc�d�e�')
})

test('lines, tabs and letters of any kind stay as they are', () => {
  const text = 'é ’ ✓ 日本\tone\r\ntwo\n'
  expect(printable(text)).toBe(text)
})
