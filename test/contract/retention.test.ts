import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import type { RetentionSettings } from '../../config/retention-settings.ts'
import { GATEWAY_ACTOR } from '../../gateway/accounts/actor.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import { createReturns } from '../../gateway/delivery/returns.ts'
import { createVerifyFlow } from '../../gateway/delivery/verify-flow.ts'
import { createFlowReplay } from '../../gateway/flow-replay.ts'
import type { FlowId, ReturnFlowId, ReturnFlowState, StoredContent } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { runWhenDue } from '../../gateway/retention/daily-retention.ts'
import { SENT_BACK } from '../../gateway/retention/content-kinds.ts'
import { createRetention, type RetentionReport } from '../../gateway/retention/retention.ts'
import { rowKinds } from '../../gateway/retention/row-kinds.ts'
import { createTranscriptOf } from '../../gateway/sessions/flow-transcript.ts'
import { HANDED_OVER } from '../../processing/life-cycle/return-items.ts'
import {
  INVOICE_STATUSES,
  movesFrom,
  type InvoiceStatus,
} from '../../processing/returns/invoice-statuses.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { flowRow, invoiceRow } from '../support/journal-rows.ts'

const DAY = 86_400_000
const log = createLogger('silent')

/** A journal with payloads; flows in it were received in November 2026. */
class Ground {
  readonly clock = new OffsetClock()
  readonly journal: Journal
  readonly payloads: PayloadStore

  constructor(journal: Journal, payloads: PayloadStore) {
    this.journal = journal
    this.payloads = payloads
    this.at(0)
  }

  /** So many days after the flows. */
  at(days: number): void {
    this.clock.setOffset(flowRow(1).received_at + days * DAY - Date.now())
  }

  retention(settings: Partial<RetentionSettings> = {}, keep: 'all' | 'rejected' | 'none' = 'all') {
    const { journal, payloads, clock } = this
    return createRetention({
      journal,
      payloads,
      clock,
      settings: { ...loadConfig({ environment: {} }).retention, ...settings },
      // Everything in these tests is older.
      stored: { keep, unnamedSeconds: 0.001 },
      log,
    })
  }

  async put(bytes = 100): Promise<StoredContent> {
    return this.payloads.put(Readable.from([randomBytes(bytes)]))
  }

  async flow(
    number: number,
    changes: Parameters<typeof flowRow>[1] = {},
  ): Promise<{ readonly id: FlowId; readonly content: StoredContent }> {
    const content = await this.put()
    const row = flowRow(number, { ...content, life_cycle: 'DONE', ...changes })
    const { db } = this.journal
    await this.journal.write([
      { query: db.insertInto('flows').values(row) },
      {
        query: db.insertInto('flow_events').values({
          flow_id: row.id,
          at: row.received_at,
          stage: 'intake',
          outcome: 'taken',
          milliseconds: 1,
          detail_json: '{}',
        }),
      },
    ])
    return { id: row.id, content }
  }

  async returnFlow(number: number, flowId: FlowId, state: ReturnFlowState) {
    const content = await this.put()
    const id: ReturnFlowId = `ret_${number}`
    const createdAt = flowRow(number).received_at
    await this.journal.write([
      offerReturnFlow(this.journal, {
        id,
        connectionId: 'cnx_partner',
        flowId,
        kind: 'report',
        interfaceCode: 'CSO1110A',
        fileName: `CSO1110A_${number}.xml`,
        content,
        createdAt,
        availableUntil: createdAt + 7 * DAY,
        state,
      }),
    ])
    return { id, content }
  }

  async session(number: number, startedAt: number): Promise<StoredContent> {
    const content = await this.put()
    const row = {
      id: `ses_${number}`,
      protocol: 'sftp',
      peer: '192.0.2.7',
      connection_id: null,
      started_at: startedAt,
      ended_at: startedAt + 1_000,
      outcome: 'ended',
      fields_json: '{}',
      transcript_sha256: content.sha256,
      transcript_bytes: content.bytes,
      process_id: null,
    } as const
    await this.journal.write([{ query: this.journal.db.insertInto('sessions').values(row) }])
    return content
  }

  async removedAt(id: FlowId): Promise<number | null | undefined> {
    const [row] = await this.journal.read(
      this.journal.db.selectFrom('flows').select('payload_removed_at').where('id', '=', id),
    )
    return row?.payload_removed_at
  }
}

