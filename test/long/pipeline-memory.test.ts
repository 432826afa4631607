import { expect, test } from 'vitest'
import { archiveBytes, type ArchiveFile } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { openPipelinePlace } from '../support/pipeline-place.ts'
import { startPipelineChild } from '../support/pipeline-kills.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const INVOICES = 100_000
/** Architecture §5: processing a large flow, in all. */
const MAX_RSS_MIB = 400

test(`a flow of ${INVOICES} invoices, every tenth one bad, is processed under ${MAX_RSS_MIB} MiB`, async () => {
  const folder = await temporaryFolder()
  const settings = { limits: { maxInvoicesPerFlow: 100_000 } }
  const filling = await openPipelinePlace({ folder, settings })
  const id = await filling.deposit({ content: await batch() })
  await filling.close()

  const start = performance.now()
  const child = await startPipelineChild(folder, settings, 'real')
  child.askToEnd()
  let mib = ''
  for await (const line of child.lines) mib = line
  const seconds = (performance.now() - start) / 1_000

  const place = await openPipelinePlace({ folder, settings })
  const flow = await place.finished(id)
  const report = await place.report(id)
  await place.close()
  process.stdout.write(
    `${INVOICES} invoices in ${seconds.toFixed(1)} s, ${mib} at most, report of ${report.length} characters\n`,
  )
  expect([flow.state, flow.total, flow.integrated]).toEqual([
    'IN_INTEGRE_PARTIEL',
    INVOICES,
    INVOICES * 0.9,
  ])
  expect(Number.parseInt(mib, 10)).toBeLessThan(MAX_RSS_MIB)
})

async function batch(): Promise<Buffer> {
  return await archiveBytes(invoices())
}

function* invoices(): Generator<ArchiveFile> {
  for (let index = 0; index < INVOICES; index += 1) {
    yield {
      name: `F${index + 1}.xml`,
      content: makeUblInvoice({
        number: `F-${index + 1}`,
        issueDate: '2026-11-22',
        supplierSiret: '00000000005719',
        recipientSiret: '00000000005734',
        ...(index % 10 < 9 ? {} : { fault: 'wrong-total' as const }),
      }),
    }
  }
}
