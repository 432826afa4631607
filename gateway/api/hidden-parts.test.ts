import { expect, test } from 'vitest'
import { HiddenParts } from './hidden-parts.ts'

const TERMS = ['ACM', 'ACME & Fils', 'F-1', 'F-10', '123456789', 'no', 'a.c*']

test.each([
  [
    'the longest term at a place',
    'ACME & Fils, ACM, F-10, F-1.',
    '<ACME & Fils>, <ACM>, <F-10>, <F-1>.',
  ],
  ['a term as it is written, not as a pattern', 'a.c* and abcc', '<a.c*> and abcc'],
  ['nothing as short as a part of any word', 'no', 'no'],
  [
    'the whole number that begins with one that is known',
    'of 12345678901234.',
    'of <12345678901234>.',
  ],
  [
    'the whole quotation that begins with a term',
    'is “ACM Dupont SARL”.',
    'is “<ACM Dupont SARL>”.',
  ],
  ['two quotations, in French too', '"one" « deux »', '"<one>" «<  deux>»'],
  [
    'an address and a VAT number',
    'at jean@acme.example, FR12123456789',
    'at <jean@acme.example>, <FR12123456789>',
  ],
  ['nothing else', 'Line 12 of BT-27 is 1234.', 'Line 12 of BT-27 is 1234.'],
])('it hides %s', (_what, text, wanted) => {
  const hidden = new HiddenParts(TERMS).replace(text, (part) => `<${part}>`)
  // A space beside a quotation mark may be part of the quotation or not.
  const plain = (of: string): string => of.replaceAll(/\s+/g, '')
  expect(plain(hidden)).toBe(plain(wanted))
})

test('what stands in the place of a part is not hidden again', () => {
  const hidden = new HiddenParts(['one', 'two']).replace('one two', (part) =>
    part === 'one' ? 'two' : 'one',
  )
  expect(hidden).toBe('two one')
})