const countOf = ({ kinds }: RetentionReport, name: string): number =>
  kinds.find(({ kind }) => kind === name)?.count ?? -1
const allCounts = ({ kinds }: RetentionReport): Record<string, number> =>
  Object.fromEntries(kinds.filter(({ count }) => count > 0).map((row) => [row.kind, row.count]))

describe.each(JOURNAL_ADAPTERS)('retention on $name', (adapter) => {
  async function ground(): Promise<Ground> {
    const place = await adapter.prepare()
    const payloads = await openPayloads({ url: 'file:', dataFolder: place.dataFolder })
    onTestFinished(() => payloads.close())
    return new Ground(await place.open(), payloads)
  }

  test('contents of decided flows go after 90 days, and nothing that is needed', async () => {
    const place = await ground()
    const { journal, payloads, clock } = place
    const old = await place.flow(1)
    const undecided = await place.flow(2, {
      state: 'IN_EN_COURS_TRAITEMENT_CPP',
      finished_at: null,
    })
    const reported = await place.flow(3)
    await place.returnFlow(3, reported.id, 'OFFERED')
    const waiting = await place.flow(4)
    const item = { code: 'FEN0105A', connection_id: 'cnx_partner', ordinal: 1, sequence: 1, at: 1 }
    await journal.write([
      {
        query: journal.db.insertInto('return_items').values({
          ...item,
          connection_id: 'cnx_partner',
          flow_id: waiting.id,
          return_flow_id: null,
        }),
      },
    ])
    const young = await place.flow(5, { finished_at: clock.now() + 80 * DAY })
    const shared = await place.flow(6, { ...young.content })
    await sleep(20)

    place.at(89)
    expect(allCounts(await place.retention().plan())).toEqual({})
    place.at(91)
    const plan = await place.retention().plan()
    expect(allCounts(plan)).toEqual({ payloads: 1 })
    expect(plan.kinds[0]).toEqual({ kind: 'payloads', count: 1, bytes: 100 })
    expect(await place.removedAt(old.id)).toBeNull()

    expect(allCounts(await place.retention().run())).toEqual({ payloads: 1 })
    expect(await place.removedAt(old.id)).toBe(await place.removedAt(old.id))
    expect(await payloads.has(old.content.sha256)).toBe(false)
    for (const kept of [undecided, reported, waiting, young, shared]) {
      expect(await place.removedAt(kept.id)).toBeNull()
    }
    for (const { content } of [undecided, reported, waiting, young]) {
      expect(await payloads.has(content.sha256)).toBe(true)
    }
    expect(allCounts(await place.retention().run())).toEqual({})
  })

  test('a flow whose content is gone says so, and is not replayed', async () => {
    const place = await ground()
    const { journal, payloads, clock } = place
    const { id } = await place.flow(1)
    await sleep(20)
    place.at(91)
    await place.retention().run()
    const replay = createFlowReplay({
      journal,
      payloads,
      queue: { enqueue: async () => {} },
      findConnection: () => undefined,
      clock,
      log,
    })
    await expect(replay(id, { actor: GATEWAY_ACTOR })).rejects.toMatchObject({
      code: 'FLOW_CONTENT_GONE',
      message: expect.stringContaining('past its time'),
    })
    const [check] = await createVerifyFlow(journal, payloads)(id)
    expect(check).toMatchObject({ what: 'content', ok: true })
    expect(check?.detail.en).toContain('past its time')
  })

  test('a replay keeps the content of the flow it puts through again', async () => {
    const place = await ground()
    const { journal, payloads, clock } = place
    const first = await place.flow(1)
    place.at(91)
    const replay = createFlowReplay({
      journal,
      payloads,
      queue: { enqueue: async () => {} },
      findConnection: () => undefined,
      clock,
      log,
    })
    await replay(first.id, { actor: GATEWAY_ACTOR })
    await sleep(20)
    expect(allCounts(await place.retention().run())).toEqual({})
    expect(await payloads.has(first.content.sha256)).toBe(true)
  })

  test('return flows that are over lose their content; what may be due keeps it', async () => {
    const place = await ground()
    const { journal, payloads, clock } = place
    const states = ['DELIVERED', 'EXPIRED', 'CANCELLED', 'OFFERED', 'HELD', 'FAILED'] as const
    const made = []
    for (const [index, state] of states.entries()) {
      const number = index + 1
      const flow = await place.flow(number, { payload_removed_at: 1 })
      made.push({ state, ...(await place.returnFlow(number, flow.id, state)) })
    }
    await sleep(20)
    place.at(98)
    expect(allCounts(await place.retention().run())).toEqual({ reports: 3 })
    const kept = []
    for (const { state, content } of made) {
      if (await payloads.has(content.sha256)) kept.push(state)
    }
    expect(kept).toEqual(['OFFERED', 'HELD', 'FAILED'])
    const returns = createReturns({ journal, clock, availableSeconds: 60 })
    const by = { actor: GATEWAY_ACTOR, sirets: undefined }
    await expect(returns.move(made[0]!.id, 'again', by)).rejects.toMatchObject({
      code: 'RETURN_MOVE_ILLEGAL',
      message: expect.stringContaining('past its time'),
    })
  })

  test('transcripts go after 30 days, their sessions say so and stay for 400', async () => {
    const place = await ground()
    const { journal, payloads, clock } = place
    const old = await place.session(1, clock.now())
    const young = await place.session(2, clock.now() + 20 * DAY)
    const { id } = await place.flow(1, { session_id: 'ses_1' })
    await sleep(20)
    place.at(31)
    expect(allCounts(await place.retention().run())).toEqual({ transcripts: 1 })
    expect(await payloads.has(old.sha256)).toBe(false)
    expect(await payloads.has(young.sha256)).toBe(true)
    expect(await createTranscriptOf(journal, payloads)(id)).toBe('removed')
    place.at(401)
    expect(countOf(await place.retention().plan(), 'sessions')).toBe(1)
    expect(countOf(await place.retention().run(), 'sessions')).toBe(1)
  })

  test('after 400 days rows go; flows, invoices and the numbers they hold stay', async () => {
    const place = await ground()
    const { journal, clock } = place
    const { db } = journal
    const { id } = await place.flow(1)
    await place.returnFlow(1, id, 'DELIVERED')
    const running = await place.flow(2, { finished_at: null, state: 'IN_RECU' })
    await journal.write([
      { query: db.insertInto('invoices').values(invoiceRow(id, 1, [])) },
      {
        query: db.insertInto('invoice_numbers').values({ key: '1|2|N1', flow_id: id, ordinal: 1 }),
      },
      {
        query: db.insertInto('flow_rejections').values({
          flow_id: id,
          dimension: 'rule',
          value: 'BR-02',
          code: 'F01',
          connection_id: 'cnx_partner',
          interface_code: 'FSO1110A',
          at: clock.now(),
          invoices: 1,
          lost: 0,
        }),
      },
      {
        query: db.insertInto('refusals').values({
          id: 'rfs_1',
          at: clock.now(),
          protocol: 'sftp',
          peer: '192.0.2.7',
          session_id: null,
          connection_id: null,
          code: 'bad-name',
          reason: 'no',
          offered: null,
          wanted: null,
          nearest_json: null,
        }),
      },
      {
        query: db.insertInto('deliveries').values({
          return_flow_id: 'ret_1',
          attempt: 1,
          at: clock.now(),
          outcome: 'delivered',
          proof_json: '{}',
        }),
      },
    ])
    await sleep(20)
    place.at(410)
    expect(allCounts(await place.retention().run())).toEqual({
      payloads: 1,
      reports: 1,
      events: 1,
      rejections: 1,
      refusals: 1,
      returns: 1,
    })
    const ids = async (table: 'flows' | 'invoices' | 'invoice_numbers' | 'deliveries') =>
      (await journal.read(db.selectFrom(table).selectAll())).length
    expect([await ids('flows'), await ids('invoices'), await ids('invoice_numbers')]).toEqual([
      2, 1, 1,
    ])
    expect(await ids('deliveries')).toBe(0)
    const events = await journal.read(db.selectFrom('flow_events').select('flow_id'))
    expect(events).toEqual([{ flow_id: running.id }])
  })

  test('above a ceiling the oldest go first, and no more than needed', async () => {
    const place = await ground()
    const flows = []
    for (const number of [1, 2, 3, 4]) flows.push(await place.flow(number))
    await sleep(20)
    const retention = place.retention({ payloadBytes: 250, events: 1 })
    const plan = await retention.plan()
    expect(allCounts(plan)).toEqual({ payloads: 2, events: 3 })
    expect({ ...(await retention.run()), dryRun: true }).toEqual(plan)
    const removed = await Promise.all(
      flows.map(async ({ id }) => (await place.removedAt(id)) !== null),
    )
    expect(removed).toEqual([true, true, false, false])
  })

  test.each([
    ['none', [true, true]],
    ['rejected', [true, false]],
    ['all', [false, false]],
  ] as const)('payloads.keep %s does not wait for the age', async (keep, wanted) => {
    const place = await ground()
    const integrated = await place.flow(1)
    const rejected = await place.flow(2, { state: 'IN_REJETE', integrated: 0, refused: 1 })
    await place.retention({}, keep).run()
    const removed = await Promise.all(
      [integrated, rejected].map(async ({ id }) => (await place.removedAt(id)) !== null),
    )
    expect(removed).toEqual(wanted)
  })

  test('contents that go early stay while an invoice may be handed over again', async () => {
    const place = await ground()
    const { journal } = place
    const { db } = journal
    const [free, planned, ...sentBack] = await Promise.all(
      Array.from({ length: 2 + SENT_BACK.length }, (_, index) => place.flow(index + 1)),
    )
    const plan = { flow_id: planned!.id, ordinal: 1, due_at: 1, steps_json: '[]', cause: 'quick' }
    await journal.write([
      { query: db.insertInto('invoice_plans').values(plan) },
      ...[...SENT_BACK.entries()].map(([index, status]) => ({
        query: db
          .insertInto('invoices')
          .values({ ...invoiceRow(sentBack[index]!.id, 1, []), status }),
      })),
    ])
    for (const keep of ['rejected', 'none'] as const) {
      expect(countOf(await place.retention({}, keep).plan(), 'payloads')).toBe(1)
    }
    expect(countOf(await place.retention({}, 'none').run(), 'payloads')).toBe(1)
    expect(await place.removedAt(free!.id)).not.toBeNull()
    place.at(91)
    expect(countOf(await place.retention({}, 'none').run(), 'payloads')).toBe(SENT_BACK.length)
    expect(await place.removedAt(planned!.id)).toBeNull()
  })

  test('which invoices are handed over again is what their life cycle says', () => {
    const again = Object.keys(INVOICE_STATUSES).filter((status) =>
      movesFrom(status as InvoiceStatus).some(
        ({ to, by }) => by === 'supplier' && HANDED_OVER.has(to),
      ),
    )
    expect(SENT_BACK).toEqual(again.toSorted())
  })

  test('a plan says what a run does, also of what goes because something else went', async () => {
    const place = await ground()
    const { journal, clock } = place
    const { db } = journal
    const flow = await place.flow(1)
    await place.returnFlow(1, flow.id, 'DELIVERED')
    const at = clock.now()
    const fault = {
      name: 'cut-transfer',
      values_json: '{}',
      protocol: null,
      connection_id: null,
      interface_code: null,
      chance_ppm: 1,
      remaining: null,
      hits: 1,
      created_at: at,
      ended_at: null,
      created_by: 'a test',
    } as const
    const hit = {
      fault_id: 'flt_1',
      point: 'x',
      protocol: null,
      connection_id: null,
      session_id: null,
      flow_id: null,
    } as const
    await journal.write([
      { query: db.insertInto('faults').values({ ...fault, id: 'flt_1', ends_at: 1 }) },
      { query: db.insertInto('fault_hits').values({ ...hit, id: 'hit_1', at }) },
      { query: db.insertInto('faults').values({ ...fault, id: 'flt_2', ends_at: 1 }) },
      {
        query: db
          .insertInto('fault_hits')
          .values({ ...hit, id: 'hit_2', fault_id: 'flt_2', at: at + 300 * DAY }),
      },
    ])
    place.at(410)
    // For ever, but that nothing is kept: the content of the return flow goes, and so does its row.
    const retention = place.retention({ payloadDays: 0 }, 'none')
    const plan = await retention.plan()
    expect(allCounts(plan)).toMatchObject({ reports: 1, returns: 1, faultHits: 1, faults: 1 })
    expect({ ...(await retention.run()), dryRun: true }).toEqual(plan)
    expect(allCounts(await retention.run())).toEqual({})
  })

  test('a run stays as long as the result of the campaign that names it', async () => {
    const place = await ground()
    const { journal } = place
    const { db } = journal
    const common = {
      connection_id: 'cnx_partner',
      is_self: 1,
      state: 'PASSED',
      patience_seconds: null,
      started_at: 1,
      started_by: 'a test',
    } as const
    const run = {
      ...common,
      scenario: 'nominal',
      scenario_json: '{}',
      ended_at: 2,
      memory_json: '{}',
      note_json: null,
      override_json: null,
      facts_json: '{}',
    } as const
    const campaign = { ...common, campaign: 'quick', campaign_json: '{}' } as const
    await journal.write([
      { query: db.insertInto('qualification_runs').values({ ...run, id: 'run_1' }) },
      {
        query: db
          .insertInto('campaign_results')
          .values({ ...campaign, id: 'cpr_1', ended_at: Date.now() }),
      },
      {
        query: db.insertInto('campaign_items').values({
          result_id: 'cpr_1',
          position: 1,
          scenario: 'nominal',
          run_id: 'run_1',
          result: 'PASSED',
          note_json: null,
        }),
      },
    ])
    expect(allCounts(await place.retention().run())).toEqual({})
    await journal.write([{ query: db.updateTable('campaign_results').set({ ended_at: 3 }) }])
    const plan = await place.retention().plan()
    expect(allCounts(plan)).toEqual({ runs: 1, campaigns: 1 })
    expect({ ...(await place.retention().run()), dryRun: true }).toEqual(plan)
  })

  test('what is needed again between the look and the removal stays', async () => {
    const place = await ground()
    const { journal, clock } = place
    const { db } = journal
    const flow = await place.flow(1, { payload_removed_at: 1 })
    const kept = await place.returnFlow(1, flow.id, 'EXPIRED')
    const delivery = { attempt: 1, at: clock.now(), outcome: 'failed', proof_json: '{}' }
    await journal.write([
      { query: db.insertInto('deliveries').values({ return_flow_id: kept.id, ...delivery }) },
    ])
    place.at(410)
    const settings = loadConfig({ environment: {} }).retention
    const returns = rowKinds({
      journal,
      payloads: place.payloads,
      settings,
      keep: 'none',
      now: clock.now(),
      systemNow: Date.now(),
      settledBefore: Date.now(),
    }).find(({ name }) => name === 'returns')
    const page = await returns!.page('past', undefined)
    expect(page).toHaveLength(1)
    const again = createReturns({ journal, clock, availableSeconds: 60 })
    await again.move(kept.id, 'again', { actor: GATEWAY_ACTOR, sirets: undefined })
    expect(await returns!.remove(page)).toEqual([])
    const rows = db.selectFrom('return_flows').select('id')
    expect(await journal.read(rows)).toEqual([{ id: kept.id }])
    const attempts = db.selectFrom('deliveries').select('attempt')
    expect(await journal.read(attempts)).toEqual([{ attempt: 1 }])
  })

  test('it runs by itself once a day, in one process', async () => {
    const place = await ground()
    const { id } = await place.flow(1)
    await place.flow(2, { finished_at: place.clock.now() + 5 * DAY })
    const { journal, clock } = place
    // The clock of the ground stands for the system's: nobody has moved it.
    const clockControl = { offsetMilliseconds: 0 }
    const daily = { journal, clock, clockControl, retention: place.retention(), isHourly: false }
    expect(await runWhenDue(daily)).toBe(0)
    place.at(91)
    const several = await Promise.all([runWhenDue(daily), runWhenDue(daily), runWhenDue(daily)])
    expect(several.toSorted()).toEqual([0, 0, 1])
    expect(await place.removedAt(id)).not.toBeNull()
    place.at(91.5)
    expect(await runWhenDue(daily)).toBe(0)
    place.at(96)
    expect(await runWhenDue(daily)).toBe(1)
  })
  test.each([400 * DAY, -400 * DAY])(
    'it does not run by itself while the clock is moved by %i ms, and goes on afterwards',
    async (offsetMilliseconds) => {
      const place = await ground()
      const { id, content } = await place.flow(1)
      const { journal, payloads, clock } = place
      const still = {
        journal,
        clock,
        clockControl: { offsetMilliseconds: 0 },
        retention: place.retention(),
        isHourly: false,
      }
      const moved = { ...still, clockControl: { offsetMilliseconds } }
      expect(await runWhenDue(still)).toBe(0)
      place.at(91)
      expect(await runWhenDue(moved)).toBe(0)
      expect(await place.removedAt(id)).toBeNull()
      expect(await payloads.has(content.sha256)).toBe(true)
      // By hand the moved clock counts.
      expect(allCounts(await place.retention().plan())).toEqual({ payloads: 1 })
      expect(await runWhenDue(still)).toBe(1)
    },
  )
})
