import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { motiveFinding } from '../motives.ts'
import { writeReportPdf, type PdfReport } from './report-pdf.ts'
import type { ReportEntry } from './report-lines.ts'

const REPORT: PdfReport = {
  flowIdentifier: 'SIM1231110000000000000042',
  receiver: 'SIM123',
  state: 'IN_INTEGRE_PARTIEL',
  integrated: 99,
  refused: 1,
  total: 100,
  decidedAt: Date.parse('2026-11-22T08:15:04Z'),
  producedAt: Date.parse('2026-11-22T08:15:04Z'),
  mode: 'full',
  language: 'fr',
  reportName: 'CSO1110A_SIM123_SIM1231110000000000000042',
  fileName: 'FSO1110A_SIM123_SIM1231110000000000000042.tar.gz',
  interfaceCode: 'FSO1110A',
  flowMode: 'PARTIAL',
  receivedAt: Date.parse('2026-11-22T08:15:00Z'),
}

async function write(report: PdfReport, entries: readonly ReportEntry[]): Promise<Buffer> {
  return Buffer.concat(await Readable.from(writeReportPdf(report, () => entries)).toArray())
}

/** Every text of the pages, in order. */
function textOf(pdf: Buffer): string {
  return [...pdf.toString('latin1').matchAll(/\(((?:[^()\\]|\\\d{3})*)\) Tj/g)]
    .map(([, text = '']) =>
      text.replace(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    )
    .join('\n')
}

test('the report for people names the invoice, the rule, the place and what to do', async () => {
  const finding = {
    ...motiveFinding('ERR_FCT_004'),
    rule: 'BR-FR-CPRO-03',
    path: '/ubl:Invoice[1]/cbc:ID[1]',
    line: 12,
  }
  const text = textOf(await write(REPORT, [{ part: 57, invoice: 'F1110_57', findings: [finding] }]))
  for (const said of ['F1110_57', 'BR-FR-CPRO-03', '/ubl:Invoice[1]/cbc:ID[1]', 'ligne 12']) {
    expect(text).toContain(said)
  }
  expect(text).toContain('Intégré partiellement')
  expect(textOf(await write({ ...REPORT, language: 'en' }, []))).toContain('Nothing to report.')
})

test('every object of the file is where its table says, on as many pages as it takes', async () => {
  const hostile = `(\\) ${'x'.repeat(500)} \u0000 𝄞 é`
  const entries = Array.from({ length: 2_100 }, (_, part) => ({
    part,
    invoice: hostile,
    findings: [{ ...motiveFinding('ERR_FCT_004'), rule: hostile }],
  }))
  const pdf = await write(REPORT, entries)
  const text = pdf.toString('latin1')
  const start = Number(/startxref\n(\d+)/.exec(text)?.[1])
  expect(text.slice(start, start + 4)).toBe('xref')
  const offsets = [...text.slice(start).matchAll(/(\d{10}) 00000 n/g)].map(([, at]) => Number(at))
  for (const [index, offset] of offsets.entries()) {
    expect(text.slice(offset, offset + 12)).toContain(`${index + 1} 0 obj`)
  }
  const pages = text.match(/\/Type \/Page /g) ?? []
  expect(Number(/\/Count (\d+)/.exec(text)?.[1])).toBe(pages.length)
  expect(pages.length).toBeGreaterThan(50)
  expect(textOf(pdf)).toContain('Et 100 de plus')
})
