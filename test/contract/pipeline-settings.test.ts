import { expect, onTestFinished, test } from 'vitest'
import type { FlowId } from '../../gateway/flow.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice, type SampleInvoice } from '../../processing/formats/ubl/sample.ts'
import { documentIssues } from '../../processing/formats/structure/check-document.ts'
import { Schema } from '../../processing/formats/structure/schema.ts'
import { readCsoReport } from '../../processing/returns/read-cso-report.ts'
import { STATUT_SCHEMA } from '../../processing/returns/statut-schema.ts'
import { archiveFiles } from '../support/archive-files.ts'
import { startClamd } from '../support/clamd-peer/clamd.ts'
import { openPipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const STATUT = new Schema(STATUT_SCHEMA)

/** What operators and partners may set, on real invoices. */

async function place(
  options: Omit<Parameters<typeof openPipelinePlace>[0], 'folder' | 'isPlain'>,
): Promise<PipelinePlace> {
  const opened = await openPipelinePlace({
    folder: await temporaryFolder(),
    isPlain: false,
    ...options,
  })
  onTestFinished(() => opened.close())
  await opened.pipeline.start()
  return opened
}

const invoice = (number: string, changes: Partial<SampleInvoice> = {}): string =>
  makeUblInvoice({
    number,
    issueDate: '2026-11-22',
    supplierSiret: '00000000005719',
    recipientSiret: '00000000005734',
    ...changes,
  })

const pack = (...invoices: readonly string[]): Promise<Buffer> =>
  archiveBytes(invoices.map((content, index) => ({ name: `F${index + 1}.xml`, content })))

/** Name and content of the one report on a flow, as the partner fetches it. */
async function fetchReport(here: PipelinePlace, id: FlowId) {
  const rows = await here.journal.read(
    here.journal.db.selectFrom('return_flows').selectAll().where('flow_id', '=', id),
  )
  expect(rows).toHaveLength(1)
  const content = Buffer.concat(await here.payloads.read(rows[0]!).toArray())
  return { name: rows[0]!.file_name, content }
}

test.each([
  [false, ['IN_INTEGRE', 'IN_REJETE', 'IN_REJETE']],
  [true, ['IN_INTEGRE', 'IN_REJETE', 'IN_INTEGRE']],
])('invoices.uniqueWithinYear %s: the number again, the next year', async (within, states) => {
  const here = await place({ settings: { invoices: { uniqueWithinYear: within } } })
  const found: string[] = []
  for (const issueDate of ['2026-11-22', '2026-12-31', '2027-01-01']) {
    const id = await here.deposit({ content: await pack(invoice('F-1', { issueDate })) })
    found.push((await here.finished(id)).state)
  }
  expect(found).toEqual(states)
})

test('report.packing xml: the report is the document itself', async () => {
  const here = await place({ settings: { report: { packing: 'xml' } } })
  const id = await here.deposit({ content: await pack(invoice('F-1')) })
  const flow = await here.finished(id)
  const { name, content } = await fetchReport(here, id)
  expect(name).toBe(`C${flow.file_name.slice(1).replace('.tar.gz', '.xml')}`)
  expect(content.toString().startsWith('<?xml')).toBe(true)
  expect(readCsoReport(content).status).toBe('90')
})

test('report.mode faithful: one short line an invoice, no state, no remedy', async () => {
  const here = await place({ settings: { report: { mode: 'faithful' } } })
  const content = await pack(invoice('F-1'), invoice('F-2', { fault: 'wrong-total' }))
  const id = await here.deposit({ content })
  await here.finished(id)
  const xml = await here.report(id)
  expect(xml).not.toMatch(/IN_|remede=|Commentaire/)
  expect(readCsoReport((await fetchReport(here, id)).content).errors).toMatchObject([
    {
      part: 2,
      code: 'ERR_FCT_008',
      description: expect.stringContaining(
        'regle=BR-CO-15,BR-CO-13,BR-CO-16;numeroDP=F-2;',
      ) as string,
    },
  ])
})

test('report.language en: the texts of a full report are English', async () => {
  const here = await place({ settings: { report: { language: 'en' } } })
  const id = await here.deposit({ content: await pack(invoice('F-1', { fault: 'no-date' })) })
  await here.finished(id)
  const [error] = readCsoReport((await fetchReport(here, id)).content).errors
  expect(error!.label).toMatch(
    /^The file does not follow the syntax of its format\. cbc:IssueDate is missing/,
  )
})

test('a connection’s own settings come before the gateway’s', async () => {
  const here = await place({
    settings: { limits: { maxInvoicesPerFlow: 1 }, report: { mode: 'full', packing: 'tar.gz' } },
    overrides: { maxInvoicesPerFlow: 2, reportMode: 'faithful', reportPacking: 'xml' },
  })
  const two = await here.deposit({ content: await pack(invoice('F-1'), invoice('F-2')) })
  expect(await here.finished(two)).toMatchObject({ state: 'IN_INTEGRE', integrated: 2 })
  const three = await here.deposit({
    content: await pack(invoice('F-3'), invoice('F-4'), invoice('F-5')),
  })
  expect((await here.finished(three)).state).toBe('IN_REJETE')
  const { name, content } = await fetchReport(here, three)
  expect(name).toMatch(/\.xml$/)
  expect(content.toString()).not.toContain('IN_REJETE')
  expect(readCsoReport(content).errors.map(({ code }) => code)).toEqual(['ERR_VOL_003'])
})

test.each([
  ['the gateway’s', { settings: { report: { includeInvoiceStatuses: true } } }],
  ['its own', { overrides: { reportInvoiceStatuses: true } }],
])(
  'report.includeInvoiceStatuses, %s setting: the report has a second file with the first status of each invoice',
  async (_, options) => {
    const here = await place(options)
    const invoices = [invoice('F-1'), invoice('F-2', { fault: 'wrong-total' }), invoice('F-3')]
    for (const [mode, good] of [
      ['COMPLETE', '22'],
      ['PARTIAL', '01'],
    ] as const) {
      const id = await here.deposit({ content: await pack(...invoices), mode })
      await here.finished(id)
      const { name, content } = await fetchReport(here, id)
      const base = name.replace('.tar.gz', '')
      const files = archiveFiles(content)
      expect([...files.keys()]).toEqual([`${base}.xml`, `${base}_FACTURES.xml`])
      for (const file of files.values()) expect(documentIssues(file, STATUT)).toEqual([])
      const xml = files.get(`${base}_FACTURES.xml`)!.toString()
      const told = xml.matchAll(/<IdStatut>(\d\d)<.*?<IdFacture>([^<]*)</gs)
      expect([...told].map(([, status, number]) => [number, status])).toEqual([
        ['F-1', good],
        ['F-2', '37'],
        ['F-3', good],
      ])
      // Whoever reads the report finds it first.
      expect(readCsoReport(content).status).toBe(mode === 'COMPLETE' ? '93' : '96')
    }
    const empty = await here.deposit({ content: Buffer.from('no archive') })
    await here.finished(empty)
    expect(archiveFiles((await fetchReport(here, empty)).content).size).toBe(1)
  },
)

test('a structured flow of one stylesheet and no invoice is refused, with its report', async () => {
  const here = await place({})
  const content = await archiveBytes([{ name: 'FSO1100A.xsl', content: '<x/>' }])
  const id = await here.deposit({ content, interfaceCode: 'FSO1100A' })
  expect((await here.finished(id)).state).toBe('IN_REJETE')
  const report = readCsoReport((await fetchReport(here, id)).content)
  expect(report.errors.map(({ part, code }) => [part, code])).toEqual([[0, 'ERR_VOL_001']])
})

test('antivirus.clamd: what it finds refuses the flow, and while it is away flows wait', async () => {
  const judge = (content: Buffer): string =>
    content.includes('VIRUS') ? 'stream: Test.Virus FOUND\0' : 'stream: OK\0'
  const clamd = await startClamd(judge)
  const here = await place({ settings: { antivirus: { clamd: clamd.address } } })
  const bad = await here.deposit({ content: Buffer.from(invoice('VIRUS-1')), extension: 'xml' })
  const refused = await here.finished(bad)
  expect(refused.state).toBe('IN_REJETE')
  expect(JSON.parse(refused.findings_json)).toMatchObject([{ code: 'ERR_AV_001' }])

  await clamd.stop()
  const good = await here.deposit({ content: await pack(invoice('GOOD-1')) })
  const again = await startClamd(judge, Number(clamd.address.split(':')[1]))
  onTestFinished(() => again.stop())
  expect((await here.finished(good)).state).toBe('IN_INTEGRE')
})
