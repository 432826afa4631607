import { describe, expect, test } from 'vitest'
import { entryNameFault, extensionOf, nameKey } from './entry-name.ts'

describe('the name of a file in an archive', () => {
  test.each(['F1.xml', './F1.xml', 'lot/F1.xml', './lot/F1.xml', 'a_b-c.1.XML', 'x'.repeat(200)])(
    '%s is accepted',
    (name) => {
      expect(entryNameFault(name, 'file')).toBeUndefined()
    },
  )

  test.each([
    '',
    '/F1.xml',
    '../F1.xml',
    'a/../F1.xml',
    'a/b/F1.xml',
    'a//F1.xml',
    'C:F1.xml',
    'a\\F1.xml',
    'F\u00001.xml',
    'F\n1.xml',
    'F 1.xml',
    'Façade.xml',
    'x'.repeat(201),
  ])('%j is refused as ERR_ARC_003', (name) => {
    expect(entryNameFault(name, 'file')).toMatchObject({ code: 'ERR_ARC_003', rule: 'ARC-NAME' })
  })

  test('a metadata file of macOS is told from a bad name', () => {
    expect(entryNameFault('lot/._F1.xml', 'file')).toMatchObject({ rule: 'ARC-APPLEDOUBLE' })
  })

  test('one folder level passes, two do not, and no folder climbs', () => {
    expect(entryNameFault('Mes factures', 'directory')).toBeUndefined()
    expect(entryNameFault('.', 'directory')).toBeUndefined()
    expect(entryNameFault('a/b', 'directory')).toBeDefined()
    expect(entryNameFault('..', 'directory')).toBeDefined()
  })

  test('upper and lower case, and composed and decomposed letters, are one name', () => {
    expect(nameKey('É.XML')).toBe(nameKey('e\u0301.xml'))
    expect(nameKey('straße')).toBe(nameKey('STRASSE'))
    expect(extensionOf('F1.XML')).toBe('.xml')
    expect(extensionOf('.xml')).toBe('')
  })
})
