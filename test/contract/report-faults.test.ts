import { describe, expect, onTestFinished, test } from 'vitest'
import { GATEWAY_ACTOR } from '../../gateway/accounts/actor.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { createMailbox } from '../../gateway/delivery/mailbox.ts'
import { createReturns } from '../../gateway/delivery/returns.ts'
import type { FaultName } from '../../gateway/faults/fault-table.ts'
import type { ConnectionId, FlowId } from '../../gateway/flow.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { oneFault } from '../support/one-fault.ts'
import { openPipelinePlace } from '../support/pipeline-place.ts'
import { openPushPlace } from '../support/push-place.ts'
import { startTcpPartner } from '../support/tcp-partner.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const PARTNER: ConnectionId = 'cnx_1'
const HOUR = 3_600_000

/** A pipeline on which this fault acts, and the box its partner fetches reports from. */
async function placeWith(name: FaultName, values = {}, remaining: number | null = null) {
  const fault = oneFault(name, values, remaining)
  const place = await openPipelinePlace({
    folder: await temporaryFolder(),
    faults: fault.faults,
  })
  onTestFinished(() => place.close())
  await place.pipeline.start()
  const clock = new OffsetClock()
  const { journal, payloads } = place
  const mailbox = createMailbox({ journal, payloads, clock })
  return {
    hits: fault.hits,
    mailbox,
    returns: createReturns({ journal, clock, availableSeconds: 60 }),
    report: (id: FlowId) => place.report(id),
    /** Sends a flow of one invoice and waits for its verdict. */
    async send() {
      const supplier = `R${(suppliers += 1)}`
      const id = await place.deposit({ content: [{ number: 'F1', supplier }] })
      return await place.finished(id)
    },
    box: async () => (await mailbox.list(PARTNER)).map(({ flowId }) => flowId),
    rows: () =>
      journal.read(journal.db.selectFrom('return_flows').selectAll().orderBy('created_at')),
    deliveries: () => journal.read(journal.db.selectFrom('deliveries').selectAll()),
    /** As if the time that a fault asked for were over. */
    waited: () =>
      journal.write([{ query: journal.db.updateTable('return_flows').set({ offered_from: 1 }) }]),
  }
}

let suppliers = 0

describe('a fault on the report of a flow', () => {
  test('report-late: the flow is decided, its report is in the box only later', async () => {
    const here = await placeWith('report-late', { seconds: 3_600 })
    const flow = await here.send()
    expect(flow.state).toBe('IN_INTEGRE')
    expect(here.hits).toMatchObject([{ flowId: flow.id, connectionId: PARTNER }])
    const [row] = await here.rows()
    expect(row).toMatchObject({ state: 'OFFERED', flow_id: flow.id })
    expect(row!.offered_from! - row!.created_at).toBeGreaterThanOrEqual(HOUR - 1_000)
    expect(await here.box()).toEqual([])
    await expect(here.mailbox.open(PARTNER, row!.id)).rejects.toMatchObject({
      code: 'RETURN_FLOW_GONE',
    })
    await here.waited()
    expect(await here.box()).toEqual([flow.id])
  })

  test('report-late: an operator who offers it again need not wait', async () => {
    const here = await placeWith('report-late', { seconds: 3_600 })
    const flow = await here.send()
    const [row] = await here.rows()
    await here.returns.move(row!.id, 'again', { actor: GATEWAY_ACTOR, sirets: undefined })
    expect(await here.box()).toEqual([flow.id])
  })

  test('report-never: it is held, there for an operator and for nobody else', async () => {
    const here = await placeWith('report-never')
    const flow = await here.send()
    const [row] = await here.rows()
    expect(row?.state).toBe('HELD')
    expect(await here.box()).toEqual([])
    await here.returns.move(row!.id, 'release', { actor: GATEWAY_ACTOR, sirets: undefined })
    expect(await here.box()).toEqual([flow.id])
  })

  test('report-duplicate: once read it is there again, the same, and a third time never', async () => {
    const here = await placeWith('report-duplicate')
    await here.send()
    const read = async () => {
      const [first] = await here.mailbox.list(PARTNER)
      await here.mailbox.consumed(PARTNER, first!.id, {})
      return first
    }
    const first = await read()
    expect((await here.rows())[0]).toMatchObject({ state: 'OFFERED', delivered_at: null })
    expect(await read()).toEqual(first)
    expect(await here.box()).toEqual([])
    expect((await here.rows())[0]?.state).toBe('DELIVERED')
    expect((await here.deliveries()).map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, 'delivered'],
      [2, 'delivered'],
    ])
  })

  test('report-out-of-order: the first report comes once the second one has been read', async () => {
    const here = await placeWith('report-out-of-order', { seconds: 3_600 })
    const [first, second] = [await here.send(), await here.send()]
    expect(await here.box()).toEqual([second.id])
    const [listed] = await here.mailbox.list(PARTNER)
    await here.mailbox.consumed(PARTNER, listed!.id, {})
    expect(await here.box()).toEqual([first.id])
    expect(here.hits.map(({ flowId }) => flowId)).toEqual([first.id, second.id])
  })

  test('report-out-of-order: where no later one comes, it does after its time', async () => {
    const here = await placeWith('report-out-of-order', { seconds: 3_600 }, 1)
    const flow = await here.send()
    expect(await here.box()).toEqual([])
    await here.waited()
    expect(await here.box()).toEqual([flow.id])
  })

  test('report-wrong-reference: it names another flow of the partner, or one that is none', async () => {
    const here = await placeWith('report-wrong-reference')
    const [first, second] = [await here.send(), await here.send()]
    const named = async (id: FlowId) => /<IdFlux>([^<]*)<\/IdFlux>/.exec(await here.report(id))?.[1]
    expect(await named(second.id)).toBe(first.flow_identifier)
    const wrong = await named(first.id)
    expect(wrong).toHaveLength(first.flow_identifier.length)
    expect(wrong).not.toBe(first.flow_identifier)
    expect(await here.box()).toEqual([first.id, second.id])
  })

  test('report-unknown-status: it says a status that nobody has published, the next one says its own', async () => {
    const here = await placeWith('report-unknown-status', { status: '42' }, 1)
    const [first, second] = [await here.send(), await here.send()]
    const said = async (id: FlowId) =>
      /<IdStatut>([^<]*)<\/IdStatut>/.exec(await here.report(id))?.[1]
    expect(await said(first.id)).toBe('42')
    expect(await said(second.id)).toBe('90')
    expect(await here.box()).toEqual([first.id, second.id])
  })

  test('without one left the next report is as it should be', async () => {
    const here = await placeWith('report-never', {}, 1)
    await here.send()
    const second = await here.send()
    expect(await here.box()).toEqual([second.id])
  })
})

