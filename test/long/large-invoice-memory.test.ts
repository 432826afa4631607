import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeCppDocument } from '../../processing/formats/cpp/sample.ts'
import { openPipelinePlace } from '../support/pipeline-place.ts'
import { startPipelineChild } from '../support/pipeline-kills.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MEBIBYTE = 1024 * 1024
/** Each under the 10 MiB that an attachment may have once decoded. */
const ATTACHMENTS = 14
const ATTACHMENT_BYTES = 5.4 * MEBIBYTE
/** Less than the file has by itself. */
const MOST_MORE_MIB = 64

const SETTINGS = { pipeline: { threads: 1 } }

test(`an invoice of 100 MiB, nearly all of it attachments, takes less than ${MOST_MORE_MIB} MiB more than a small one`, async () => {
  const small = await peakMib(0)
  const large = await peakMib(ATTACHMENTS)
  process.stdout.write(`one small invoice: ${small} MiB at most, one of 100 MiB: ${large} MiB\n`)
  expect(large - small).toBeLessThan(MOST_MORE_MIB)
})

/** Of a process that runs the pipeline, while it judges one CPPFactureMixte document. */
async function peakMib(attachments: number): Promise<number> {
  const folder = await temporaryFolder()
  const filling = await openPipelinePlace({ folder, settings: SETTINGS })
  const content = await archiveBytes([{ name: 'F1.xml', content: cppDocument(attachments) }])
  const id = await filling.deposit({ content, interfaceCode: 'FSO1113A' })
  await filling.close()

  const child = await startPipelineChild(folder, SETTINGS, 'real')
  child.askToEnd()
  let last = ''
  for await (const line of child.lines) last = line
  const place = await openPipelinePlace({ folder, settings: SETTINGS })
  const { state } = await place.finished(id)
  await place.close()
  expect(state).toBe('IN_INTEGRE')
  return Number.parseInt(last, 10)
}

function cppDocument(attachments: number): string {
  const supplierSiret = '00000000005719'
  const recipientSiret = '00000000005734'
  const sample = { number: 'F-1', issueDate: '2026-11-22', supplierSiret, recipientSiret }
  const more = Array.from({ length: attachments }, (_, index) => {
    const base64 = randomBytes(ATTACHMENT_BYTES).toString('base64')
    return `<PJ NumOrdre="${index + 2}"><Contenu>${base64}</Contenu><NomPJ>annexe-${index}.zip</NomPJ><TypePJ>02</TypePJ><MimeTypePJ>application/zip</MimeTypePJ></PJ>`
  })
  return makeCppDocument([sample]).replace(
    '</CPPFactureMixteUnitaire>',
    `${more.join('')}</CPPFactureMixteUnitaire>`,
  )
}
