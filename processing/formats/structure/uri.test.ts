import { expect, test } from 'vitest'
import { isUri } from './uri.ts'

test.each([
  '',
  '#a',
  '?a?b',
  'a b',
  'é',
  'http://a.b/c?d#e',
  'urn:x:y',
  'mailto:a@b',
  '//a/b',
  './a:b',
  'http://u:p@h:1/p',
  'http://[::1]/',
  '%41',
  'a/b:c',
  '#[a]',
  'http:',
])('%j is a URI', (value) => {
  expect(isUri(value)).toBe(true)
})

test.each([
  '%',
  '%zz',
  '1a:b',
  ':a',
  '#a#b',
  '[a]',
  '?[a]',
  'http://[x',
  'http://a:x',
  'http://a:',
  'http://h:2147483648',
  'a_b:c',
])('%j is none', (value) => {
  expect(isUri(value)).toBe(false)
})