describe.each(JOURNAL_ADAPTERS)('a report with terms of its own, brought, on $name', (adapter) => {
  async function opened() {
    const journalPlace = await adapter.prepare()
    const place = await openPushPlace(await journalPlace.open(), journalPlace.dataFolder)
    onTestFinished(() => place.close())
    const partner = await startTcpPartner({})
    onTestFinished(() => partner.stop())
    const connectionId = await place.addPartner(1, partner.port)
    const run = () => {
      const engine = place.engine()
      onTestFinished(() => engine.stop(0))
    }
    return { place, partner, connectionId, run }
  }

  test('comes twice where that is asked for, as two emissions', async () => {
    const { place, partner, connectionId, run } = await opened()
    const id = await place.issue(connectionId, undefined, { repeats: 1 })
    run()
    await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
    expect(partner.taken).toHaveLength(2)
    expect(new Set(partner.taken).size).toBe(1)
    expect(await place.attemptsOf(id)).toEqual(['1 delivered', '2 delivered'])
    const [row] = await place.journal.read(
      place.journal.db.selectFrom('return_flows').selectAll().where('id', '=', id),
    )
    expect(row).toMatchObject({ emission: 2, repeats: 0, failures: 0, next_attempt_at: null })
  })

  test('is not brought before its time', async () => {
    const { place, partner, connectionId, run } = await opened()
    const offeredFrom = Date.now() + HOUR
    const late = await place.issue(connectionId, undefined, { offeredFrom })
    const next = await place.issue(connectionId)
    run()
    await expect.poll(() => place.stateOf(next)).toBe('DELIVERED')
    expect(partner.taken).toHaveLength(1)
    expect(await place.stateOf(late)).toBe('OFFERED')
  })

  test('that yields comes after the next one', async () => {
    const { place, partner, connectionId, run } = await opened()
    const terms = { offeredFrom: Date.now() + HOUR, yields: true }
    const first = await place.issue(connectionId, undefined, terms)
    const second = await place.issue(connectionId)
    run()
    await expect.poll(() => place.stateOf(first)).toBe('DELIVERED')
    expect(await place.stateOf(second)).toBe('DELIVERED')
    expect(partner.taken).toEqual(partner.taken.toSorted().toReversed())
  })

  test('is read from the box by the same terms', async () => {
    const { place, connectionId } = await opened()
    const mailbox = createMailbox(place)
    const terms = { offeredFrom: Date.now() + HOUR, yields: true }
    const first = await place.issue(connectionId, undefined, terms)
    const second = await place.issue(connectionId, undefined, { repeats: 1 })
    const ids = async () => (await mailbox.list(connectionId)).map(({ id }) => id)
    expect(await ids()).toEqual([second])
    await mailbox.consumed(connectionId, second, {})
    expect(await ids()).toEqual([first, second])
    await mailbox.consumed(connectionId, first, {})
    await mailbox.consumed(connectionId, second, {})
    expect(await ids()).toEqual([])
  })
})
