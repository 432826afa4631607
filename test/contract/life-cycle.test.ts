import { describe, expect, test } from 'vitest'
import { giveFirstStatuses } from '../../processing/life-cycle/first-statuses.ts'
import { sendLifeCycleFlows } from '../../processing/life-cycle/life-cycle-flows.ts'
import { lifeCycleWork } from '../../processing/life-cycle/life-cycle-work.ts'
import { documentIssues } from '../../processing/formats/structure/check-document.ts'
import { Schema } from '../../processing/formats/structure/schema.ts'
import { STATUS_INFO_SCHEMA } from '../../processing/returns/status-info-schema.ts'
import { STATUT_SCHEMA } from '../../processing/returns/statut-schema.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { openLifeCycle } from '../support/life-cycle-place.ts'

const STATUT = new Schema(STATUT_SCHEMA)
const STATUS_INFO = new Schema(STATUS_INFO_SCHEMA)

/** What a life-cycle flow tells, in its order: `F1-1 01`. */
const told = (xml: string): string[] =>
  [...xml.matchAll(/<IdStatut>(\d\d)<\/IdStatut>.*?<IdFacture>([^<]*)<\/IdFacture>/gs)].map(
    ([, status, number]) => `${number} ${status}`,
  )

describe.each(JOURNAL_ADAPTERS)('the life cycle of invoices on $name', (adapter) => {
  test('begins with 01 and 37, or 22 and 37 when the flow was refused whole', async () => {
    const place = await openLifeCycle(adapter)
    const partial = await place.decide(1, [true, false, true])
    const complete = await place.decide(2, [true, false, true], { state: 'IN_REJETE' })
    await place.work()
    expect(await place.histories(partial)).toEqual(['01', '37', '01'])
    expect(await place.histories(complete)).toEqual(['22', '37', '22'])
  })

  test('gives no status to invoices of a flow that was refused before they were examined', async () => {
    const place = await openLifeCycle(adapter)
    const id = await place.decide(1, [true, true], { state: 'IN_REJETE' })
    const { journal } = place
    await journal.write([
      { query: journal.db.updateTable('flows').set({ refused: 0 }).where('id', '=', id) },
    ])
    await place.work()
    expect(await place.histories(id)).toEqual([])
  })

  test('is told to a subscribed partner in both formats, batched, each status once', async () => {
    const place = await openLifeCycle(adapter)
    await place.decide(1, [true, false])
    await place.work()
    expect(await place.issued('FEN1200A')).toEqual([])
    place.clock.pass(30)
    await place.decide(2, [true])
    await place.work()
    place.clock.pass(30)
    await place.work()
    await place.work()
    const native = await place.issued('FEN1200A')
    expect(native.map(({ name }) => name)).toEqual([
      'FEN1200A_ACM001_CPP0011200000000000000001.tar.gz',
    ])
    expect(told(native[0]!.xml)).toEqual(['F1-1 01', 'F1-2 37', 'F2-1 01'])
    expect(documentIssues(Buffer.from(native[0]!.xml), STATUT)).toEqual([])
    const [older, ...others] = await place.issued('FEN1201A')
    expect(others).toEqual([])
    expect(older?.name).toBe('FEN1201A_ACM001_CPP0011201000000000000001.tar.gz')
    expect(older?.xml).toContain('Code="NON CONFORME CONCENTRATEUR"')
    expect(documentIssues(Buffer.from(older!.xml), STATUS_INFO)).toEqual([])
  })

  test('is told to nobody who has not subscribed', async () => {
    const place = await openLifeCycle(adapter, { codes: { FEN1200A: 'NONE' } })
    const id = await place.decide(1, [true])
    await place.work()
    place.clock.pass(61)
    await place.work()
    expect(await place.histories(id)).toEqual(['01'])
    expect(await place.issued('FEN1200A')).toEqual([])
    expect(await place.issued('FEN1201A')).toEqual([])
  })

  test('of several processes at once gives and tells each status once, under numbers never given twice', async () => {
    const place = await openLifeCycle(adapter, {
      settings: { batchSeconds: 0, batchStatuses: 150 },
    })
    const flows = [
      await place.decide(
        1,
        Array.from({ length: 900 }, (_, index) => index % 3 > 0),
      ),
      await place.decide(2, [true]),
      await place.decide(3, [false]),
    ]
    const four = [1, 2, 3, 4]
    await Promise.all(four.map(() => giveFirstStatuses(place.options)))
    await giveFirstStatuses(place.options)
    await Promise.all(four.map(() => sendLifeCycleFlows(place.options)))
    await sendLifeCycleFlows(place.options)
    const histories = await Promise.all(flows.map((id) => place.histories(id)))
    expect(histories.flat().toSorted()).toEqual([
      ...Array<string>(601).fill('01'),
      ...Array<string>(301).fill('37'),
    ])
    const issued = await place.issued('FEN1200A')
    const all = issued.flatMap(({ xml }) => told(xml))
    expect(all).toHaveLength(902)
    expect(new Set(all).size).toBe(902)
    expect(new Set(issued.map(({ name }) => name)).size).toBe(issued.length)
  })

  test('goes by itself as the recipient’s profile says, the same for the same seed', async () => {
    const lives = async (seed: number): Promise<readonly string[]> => {
      const place = await openLifeCycle(adapter, { profile: 'suspends', seed })
      const id = await place.decide(1, Array<boolean>(200).fill(true))
      for (let round = 0; round < 20; round += 1) {
        await Promise.all(lifeCycleWork(place.options).map((chore) => chore.run()))
        place.clock.pass(10)
      }
      return await place.histories(id)
    }
    const [first, again, other] = [await lives(7), await lives(7), await lives(8)]
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
    expect(new Set(first)).toEqual(new Set(['01 02 03 07 09 10 11', '01 02 03 06']))
    const suspended = first.filter((life) => life.endsWith('06')).length
    expect(suspended).toBeGreaterThan(5)
    expect(suspended).toBeLessThan(40)
  })
})
