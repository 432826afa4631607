import { expect, onTestFinished, test } from 'vitest'
import type { Finding } from '../../gateway/flow.ts'
import { makeCppDocument } from '../../processing/formats/cpp/sample.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { openPipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const PARTIES = {
  issueDate: '2026-11-22',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
}

async function place(settings: Record<string, unknown> = {}): Promise<PipelinePlace> {
  const folder = await temporaryFolder()
  const opened = await openPipelinePlace({ folder, isPlain: false, settings })
  onTestFinished(() => opened.close())
  await opened.pipeline.start()
  return opened
}

const invoicesOf = (here: PipelinePlace) =>
  here.journal.read(
    here.journal.db
      .selectFrom('invoices')
      .select(['ordinal', 'number', 'is_correct', 'findings_json'])
      .orderBy('ordinal'),
  )

const rulesOf = (findingsJson: string): string[] =>
  (JSON.parse(findingsJson) as Finding[]).map(({ rule }) => rule)

test('one document of several invoices counts each of them, and Partial refuses the bad one', async () => {
  const here = await place()
  const document = makeCppDocument([
    { ...PARTIES, number: 'C-1' },
    { ...PARTIES, number: 'C-2', hasWrongTotal: true },
    { ...PARTIES, number: 'C-3' },
    { ...PARTIES, number: 'C-1' },
  ])
  const id = await here.deposit({
    content: Buffer.from(document),
    extension: 'xml',
    interfaceCode: 'FSO1113A',
  })
  const flow = await here.finished(id)
  expect([flow.state, flow.total, flow.integrated, flow.refused]).toEqual([
    'IN_INTEGRE_PARTIEL',
    4,
    2,
    2,
  ])
  const rows = await invoicesOf(here)
  expect(rows.map(({ number, is_correct }) => [number, is_correct])).toEqual([
    ['C-1', 1],
    ['C-2', 0],
    ['C-3', 1],
    ['C-1', 0],
  ])
  expect(rulesOf(rows[1]!.findings_json)).toEqual(['CPP-MONTANTS'])
  expect(rulesOf(rows[3]!.findings_json)).toEqual(['DUP-01'])
})

const deposit = (here: PipelinePlace, number: string, recipientSiret: string) =>
  here.deposit({
    content: Buffer.from(makeUblInvoice({ ...PARTIES, number, recipientSiret })),
    extension: 'xml',
  })

test('what the directory says of a recipient decides with the rest', async () => {
  const here = await place()
  const inactive = await here.finished(await deposit(here, 'D-1', '00000000010058'))
  expect(inactive.state).toBe('IN_REJETE')
  // Its services do not have the one that the sample names.
  const service = await here.finished(await deposit(here, 'D-2', '00000000010033'))
  expect(service.state).toBe('IN_REJETE')
  const unknown = await here.finished(await deposit(here, 'D-3', '00000000099999'))
  expect(unknown.state).toBe('IN_INTEGRE')
  const rows = await invoicesOf(here)
  const found = new Map(rows.map((row) => [row.number, rulesOf(row.findings_json)]))
  expect(found.get('D-1')).toEqual(['DIR-04'])
  expect(found.get('D-2')).toEqual(['DIR-05'])
  expect(found.get('D-3')).toEqual(['DIR-03'])
})

test('a recipient that nobody knows is refused, or learned, as the setting says', async () => {
  const strict = await place({ directory: { unknown: 'refuse' } })
  const refused = await strict.finished(await deposit(strict, 'D-4', '00000000099999'))
  expect(refused.state).toBe('IN_REJETE')
  const learning = await place({ directory: { unknown: 'learn' } })
  const taken = await learning.finished(await deposit(learning, 'D-5', '00000000099999'))
  expect(taken.state).toBe('IN_INTEGRE')
  const [known] = await learning.journal.read(
    learning.journal.db
      .selectFrom('directory_structures')
      .selectAll()
      .where('siret', '=', '00000000099999'),
  )
  expect(known).toMatchObject({ name: 'Commune Exemple', origin: 'learned' })
})
