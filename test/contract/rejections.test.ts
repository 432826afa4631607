import { describe, expect, test } from 'vitest'
import type { Finding } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { summaryOfDecided } from '../../gateway/journal/migrations/0014-flow-rejections.ts'
import type { FlowsTable } from '../../gateway/journal/schema.ts'
import { readRejectedInvoices } from '../../gateway/operations/rejected-invoices.ts'
import { readRejections, readRejectionTotals } from '../../gateway/operations/rejections.ts'
import { rejectionStatements } from '../../processing/flow-rejections.ts'
import { readFlow } from '../../processing/pipeline-context.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { finding, flowRow, invoiceRow } from '../support/journal-rows.ts'

const DAY = 86_400_000
/** A Sunday of the summer that ends in it: clocks in Paris go back at 01:00 UTC. */
const CHANGE = Date.parse('2026-10-25T00:00:00Z')
const NOON = CHANGE + 12 * 3_600_000
const period = { since: CHANGE - 2 * DAY, until: CHANGE + DAY }

const second: Finding = { ...finding('BR-CO-10'), code: 'G2' }

/** A decided flow with these findings of its invoices, recorded as its decision records it. */
async function decide(
  journal: Journal,
  number: number,
  invoices: readonly (readonly Finding[])[],
  changes: Partial<Pick<FlowsTable, 'mode' | 'interface_code' | 'received_at'>> = {},
  ofFlow: readonly Finding[] = [],
): Promise<void> {
  const refused = invoices.filter((findings) => findings.length > 0).length
  const total = invoices.length
  const isRejected = ofFlow.length > 0 || (changes.mode === 'COMPLETE' && refused > 0)
  const state = isRejected ? 'IN_REJETE' : refused > 0 ? 'IN_INTEGRE_PARTIEL' : 'IN_INTEGRE'
  const verdict = { state, refused, integrated: isRejected ? 0 : total - refused } as const
  const findings_json = JSON.stringify(ofFlow)
  const row = flowRow(number, { ...verdict, total, received_at: NOON, findings_json, ...changes })
  const rows = invoices.map((findings, index) => invoiceRow(row.id, index + 1, findings))
  await journal.write([
    { query: journal.db.insertInto('flows').values(row) },
    ...(rows.length === 0 ? [] : [{ query: journal.db.insertInto('invoices').values(rows) }]),
  ])
  const flow = await readFlow(journal, row.id)
  const statements = await rejectionStatements(journal, flow!, verdict, ofFlow)
  const { committed } = await journal.write(statements)
  if (!committed) throw new Error('The rejections were not written.')
}

