import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readFacturX } from './facturx.ts'

const HEADER = '%PDF-1.7\n'

/** A PDF of these objects, numbered from 1, the first one being the catalog. */
function pdfOf(objects: readonly string[]): Buffer {
  let body = HEADER
  let table = `xref\n1 ${objects.length}\n`
  for (const [index, object] of objects.entries()) {
    table += `${String(body.length).padStart(10, '0')} 00000 n \n`
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
  }
  const end = `${table}trailer\n<</Root 1 0 R>>\nstartxref\n${body.length}\n%%EOF\n`
  return Buffer.from(body + end, 'latin1')
}

/** A PDF whose cross-reference stream has these rows, by object: kind, place, index. */
function streamedPdf(body: string, rows: ReadonlyMap<number, readonly [number, number, number]>) {
  const size = Math.max(...rows.keys()) + 1
  const table = Buffer.alloc(size * 8)
  for (const [number, [kind, place, index]] of rows) {
    table.writeUInt8(kind, number * 8)
    table.writeUInt32BE(place, number * 8 + 1)
    table.writeUIntBE(index, number * 8 + 5, 3)
  }
  const packed = deflateSync(table)
  const dictionary = `/Type/XRef/W[1 4 3]/Size ${size}/Root 1 0 R/Filter/FlateDecode`
  return Buffer.concat([
    Buffer.from(`${body}9 0 obj\n<<${dictionary}/Length ${packed.length}>>stream\n`, 'latin1'),
    packed,
    Buffer.from(`\nendstream\nendobj\nstartxref\n${body.length}\n%%EOF`),
  ])
}

const faultOf = (pdf: Buffer): string => {
  const result = readFacturX(pdf)
  return result.outcome === 'refused' ? result.fault : result.outcome
}

test('a tree of names that has one very long list is refused', () => {
  const names = ['<</Kids 3 0 R>>', `[${'4 0 R '.repeat(150_000)}]`, '<</Kids 3 0 R>>']
  const catalog = '<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>'
  expect(faultOf(pdfOf([catalog, ...names]))).toBe('PDF-DAMAGED')
})

test('object streams that need one another without end are refused', () => {
  let body = `${HEADER}1 0 obj\n<</Type/Catalog>>\nendobj\n`
  const rows = new Map<number, readonly [number, number, number]>([[1, [1, HEADER.length, 0]]])
  for (let number = 10; number < 20_000; number += 2) {
    rows.set(number, [2, number + 1, 0])
    rows.set(number + 1, [1, body.length, 0])
    const length = `${number + 2} 0 R`
    body += `${number + 1} 0 obj\n<</N 1/First 4/Length ${length}>>stream\n9 0 1\nendstream\nendobj\n`
  }
  expect(faultOf(streamedPdf(body, rows))).toBe('PDF-TOO-LARGE')
})

test('objects that lie over one another are read no more than a few times the file', () => {
  let body = `${HEADER}1 0 obj\n<</Type/Catalog>>\nendobj\n`
  const rows = new Map<number, readonly [number, number, number]>([[1, [1, HEADER.length, 0]]])
  for (let number = 10; number < 2_000; number += 1) {
    rows.set(number, [1, body.length, 0])
    body += `${number} 0 obj %`
  }
  body += `${'a'.repeat(4 * 1024 * 1024)}\n`
  expect(faultOf(streamedPdf(body, rows))).toBe('PDF-TOO-LARGE')
})
