import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GATEWAY_ACTOR } from '../../gateway/accounts/actor.ts'
import type { FlowId } from '../../gateway/flow.ts'
import { beginEpoch } from '../../gateway/uniqueness-epochs.ts'
import { claimInvoiceNumbers } from '../../processing/invoice-numbers.ts'
import { flowName, openDoorGround, PARTNER, receive, TWIN } from '../support/door-ground.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { invoiceRow } from '../support/journal-rows.ts'
import { startedApi } from '../support/started-api.ts'

/** Many tables are made: on a busy machine that takes its time. */
const BUSY = { timeout: 900_000 }
const NUMBER = 'SIM1231110000000000000001'

describe.each(JOURNAL_ADAPTERS)('uniqueness on $name', (adapter) => {
  async function opened() {
    const place = await adapter.prepare()
    const api = await startedApi({ journal: await place.open() })
    const { journal } = api.services
    const { db } = journal
    const ground = await openDoorGround(place.dataFolder, { journal })
    onTestFinished(() => ground.close())
    return {
      ...ground,
      api,
      push: async (number: number, content: Buffer) =>
        ground.intake(await receive(ground, flowName(number), content)),
      decide: (id: FlowId) =>
        journal.write([
          {
            query: db
              .updateTable('flows')
              .set({ state: 'IN_INTEGRE', stage: 'done', finished_at: 1 })
              .where('id', '=', id),
          },
        ]),
      /** @returns whether the flow got the number of its one invoice, the same for all */
      async claims(id: FlowId): Promise<boolean> {
        await journal.write([{ query: db.insertInto('invoices').values(invoiceRow(id, 1, [])) }])
        const flow = { id, connection_id: PARTNER, replay_of: null }
        await claimInvoiceNumbers(journal, flow, { withinYear: false })
        const rows = await journal.read(
          db.selectFrom('invoices').select('is_correct').where('flow_id', '=', id),
        )
        return rows[0]?.is_correct === 1
      },
      async show(name: string) {
        const answer = await api.machine.ask('GET', `/flows/${encodeURIComponent(name)}`)
        return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
      },
      async reset(body: object) {
        const answer = await api.machine.ask('POST', '/uniqueness/epochs', body)
        return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
      },
    }
  }

  function taken(outcome: Awaited<ReturnType<Awaited<ReturnType<typeof opened>>['push']>>): FlowId {
    if (outcome.outcome !== 'taken') throw new Error(`The flow was ${outcome.outcome}.`)
    return outcome.flowId
  }

  test('after a reset the names and numbers of decided flows come again', BUSY, async () => {
    const place = await opened()
    const { journal, push } = place
    const { db } = journal
    const content = randomBytes(100)
    const first = taken(await push(1, content))
    expect(await place.claims(first)).toBe(true)
    await place.decide(first)
    const undecided = taken(await push(2, content))
    expect(await push(1, randomBytes(100))).toMatchObject({ code: 'IDENTIFIER_TAKEN' })
    expect(await push(1, content)).toMatchObject({ outcome: 'already-taken' })

    expect(await place.reset({ flows: true, invoices: true })).toEqual({
      status: 200,
      body: { epoch: 1, flows: 1, invoices: 1, undecided: 1 },
    })
    // Known by its identifier and the epoch, and all there.
    expect(await place.show(`${NUMBER}~1`)).toMatchObject({
      status: 200,
      body: { id: first, number: `${NUMBER}~1`, file: { name: flowName(1) } },
    })
    const events = await journal.read(
      db.selectFrom('flow_events').selectAll().where('flow_id', '=', first).orderBy('id', 'desc'),
    )
    expect(events[0]).toMatchObject({ stage: 'intake', outcome: 'identifier free again' })
    const audit = await journal.read(
      db.selectFrom('audit').selectAll().where('action', '=', 'uniqueness.reset'),
    )
    expect(audit.map((row) => JSON.parse(row.after_json ?? ''))).toEqual([
      { epoch: 1, flows: true, invoices: true },
    ])

    const again = taken(await push(1, content))
    expect(again).not.toBe(first)
    expect(await place.show(NUMBER)).toMatchObject({ body: { id: again } })
    expect(await place.claims(again)).toBe(true)
    expect(await push(2, randomBytes(100))).toMatchObject({ code: 'IDENTIFIER_TAKEN' })
    const listed = await place.deposits.list(PARTNER)
    expect(listed.map(({ name }) => name).toSorted()).toEqual([flowName(1), flowName(2)])

    await place.decide(again)
    await place.decide(undecided)
    expect(await place.reset({ flows: true })).toMatchObject({
      body: { epoch: 2, flows: 2, invoices: 0, undecided: 0 },
    })
    const rows = await journal.read(db.selectFrom('flows').select('flow_identifier').orderBy('id'))
    expect(rows.map((row) => row.flow_identifier).toSorted()).toEqual([
      `${NUMBER}~1`,
      `${NUMBER}~2`,
      `${NUMBER.slice(0, -1)}2~2`,
    ])
  })

  test(
    'what comes again while an epoch begins is of the new one, and holds what it brings',
    BUSY,
    async () => {
      const place = await opened()
      const { journal, push } = place
      const { db } = journal
      const { services } = place.api
      const asked = { connectionId: undefined, flows: true, invoices: true }
      const first = taken(await push(1, randomBytes(100)))
      await place.decide(first)
      await beginEpoch(services, asked, GATEWAY_ACTOR)
      // Taken in, and decided, after epoch 2 began: by a machine whose clock is ahead.
      const again = taken(await push(1, randomBytes(100)))
      expect(await place.claims(again)).toBe(true)
      await place.decide(again)
      const later = `flw_8${again.slice(5)}` as const
      for (const [table, column] of [
        ['flows', 'id'],
        ['invoices', 'flow_id'],
        ['invoice_numbers', 'flow_id'],
      ] as const) {
        const move = sql`update ${sql.table(table)} set ${sql.ref(column)} = ${later}
        where ${sql.ref(column)} = ${again}`
        await journal.write([{ query: { compile: () => move.compile(journal.db) } }])
      }
      expect(await beginEpoch(services, asked, GATEWAY_ACTOR)).toMatchObject({
        epoch: 2,
        flows: 0,
        invoices: 0,
      })
      // By one whose clock is behind: its mark is taken, and the epoch ends all the same.
      const behind = taken(await push(2, randomBytes(100)))
      await place.decide(behind)
      const marked = db
        .updateTable('flows')
        .set({ flow_identifier: `${NUMBER.slice(0, -1)}2~3` })
        .where('id', '=', first)
      await journal.write([{ query: marked }])
      expect(await beginEpoch(services, asked, GATEWAY_ACTOR)).toMatchObject({ epoch: 3, flows: 0 })
      expect(await place.show(NUMBER)).toMatchObject({ body: { id: later } })
    },
  )

  test(
    'a reset of invoices leaves names, and one of a connection leaves others',
    BUSY,
    async () => {
      const place = await opened()
      const first = taken(await place.push(1, randomBytes(100)))
      expect(await place.claims(first)).toBe(true)
      await place.decide(first)
      const { services } = place.api
      const asked = { connectionId: TWIN, flows: true, invoices: true }
      expect(await beginEpoch(services, asked, GATEWAY_ACTOR)).toEqual({
        epoch: 1,
        flows: 0,
        invoices: 0,
        undecided: 0,
      })
      const second = taken(await place.push(2, randomBytes(100)))
      expect(await place.claims(second)).toBe(false)
      expect(await place.reset({ invoices: true })).toMatchObject({
        body: { epoch: 2, flows: 0, invoices: 1, undecided: 1 },
      })
      expect(await place.claims(taken(await place.push(3, randomBytes(100))))).toBe(true)
      expect(await place.push(1, randomBytes(100))).toMatchObject({ code: 'IDENTIFIER_TAKEN' })
    },
  )

  test(
    'a reset is refused in production, without a purpose, and of a connection that there is not',
    BUSY,
    async () => {
      const place = await opened()
      const production = { ...place.api.services, environment: 'production' } as const
      const asked = { connectionId: undefined, flows: true, invoices: true }
      await expect(beginEpoch(production, asked, GATEWAY_ACTOR)).rejects.toMatchObject({
        code: 'NOT_IN_PRODUCTION',
      })
      expect((await place.reset({})).body).toMatchObject({ code: 'API_REQUEST_INVALID' })
      expect((await place.reset({ flows: true, connection: 'NOBODY' })).body).toMatchObject({
        code: 'CONNECTION_UNKNOWN',
      })
    },
  )
})
