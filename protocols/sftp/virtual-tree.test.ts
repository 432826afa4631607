import { expect, test } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { canonicalPath, locate } from './virtual-tree.ts'

const boxes = { inbound: 'depot', outbound: 'retrait' }
const at = (path: string | Uint8Array) => locate(Buffer.from(path as string), boxes)

test.each([
  ['', { kind: 'root', path: '/' }],
  ['.', { kind: 'root', path: '/' }],
  ['/', { kind: 'root', path: '/' }],
  ['../../..', { kind: 'root', path: '/' }],
  ['depot', { kind: 'inbound', path: '/depot' }],
  ['/depot/', { kind: 'inbound', path: '/depot' }],
  ['//depot//.//', { kind: 'inbound', path: '/depot' }],
  ['/retrait/../depot', { kind: 'inbound', path: '/depot' }],
  ['retrait', { kind: 'outbound', path: '/retrait' }],
  ['/depot/a b.xml', { kind: 'in-inbound', path: '/depot/a b.xml', name: 'a b.xml' }],
  ['depot/x/../y', { kind: 'in-inbound', path: '/depot/y', name: 'y' }],
  ['/../depot/../../depot/y', { kind: 'in-inbound', path: '/depot/y', name: 'y' }],
  ['/retrait/r', { kind: 'in-outbound', path: '/retrait/r', name: 'r' }],
  ['/depot/x/y', { kind: 'nowhere', path: '/depot/x/y' }],
  ['/etc/passwd', { kind: 'nowhere', path: '/etc/passwd' }],
  ['/DEPOT', { kind: 'nowhere', path: '/DEPOT' }],
  ['~', { kind: 'nowhere', path: '/~' }],
])('%j leads to %j', (path, place) => {
  expect(at(path)).toEqual(place)
})

test('names are NFC, however a client composes them', () => {
  expect(at('/depot/e\u0301')).toMatchObject({ name: '\u00e9' })
})

test.each([
  ['NUL', '/depot/a\u0000b'],
  ['a line feed', '/depot/a\nb'],
  ['an escape sequence', '/depot/\u001b[2J'],
  ['DEL', '/depot/\u007f'],
  ['C1 controls', '/depot/\u009b'],
  ['a backslash', String.raw`\..\depot`],
  ['a change of text direction', '/depot/\u202egnp.exe'],
  ['a blank in front', '/depot/ a'],
  ['a blank behind', '/depot/a '],
  ['a name of 256 bytes', `/depot/${'x'.repeat(256)}`],
  ['bytes that are not UTF-8', Buffer.from([0x2f, 0xc0, 0xaf])],
  ['a surrogate in UTF-8', Buffer.from([0x2f, 0xed, 0xa0, 0x80])],
])('a path with %s leads nowhere', (_name, path) => {
  expect(at(path)).toMatchObject({ refused: { type: 'STATUS', status: 'NO_SUCH_FILE' } })
})

test('the canonical path of a canonical path is itself', () => {
  const random = seededRandom(3)
  const parts = ['..', '.', '', 'a', 'é', 'depot', '...', 'b.xml']
  for (let round = 0; round < 1_000; round += 1) {
    const path = Array.from({ length: 6 }, () => parts[Math.floor(random() * parts.length)]).join(
      '/',
    )
    const canonical = canonicalPath(Buffer.from(path))
    if ('fault' in canonical) throw new Error(canonical.fault)
    expect(canonical.names).not.toContain('..')
    const again = canonicalPath(Buffer.from(`/${canonical.names.join('/')}`))
    expect(again).toEqual(canonical)
  }
})