describe.each(JOURNAL_ADAPTERS)('rejections on $name', (adapter) => {
  test('an invoice with several findings counts once in each row, and the good ones that went with it once', async () => {
    const journal = await (await adapter.prepare()).open()
    await decide(journal, 1, [[], [finding('BR-02'), finding('BR-02'), finding('BR-03')], []], {
      mode: 'COMPLETE',
    })
    await decide(journal, 2, [[], [second], [finding('BR-02')]], { interface_code: 'FSO1117A' })
    await decide(journal, 3, [[], []])
    expect(await readRejections(journal, 'rule', period, 10)).toMatchObject([
      { key: 'BR-02', code: 'G1', invoices: 2, flows: 2, lost: 2, partners: 1 },
      { key: 'BR-03', code: 'G1', invoices: 1, flows: 1, lost: 2 },
      { key: 'BR-CO-10', code: 'G2', invoices: 1, flows: 1, lost: 0 },
    ])
    expect(await readRejections(journal, 'code', period, 10)).toMatchObject([
      { key: 'G1', invoices: 2, flows: 2 },
      { key: 'G2', invoices: 1, flows: 1 },
    ])
    expect(await readRejections(journal, 'interface', period, 10)).toMatchObject([
      { key: 'FSO1117A', invoices: 2, flows: 1, lost: 0 },
      { key: 'FSO1110A', invoices: 1, flows: 1, lost: 2 },
    ])
    expect(await readRejectionTotals(journal, period)).toEqual({
      flows: 2,
      invoices: 3,
      lost: 2,
      before: { flows: 0, invoices: 0, lost: 0 },
    })
    const others = { ...period, connection: 'cnx_other' }
    expect(await readRejections(journal, 'partner', others, 10)).toEqual([])
    expect(await readRejections(journal, 'partner', { ...period, sirets: [] }, 10)).toEqual([])
  })

  test('a flow refused before its invoices were looked at counts as a flow', async () => {
    const journal = await (await adapter.prepare()).open()
    await decide(journal, 1, [], {}, [finding('ARC-01')])
    expect(await readRejections(journal, 'rule', period, 10)).toMatchObject([
      { key: 'ARC-01', flows: 1, invoices: 0, lost: 0 },
    ])
    const { items } = await readRejectedInvoices(journal, { ...period, rule: 'ARC-01', limit: 5 })
    expect(items).toMatchObject([{ ordinal: null, findings: [{ rule: 'ARC-01' }] }])
  })

  test('each row stands beside the time before, each day beside the day before, in Paris', async () => {
    const journal = await (await adapter.prepare()).open()
    const bad = [finding('BR-02')]
    await decide(journal, 1, [bad], { received_at: period.since - DAY })
    // 23:30 in Paris, before and after the clocks changed: both on their own day.
    await decide(journal, 2, [bad, bad], { received_at: Date.parse('2026-10-24T21:30:00Z') })
    await decide(journal, 3, [bad, bad, bad], { received_at: Date.parse('2026-10-25T22:30:00Z') })
    expect(await readRejections(journal, 'rule', period, 10)).toMatchObject([
      { invoices: 5, before: { flows: 1, invoices: 1 } },
    ])
    const days = await readRejections(journal, 'day', period, 10)
    expect(days.map(({ key, ...day }) => [new Date(Number(key)).toISOString(), day])).toMatchObject(
      [
        ['2026-10-25T00:00:00.000Z', { invoices: 3, before: { invoices: 2 } }],
        ['2026-10-24T00:00:00.000Z', { invoices: 2, before: { invoices: 0 } }],
      ],
    )
    const hours = await readRejections(journal, 'hour', { ...period, since: NOON }, 1)
    expect(hours).toMatchObject([{ key: String(Date.parse('2026-10-25T22:00:00Z')), invoices: 3 }])
  })

  test('the invoices behind a row come page by page, each once', async () => {
    const journal = await (await adapter.prepare()).open()
    for (let number = 1; number <= 60; number += 1) {
      await decide(journal, number, [[finding('BR-02')], [second], [finding('BR-02')]])
    }
    const ids: string[] = []
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<typeof readRejectedInvoices>> = await readRejectedInvoices(
        journal,
        { ...period, rule: 'BR-02', limit: 7, ...(after === null ? {} : { after }) },
      )
      ids.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== null)
    expect(ids).toHaveLength(120)
    expect(new Set(ids).size).toBe(120)
    expect(ids.slice(0, 3)).toEqual([
      `${flowRow(60).id}.1`,
      `${flowRow(60).id}.3`,
      `${flowRow(59).id}.1`,
    ])
    const byCode = await readRejectedInvoices(journal, { ...period, code: 'G2', limit: 500 })
    expect(byCode.items).toHaveLength(60)
  })

  test('what was decided before there was a summary is in it after the upgrade', async () => {
    const journal = await (await adapter.prepare()).open()
    await decide(journal, 1, [[], [finding('BR-02'), second]], { mode: 'COMPLETE' })
    await decide(journal, 2, [], {}, [finding('ARC-01')])
    await decide(journal, 3, [[]])
    const all = journal.db
      .selectFrom('flow_rejections')
      .selectAll()
      .orderBy('flow_id')
      .orderBy('dimension')
      .orderBy('value')
    const recorded = await journal.read(all)
    expect(recorded).toHaveLength(8)
    const { db } = journal
    const refill = await journal.write([
      { query: db.deleteFrom('flow_rejections') },
      { query: { compile: () => summaryOfDecided(db).compile(db) } },
    ])
    expect(refill).toMatchObject({ committed: true })
    expect(await journal.read(all)).toEqual(recorded)
  })
})
