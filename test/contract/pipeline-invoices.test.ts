import { expect, onTestFinished, test } from 'vitest'
import type { Finding } from '../../gateway/flow.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice, type SampleFault } from '../../processing/formats/ubl/sample.ts'
import { cppStatutFaults, parseXml } from '../support/cpp-statut.ts'
import { openPipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const invoice = (number: string, fault?: SampleFault): string =>
  makeUblInvoice({
    number,
    issueDate: '2026-11-22',
    supplierSiret: '00000000005719',
    recipientSiret: '00000000005734',
    ...(fault === undefined ? {} : { fault }),
  })

const archive = (...invoices: readonly string[]): Promise<Buffer> =>
  archiveBytes(invoices.map((content, index) => ({ name: `F${index + 1}.xml`, content })))

async function place(): Promise<PipelinePlace> {
  const opened = await openPipelinePlace({ folder: await temporaryFolder(), isPlain: false })
  onTestFinished(() => opened.close())
  await opened.pipeline.start()
  return opened
}

test('real invoices go all the way: the good integrated, the bad named by rule and place', async () => {
  const here = await place()
  const id = await here.deposit({
    content: await archive(
      invoice('F-1'),
      invoice('F-2', 'wrong-total'),
      invoice('F-3', 'cut'),
      invoice('F-1'),
    ),
  })
  const flow = await here.finished(id)
  expect([flow.state, flow.total, flow.integrated, flow.refused]).toEqual([
    'IN_INTEGRE_PARTIEL',
    4,
    1,
    3,
  ])
  const rows = await here.journal.read(
    here.journal.db.selectFrom('invoices').selectAll().orderBy('ordinal'),
  )
  expect(rows.map((row) => row.is_correct)).toEqual([1, 0, 0, 0])
  expect(rows[0]).toMatchObject({ number: 'F-1', supplier_id: '00000000005719', currency: 'EUR' })
  const rules = rows.map(({ findings_json }) =>
    (JSON.parse(findings_json) as Finding[])
      .filter(({ severity }) => severity === 'fatal')
      .map(({ rule }) => rule),
  )
  expect(rules[0]).toEqual([])
  expect(rules[1]).toContain('BR-CO-13')
  expect(rules[2]).toEqual(['XML-MALFORMED'])
  expect(rules[3]).toEqual(['DUP-01'])
  const report = await here.report(id)
  expect(cppStatutFaults(parseXml(report))).toEqual([])
  expect(report).toContain('regle=BR-CO-13;numeroDP=F-2;fournisseur=00000000005719')
  const format = await here.journal.read(
    here.journal.db.selectFrom('flow_events').selectAll().where('stage', '=', 'format'),
  )
  expect(format[0]).toMatchObject({ outcome: 'refused', detail_json: '{"refused":1}' })
})

test('a bare XML flow is a batch of one invoice', async () => {
  const here = await place()
  const content = Buffer.from(invoice('F-9'))
  const id = await here.deposit({ content, extension: 'xml', interfaceCode: 'FSO1100A' })
  const flow = await here.finished(id)
  expect([flow.state, flow.total]).toEqual(['IN_INTEGRE', 1])
  // The partner knows its one file by the name of the flow.
  const rows = await here.journal.read(
    here.journal.db.selectFrom('invoices').select('file_name').where('flow_id', '=', id),
  )
  expect(rows).toEqual([{ file_name: flow.file_name }])
})
