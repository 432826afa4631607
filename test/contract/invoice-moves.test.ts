import { describe, expect, test } from 'vitest'
import { JournaledDirectory } from '../../gateway/directory/journaled-directory.ts'
import type { LifeCycle, Mover } from '../../gateway/life-cycle/life-cycle.ts'
import { openLifeCycle } from '../../processing/life-cycle/open-life-cycle.ts'
import { JOURNAL_ADAPTERS, type JournalAdapter } from '../support/journal-adapters.ts'
import { openLifeCycle as openPlace, type LifeCyclePlace } from '../support/life-cycle-place.ts'

interface Driven extends LifeCyclePlace {
  readonly lifeCycle: LifeCycle
  readonly by: Mover
  readonly audited: string[]
}

async function open(adapter: JournalAdapter): Promise<Driven> {
  const place = await openPlace(adapter, {
    settings: { batchSeconds: 0, batchStatuses: 500 },
  })
  const { journal, payloads, clock } = place
  const directory = await JournaledDirectory.open({ journal, clock, environment: 'qualification' })
  const audited: string[] = []
  const by: Mover = {
    name: 'Tester',
    audit: ({ objectId }) => {
      audited.push(objectId)
      return {
        query: journal.db
          .insertInto('facts')
          .values({ name: `audit ${audited.length}`, value: objectId }),
      }
    },
  }
  const lifeCycle = openLifeCycle({ journal, payloads, clock, directory })
  return { ...place, lifeCycle, by, audited }
}

const all = { where: {}, limit: 1_000 }

