import { expect, test } from 'vitest'
import { NONE } from './xml-document.ts'
import { nameId } from './xml-names.ts'
import { XmlReader } from './xml-reader.ts'

const CURRENCY = nameId('cbc:DocumentCurrencyCode')
const ID = nameId('cbc:ID')
const NOTE = nameId('cbc:Note')

function readOf(...notes: readonly number[]): XmlReader {
  const reader = new XmlReader()
  const lists = notes.map((count) => `${'<cbc:Note/>'.repeat(count)}<cbc:ID/>`).join('')
  const uri = 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'
  expect(reader.read(Buffer.from(`<a xmlns:cbc="${uri}">${lists}</a>`)).fault).toBeUndefined()
  return reader
}

test('what stands far behind other elements is found, however often it is asked for', () => {
  const { document } = readOf(100, 50)
  for (let time = 0; time < 3; time += 1) {
    expect(document.child(0, NOTE)).toBe(1)
    expect(document.child(0, ID)).toBe(101)
    expect(document.next(101)).toBe(152)
    expect(document.next(152)).toBe(NONE)
    expect(document.next(100)).toBe(102)
    expect(document.child(0, CURRENCY)).toBe(NONE)
  }
})

test('positions are counted among siblings of the same name, in whatever order they are asked', () => {
  const { document } = readOf(100, 50)
  expect([90, 100, 102, 5, 151].map((node) => document.path(node))).toEqual(
    [90, 100, 101, 5, 150].map((position) => `/a[1]/cbc:Note[${position}]`),
  )
  expect(document.path(152)).toBe('/a[1]/cbc:ID[2]')
})

test('another document has its own answers', () => {
  const reader = readOf(100, 50)
  const { document } = reader
  expect([document.child(0, ID), document.path(152)]).toEqual([101, '/a[1]/cbc:ID[2]'])
  const uri = 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'
  const other = `<a xmlns:cbc="${uri}">${'<cbc:Note/>'.repeat(150)}<cbc:ID/><cbc:ID/></a>`
  reader.read(Buffer.from(other))
  expect([document.child(0, ID), document.path(151)]).toEqual([151, '/a[1]/cbc:ID[1]'])
})
