import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeWithShared, shared } from '../../../test/support/shared.ts'
import { readFacturX } from './facturx.ts'

interface Case {
  readonly file: string
  readonly variant: string
  readonly extract: string
  readonly name: string | null
  readonly xml: string | null
  readonly xmp: { readonly level: string; readonly file: string } | null
  readonly others?: readonly string[]
  readonly warning?: string
}

const FAULTS: Readonly<Record<string, string>> = {
  ambiguous: 'PDF-AMBIGUOUS',
  'no-invoice-xml': 'PDF-NO-INVOICE',
  'too-large': 'PDF-TOO-LARGE',
  'pdf-damaged': 'PDF-DAMAGED',
}
const WARNINGS: Readonly<Record<string, string>> = {
  noAF: 'PDF-AF',
  noNames: 'PDF-NAMES',
  xmpFileMismatch: 'PDF-XMP-FILE',
  noXmp: 'PDF-XMP',
}

describeWithShared('the Factur-X cases', () => {
  const cases = (): readonly Case[] =>
    JSON.parse(
      readFileSync(shared('data/invoices/facturx/expectations.json'), 'utf8'),
    ) as readonly Case[]

  test('every variant gives the invoice that was embedded, or is refused for what it is', () => {
    for (const one of cases()) {
      const result = readFacturX(readFileSync(shared(`data/invoices/facturx/${one.file}`)))
      const seen =
        result.outcome === 'refused'
          ? { fault: result.fault }
          : {
              name: result.name,
              isCii: result.xml.includes('CrossIndustryInvoice'),
              others: result.others.map(({ name }) => name),
              level: result.metadata?.level,
              fileName: result.metadata?.fileName,
              warnings: result.warnings,
            }
      const fault = FAULTS[one.extract]
      const warning = WARNINGS[one.warning ?? '']
      const expected =
        fault === undefined
          ? {
              name: one.name,
              isCii: one.variant !== 'notXml',
              others: one.others ?? [],
              level: one.xmp?.level,
              fileName: one.xmp?.file,
              warnings: warning === undefined ? [] : [warning],
            }
          : { fault }
      expect({ file: one.file, ...seen }).toEqual({ file: one.file, ...expected })
    }
  })

  test('cut anywhere or with any byte changed, a file is read or refused, and nothing is thrown', () => {
    const bytes = readFileSync(shared('data/invoices/facturx/fx-09-objStreams.pdf'))
    const outcomes = new Set<string>()
    for (let length = 0; length < bytes.length; length += 7) {
      outcomes.add(readFacturX(bytes.subarray(0, length)).outcome)
    }
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = Buffer.from(bytes)
      changed[at] = changed[at]! ^ 0x15
      outcomes.add(readFacturX(changed).outcome)
    }
    expect([...outcomes].toSorted()).toEqual(['read', 'refused'])
  })
})

/** A PDF with these objects behind each other, numbered from 1, and object 1 as its catalog. */
function pdfOf(...objects: readonly string[]): Buffer {
  let body = '%PDF-1.7\n'
  const offsets = objects.map((object, index) => {
    const offset = body.length
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`
  return Buffer.from(
    `${body}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}${trailer}`,
    'latin1',
  )
}

describe('a hostile PDF', () => {
  const refusal = (bytes: Buffer) => {
    const result = readFacturX(bytes)
    return result.outcome === 'refused' ? result.fault : 'read'
  }

  test.each([
    ['no PDF', Buffer.from('hello')],
    ['a catalog that is its own reference', pdfOf('1 0 R')],
    ['references in a circle', pdfOf('2 0 R', '3 0 R', '2 0 R')],
    [
      'a tree of names in a circle',
      pdfOf(
        '<< /Type /Catalog /Names << /EmbeddedFiles 2 0 R >> >>',
        '<< /Kids [ 3 0 R ] >>',
        '<< /Kids [ 2 0 R ] >>',
      ),
    ],
    ['arrays nested a thousand deep', pdfOf(`<< /A ${'['.repeat(1_000)}${']'.repeat(1_000)} >>`)],
    [
      'a section that follows itself',
      Buffer.from('%PDF-1.7\nxref\n0 0\ntrailer\n<< /Prev 9 >>\nstartxref\n9\n%%EOF'),
    ],
  ])('with %s is damaged', (_what, bytes) => {
    expect(refusal(bytes)).toBe('PDF-DAMAGED')
  })

  test('that runs JavaScript or a program is refused for it', () => {
    const script = '<< /Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert) >> >>'
    expect(refusal(pdfOf(script))).toBe('PDF-ACTION')
    const launch = '<< /Type /Catalog /AA << /WC << /S /Launch /F (cmd.exe) >> >> >>'
    expect(refusal(pdfOf(launch))).toBe('PDF-ACTION')
  })

  test('without an embedded file holds no invoice', () => {
    expect(refusal(pdfOf('<< /Type /Catalog >>'))).toBe('PDF-NO-INVOICE')
  })
})