describe.each(JOURNAL_ADAPTERS)('an invoice on $name', (adapter) => {
  test('is moved by its number, by its id, or with all that match', async () => {
    const { lifeCycle, by, ...place } = await open(adapter)
    const id = await place.decide(1, Array<boolean>(120).fill(true))
    await place.work()
    await lifeCycle.advance({ ...all, invoices: ['F1-1', `${id}.2`] }, '02', by)
    await lifeCycle.advance({ where: { status: '02' }, limit: 1 }, '03', by)
    const rest = await lifeCycle.advance({ where: { status: '01' }, limit: 1_000 }, '02', by)
    expect(rest).toEqual({ moved: 118, refused: [], isCut: false })
    const histories = await place.histories(id)
    expect(histories.toSorted()).toEqual([...Array<string>(119).fill('01 02'), '01 02 03'])
    expect(place.audited).toHaveLength(3)
  })

  test('that may not go there stays, and whoever asked is told where it may go', async () => {
    const { lifeCycle, by, ...place } = await open(adapter)
    const id = await place.decide(1, [true, false])
    await place.work()
    await expect(lifeCycle.advance({ ...all, invoices: ['F1-1'] }, '11', by)).rejects.toMatchObject(
      {
        code: 'INVOICE_MOVE_ILLEGAL',
        remedy:
          'From 01 it may go to 02 (gateway), 23 (gateway), 27 (gateway), 30 (gateway), 33 (gateway).',
      },
    )
    await expect(lifeCycle.advance({ ...all, invoices: ['F1-2'] }, '02', by)).rejects.toMatchObject(
      { remedy: '37 is final: send a new invoice.' },
    )
    expect(await lifeCycle.advance(all, '02', by)).toMatchObject({
      moved: 1,
      refused: [{ number: 'F1-2', status: '37', allowed: [] }],
    })
    expect(await place.histories(id)).toEqual(['01 02', '37'])
  })

  test('that two move at once is moved by one', async () => {
    const { lifeCycle, by, ...place } = await open(adapter)
    const id = await place.decide(1, [true])
    await place.work()
    const tries = ['02', '23', '02', '27'].map((to) =>
      lifeCycle.advance(all, to, by).then(({ moved }) => moved),
    )
    const moved = await Promise.all(tries)
    const [history = ''] = await place.histories(id)
    expect(moved.reduce((sum, count) => sum + count, 0)).toBe(history.split(' ').length - 1)
  })

  test('rejected for its routing is recycled to another recipient, with its number', async () => {
    const { lifeCycle, by, ...place } = await open(adapter)
    const id = await place.decide(1, [true])
    await place.work()
    const recycle = () =>
      lifeCycle.recycle('F1-1', { recipient: '00000000010017', service: 'VOIRIE' }, by)
    await expect(recycle()).rejects.toMatchObject({ code: 'INVOICE_MOVE_ILLEGAL' })
    for (const to of ['02', '03', '04']) await lifeCycle.advance(all, to, by)
    await lifeCycle.acknowledge('F1-1', by)
    expect((await lifeCycle.show('F1-1'))?.acknowledgedAt).not.toBeNull()
    await expect(
      lifeCycle.recycle('F1-1', { recipient: '00000000010058' }, by),
    ).rejects.toMatchObject({ code: 'API_REQUEST_INVALID' })
    await recycle()
    expect(await place.histories(id)).toEqual(['01 02 03 04 01'])
    expect(await lifeCycle.show(`${id}.1`)).toMatchObject({
      number: 'F1-1',
      recipient: { id: '00000000010017', service: 'VOIRIE' },
      status: '01',
      acknowledgedAt: null,
    })
    await place.work()
    const [flow] = (await place.issued('FEN1200A')).slice(-1)
    expect(flow?.xml).toContain('<Identifiant>00000000010017</Identifiant>')
  })

  test('suspended is completed with documents, which are kept', async () => {
    const { lifeCycle, by, ...place } = await open(adapter)
    const id = await place.decide(1, [true])
    await place.work()
    for (const to of ['02', '03', '06']) await lifeCycle.advance(all, to, by)
    const bytes = Buffer.from('%PDF-1.7 delivery note')
    const documents = [{ name: 'bon.pdf', mediaType: 'application/pdf', bytes }]
    await lifeCycle.complete('F1-1', documents, by, 'voici')
    const invoice = await lifeCycle.show(`${id}.1`)
    expect(invoice).toMatchObject({ status: '12', documents: [{ name: 'bon.pdf' }] })
    const stored = await place.payloads.read(invoice!.documents[0]!).toArray()
    expect(Buffer.concat(stored)).toEqual(bytes)
    await lifeCycle.advance(all, '11', by)
    expect(await place.histories(id)).toEqual(['01 02 03 06 12 11'])
  })

  test('follows a script, each step in its time, until somebody else moves it elsewhere', async () => {
    const { lifeCycle, by, ...place } = await open(adapter)
    const id = await place.decide(1, [true, true])
    await place.work()
    const steps = [
      { to: '02', afterSeconds: 10 },
      { to: '03', afterSeconds: 60 },
      { to: '11', afterSeconds: 3_600 },
    ]
    expect(await lifeCycle.plan(all, { steps }, by)).toBe(2)
    expect((await lifeCycle.show('F1-1'))?.plan.map(({ to }) => to)).toEqual(['02', '03', '11'])
    place.clock.pass(9)
    await place.work()
    expect(await place.histories(id)).toEqual(['01', '01'])
    place.clock.pass(61)
    await place.work()
    expect(await place.histories(id)).toEqual(['01 02 03', '01 02 03'])
    await lifeCycle.advance({ ...all, invoices: ['F1-2'] }, '05', by)
    place.clock.pass(4_000)
    await place.work()
    await place.work()
    expect(await place.histories(id)).toEqual(['01 02 03 11', '01 02 03 05'])
    expect((await lifeCycle.show('F1-2'))?.plan).toEqual([])
  })

  test('is found page by page, by each criterion', async () => {
    const { lifeCycle, ...place } = await open(adapter)
    await place.decide(1, [true, true, false])
    await place.decide(2, [true])
    await place.work()
    const numbers = async (criteria: Parameters<LifeCycle['list']>[0]) =>
      (await lifeCycle.list(criteria)).items.map(({ number }) => number)
    const first = await lifeCycle.list({ limit: 3 })
    expect(first.items.map(({ number }) => number)).toEqual(['F2-1', 'F1-1', 'F1-2'])
    expect(await numbers({ limit: 3, after: first.next! })).toEqual(['F1-3'])
    expect(await numbers({ limit: 9, status: '37' })).toEqual(['F1-3'])
    expect(await numbers({ limit: 9, connection: 'ACM001', number: 'F2-1' })).toEqual(['F2-1'])
    expect(await numbers({ limit: 9, sirets: [] })).toEqual([])
    expect(await numbers({ limit: 9, recipient: '0' })).toEqual([])
  })
})
