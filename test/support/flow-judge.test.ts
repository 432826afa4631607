import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { mkdir, writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { newId } from '../../gateway/ids.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { LandedPayloads } from '../../gateway/payloads/landed-payloads.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import {
  judgeFlows,
  type ExpectedFlow,
  type FlowJudgement,
  type JudgedGround,
} from './flow-judge.ts'
import { flowRow, invoiceRow } from './journal-rows.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A judge that finds nothing proves nothing: each thing that can go wrong, once. */
const WRONGS: readonly [
  finding: Exclude<keyof FlowJudgement, 'leftovers'> | keyof FlowJudgement['leftovers'],
  spoil: (ground: JudgedGround, sha256: string) => Promise<unknown>,
][] = [
  ['lost', ({ journal }) => run(journal, journal.db.deleteFrom('flows'))],
  ['lost', ({ journal }) => change(journal, { sha256: '1'.repeat(64) })],
  [
    'twice',
    ({ journal }) => {
      const { file_name } = flowRow(1)
      return run(journal, journal.db.insertInto('flows').values({ ...flowRow(2), file_name }))
    },
  ],
  ['unknown', ({ journal }) => run(journal, journal.db.insertInto('flows').values(flowRow(2)))],
  ['unfinished', ({ journal }) => change(journal, { finished_at: null })],
  ['wrongVerdicts', ({ journal }) => change(journal, { state: 'IN_REJETE' })],
  ['wrongVerdicts', ({ journal }) => change(journal, { integrated: 2 })],
  ['wrongInvoices', ({ journal }) => run(journal, journal.db.deleteFrom('invoice_numbers'))],
  [
    'wrongInvoices',
    ({ journal }) =>
      run(journal, journal.db.insertInto('invoices').values(invoiceRow(flowRow(1).id, 2, []))),
  ],
  ['wrongReports', ({ journal }) => run(journal, journal.db.deleteFrom('return_flows'))],
  ['wrongPayloads', ({ payloads }, sha256) => payloads.remove(sha256)],
  ['unnamedPayloads', ({ payloads }) => payloads.put(Readable.from([Buffer.from('orphan')]))],
  [
    'stagedFiles',
    async ({ dataFolders }) => {
      await mkdir(join(dataFolders[0]!, 'staging'), { recursive: true })
      await writeFile(join(dataFolders[0]!, 'staging', 'part'), 'part')
    },
  ],
]

test('a flow that is as it has to be is found right', async () => {
  const { judge } = await ground()
  const { flows, invoices, leftovers, ...faults } = await judge()
  expect([flows, invoices]).toEqual([1, 1])
  expect(Object.values(faults).flat()).toEqual([])
  expect(Object.values(leftovers).every((count) => count === 0)).toBe(true)
})

test.each(WRONGS)('the judge finds %s', async (finding, spoil) => {
  const { judged, judge, sha256 } = await ground()
  await spoil(judged, sha256)
  const { leftovers, ...judgement } = await judge()
  const found: unknown = { ...judgement, ...leftovers }[finding]
  expect(Array.isArray(found) ? found.length : found, finding).toBeGreaterThan(0)
})

const run = (journal: Journal, query: Parameters<Journal['write']>[0][number]['query']) =>
  journal.write([{ query }])

const change = (journal: Journal, values: Partial<ReturnType<typeof flowRow>>) =>
  journal.write([{ query: journal.db.updateTable('flows').set(values) }])

/** One flow of one invoice, integrated, with its report. */
async function ground() {
  const folder = await temporaryFolder()
  const journal = await openJournal({
    url: 'sqlite:',
    dataFolder: folder,
    log: createLogger('silent'),
  })
  onTestFinished(() => journal.close())
  const payloads = new LandedPayloads(
    await openPayloads({ url: 'file:', dataFolder: folder }),
    journal,
  )
  const bytes = Buffer.from('a flow')
  const content = await payloads.put(Readable.from([bytes]))
  const report = await payloads.put(Readable.from([Buffer.from('a report')]))
  const flow = flowRow(1, content)
  const { db } = journal
  await journal.write([
    { query: db.insertInto('flows').values(flow) },
    { query: db.insertInto('invoices').values(invoiceRow(flow.id, 1, [])) },
    { query: db.insertInto('invoice_numbers').values({ key: '1', flow_id: flow.id, ordinal: 1 }) },
    {
      query: db.insertInto('return_flows').values({
        id: newId('ret'),
        connection_id: flow.connection_id,
        flow_id: flow.id,
        kind: 'report',
        interface_code: 'CSO1110A',
        file_name: 'report',
        ...report,
        created_at: 1,
        available_until: 1,
        state: 'OFFERED',
        delivered_at: null,
        attempts: 0,
        next_attempt_at: null,
      }),
    },
  ])
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const expected: ExpectedFlow = {
    sha256,
    bytes: bytes.length,
    state: 'IN_INTEGRE',
    total: 1,
    integrated: 1,
  }
  const judged: JudgedGround = { journal, payloads, dataFolders: [folder] }
  const name = flow.file_name
  const judge = () => judgeFlows(judged, new Map([[name, expected]]), new Set([name]))
  return { judged, judge, sha256 }
}
