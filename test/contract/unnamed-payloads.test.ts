import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newId } from '../../gateway/ids.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { removeUnnamedPayloads } from '../../gateway/payloads/unnamed-payloads.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { flowRow } from '../support/journal-rows.ts'

/** Everything in these tests is older. */
const NOW = 0.001

describe.each(JOURNAL_ADAPTERS)('contents that nothing names, on $name', (adapter) => {
  test('are removed, and none that a row names', async () => {
    const { journal, payloads } = await ground(adapter)
    const named = await Promise.all(
      NAMING.map(async (name) => {
        const content = await put(payloads)
        await journal.write([{ query: name(journal, content) }])
        return content.sha256
      }),
    )
    const unnamed = [await put(payloads), await put(payloads)]
    await sleep(20)
    const sweep = { journal, payloads, unnamedSeconds: NOW }
    expect(await removeUnnamedPayloads(sweep)).toBe(unnamed.length)
    expect((await addresses(payloads)).toSorted()).toEqual(named.toSorted())
  })

  test('documents that suppliers add go with the content of their flow, not those added later', async () => {
    const { journal, payloads } = await ground(adapter)
    const { db } = journal
    const removedAt = flowRow(1).received_at + 1_000
    const flows = [flowRow(1), flowRow(2, { payload_removed_at: removedAt })]
    const kept: string[] = []
    const document = { ordinal: 1, name: 'a.pdf', media_type: 'application/pdf' }
    for (const [flow, addedAt, isKept] of [
      [flows[0]!, removedAt - 1, true],
      [flows[1]!, removedAt - 1, false],
      [flows[1]!, removedAt + 1, true],
    ] as const) {
      const content = await put(payloads)
      const row = {
        ...document,
        ...content,
        flow_id: flow.id,
        number: isKept ? 1 : 2,
        added_at: addedAt,
      }
      await journal.write([{ query: db.insertInto('invoice_documents').values(row) }])
      if (isKept) kept.push(content.sha256)
    }
    for (const flow of flows) await journal.write([{ query: db.insertInto('flows').values(flow) }])
    await sleep(20)
    await removeUnnamedPayloads({ journal, payloads, unnamedSeconds: NOW })
    expect((await addresses(payloads)).toSorted()).toEqual(kept.toSorted())
  })

  test('stay while they are young: their row may come yet', async () => {
    const { journal, payloads } = await ground(adapter)
    await put(payloads)
    expect(await removeUnnamedPayloads({ journal, payloads, unnamedSeconds: 3_600 })).toBe(0)
    expect(await addresses(payloads)).toHaveLength(1)
  })

  test('stay while a newer program may name them in ways not known here', async () => {
    const { journal, payloads } = await ground(adapter)
    await put(payloads)
    await sleep(20)
    const step = sql`insert into kysely_migration (name, timestamp) values ('9999-later', 'now')`
    await journal.write([{ query: { compile: () => step.compile(journal.db) } }])
    expect(await removeUnnamedPayloads({ journal, payloads, unnamedSeconds: NOW })).toBe(0)
  })
})

type Content = Awaited<ReturnType<PayloadStore['put']>>

/** One for every table whose rows name contents. */
const NAMING = [
  ({ db }: Journal, content: Content) =>
    db.insertInto('flows').values({ ...flowRow(1), ...content }),
  ({ db }: Journal, content: Content) =>
    db.insertInto('return_flows').values({
      id: newId('ret'),
      connection_id: 'cnx_1',
      flow_id: 'flw_1',
      kind: 'report',
      interface_code: 'CSO1110A',
      file_name: 'a',
      ...content,
      created_at: 1,
      available_until: 1,
      state: 'OFFERED',
      delivered_at: null,
      attempts: 0,
      next_attempt_at: null,
    }),
  ({ db }: Journal, content: Content) =>
    db.insertInto('qualification_attachments').values({
      id: newId('att'),
      run_id: 'run_1',
      ordinal: 1,
      name: 'a.png',
      media_type: 'image/png',
      ...content,
      added_at: 1,
      added_by: 'a',
    }),
  ({ db }: Journal, content: Content) =>
    db.insertInto('chunks').values({
      flow_id: 'flw_1',
      ordinal: 0,
      state: 'READY',
      ...content,
      first_part: 1,
      parts: 1,
      refused: 0,
      structure_failed: 0,
      milliseconds: 0,
    }),
  ({ db }: Journal, { sha256 }: Content) =>
    db.insertInto('sessions').values({
      id: newId('ses'),
      protocol: 'sftp',
      peer: '192.0.2.7',
      connection_id: null,
      started_at: 1,
      ended_at: 2,
      outcome: 'ended',
      fields_json: '{}',
      transcript_sha256: sha256,
      process_id: null,
    }),
  ({ db }: Journal, content: Content) =>
    db.insertInto('landed_payloads').values({ ...content, content: Buffer.from('x') }),
]

async function ground(
  adapter: (typeof JOURNAL_ADAPTERS)[number],
): Promise<{ readonly journal: Journal; readonly payloads: PayloadStore }> {
  const place = await adapter.prepare()
  const payloads = await openPayloads({ url: 'file:', dataFolder: place.dataFolder })
  onTestFinished(() => payloads.close())
  return { journal: await place.open(), payloads }
}

const put = (payloads: PayloadStore): Promise<Content> =>
  payloads.put(Readable.from([randomBytes(100)]))

async function addresses(payloads: PayloadStore): Promise<string[]> {
  const found: string[] = []
  for await (const { sha256 } of payloads.list()) found.push(sha256)
  return found
}
