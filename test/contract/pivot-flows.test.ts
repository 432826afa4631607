import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { OffsetClock } from '../../gateway/clock.ts'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import { createLogger } from '../../gateway/logger.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeCppDocument } from '../../processing/formats/cpp/sample.ts'
import { PIVOT_SCHEMA } from '../../processing/formats/pivot/pivot-schema.ts'
import { documentIssues } from '../../processing/formats/structure/check-document.ts'
import { Schema } from '../../processing/formats/structure/schema.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { startInvoiceThreads } from '../../processing/invoice-threads.ts'
import { giveFirstStatuses } from '../../processing/life-cycle/first-statuses.ts'
import { sendPivotFlows } from '../../processing/life-cycle/pivot-flows.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { openPipelinePlace } from '../support/pipeline-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const PIVOT = new Schema(PIVOT_SCHEMA)
const PARTIES = {
  issueDate: '2026-11-20',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
}

test('integrated invoices of any format go to their connected recipient once, as CPPFacturePivot', async () => {
  const folder = await temporaryFolder()
  const place = await openPipelinePlace({ folder, isPlain: false })
  onTestFinished(() => place.close())
  await place.pipeline.start()
  const { journal, payloads } = place
  await insertConnection(journal, 'cnx_recipient', {
    application_code: 'REC001',
    siret: PARTIES.recipientSiret,
    running: { codes: { FEN9100A: 'PARTIAL' } },
  })
  const files = ['U-1', 'U-2', 'U-3'].map((number) => ({
    name: `${number}.xml`,
    content: makeUblInvoice({
      ...PARTIES,
      number,
      ...(number === 'U-2' ? { fault: 'wrong-total' as const } : {}),
      ...(number === 'U-3' ? { credit: true } : {}),
    }),
  }))
  const ubl = await place.deposit({ content: await archiveBytes(files) })
  await place.finished(ubl)
  const cpp = await place.deposit({
    content: Buffer.from(makeCppDocument(['C-1', 'C-2'].map((number) => ({ ...PARTIES, number })))),
    interfaceCode: 'FSO1113A',
    extension: 'xml',
  })
  await place.finished(cpp)
  await giveFirstStatuses({ journal, profile: 'none', seed: 1 })

  const threads = startInvoiceThreads({ threads: 1, memoryMib: 256, taskSeconds: 60 })
  onTestFinished(() => threads.destroy())
  const options = {
    journal,
    payloads,
    clock: new OffsetClock(),
    report: { packing: 'tar.gz', availableSeconds: 60 },
    packingOf: () => undefined,
    offerReturnFlow: (returnFlow: Parameters<typeof offerReturnFlow>[1]) =>
      offerReturnFlow(journal, returnFlow),
    threads,
    limits: { maxFileBytes: 1e8, maxExtractedBytes: 1e9 },
    workFolder: join(folder, 'out'),
    log: createLogger('silent'),
  } as const
  const issued = await Promise.all([sendPivotFlows(options), sendPivotFlows(options)])
  await sendPivotFlows(options)
  expect(issued[0] + issued[1]).toBe(2)
  const rows = await journal.read(
    journal.db
      .selectFrom('return_flows')
      .selectAll()
      .where('connection_id', '=', 'cnx_recipient')
      .orderBy('file_name'),
  )
  expect(rows.map(({ file_name }) => file_name.slice(0, 25))).toEqual([
    'FEN9100A_REC001_CPP001910',
    'FEN9100A_REC001_CPP001910',
  ])
  const documents = await Promise.all(
    rows.map(async (row) => {
      const tar = gunzipSync(Buffer.concat(await payloads.read(row).toArray()))
      const bytes = Number.parseInt(tar.subarray(124, 135).toString(), 8)
      return tar.subarray(512, 512 + bytes)
    }),
  )
  for (const document of documents) expect(documentIssues(document, PIVOT)).toEqual([])
  const numbers = documents.flatMap((document) =>
    [...document.toString().matchAll(/<Id>([UC]-\d)<\/Id>/g)].map(([, number = '']) => number),
  )
  expect(numbers.toSorted()).toEqual(['C-1', 'C-2', 'U-1', 'U-3'])
  const all = documents.map(String).join('')
  expect(all).toContain('<Type>381</Type>')
  expect(all).toContain('<IdFactureOrigine>U-3-0</IdFactureOrigine>')
  expect(all).toContain(`<NomPJ>U-1.xml</NomPJ>`)
  const [, content = ''] = /<Contenu>([^<]*)<\/Contenu><NomPJ>U-1/.exec(all) ?? []
  expect(Buffer.from(content, 'base64').toString()).toBe(files[0]!.content)
})
