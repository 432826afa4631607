import { describe, expect, test } from 'vitest'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { openLifeCycle } from '../support/life-cycle-place.ts'
import { oneFault } from '../support/one-fault.ts'

/** What a life-cycle flow tells, in its order: `F1-1 01`. */
const told = (xml: string): string[] =>
  [...xml.matchAll(/<IdStatut>(.*?)<\/IdStatut>.*?<IdFacture>([^<]*)<\/IdFacture>/gs)].map(
    ([, status, number]) => `${number} ${status}`,
  )

describe.each(JOURNAL_ADAPTERS)('a fault on a life-cycle flow, on $name', (adapter) => {
  async function placeWith(remaining: number | null, codes = {}) {
    const fault = oneFault('life-cycle-unknown-status', { status: '42é' }, remaining)
    const place = await openLifeCycle(adapter, {
      faults: fault.faults,
      settings: { batchSeconds: 0, batchStatuses: 500 },
      codes: { FEN1200A: 'PARTIAL', FEN1201A: 'PARTIAL', ...codes },
    })
    const allTold = async () => (await place.issued('FEN1200A')).map(({ xml }) => told(xml))
    return { place, hits: fault.hits, allTold }
  }

  test('life-cycle-unknown-status: the last status told is one that nobody has published, the next flow tells its own', async () => {
    const { place, hits, allTold } = await placeWith(1)
    const first = await place.decide(1, [true, false, true])
    await place.work()
    place.clock.pass(1)
    const second = await place.decide(2, [true])
    await place.work()
    expect(await allTold()).toEqual([['F1-1 01', 'F1-2 37', 'F1-3 42'], ['F2-1 01']])
    expect(hits).toMatchObject([
      { flowId: first, connectionId: 'cnx_partner', protocol: 'sftp', interfaceCode: 'FEN1200A' },
    ])
    // Only what is sent is odd: the record says what is true.
    expect(await place.histories(first)).toEqual(['01', '37', '01'])
    expect(await place.histories(second)).toEqual(['01'])
  })

  test('life-cycle-unknown-status: what FEN1201A tells is as it should be, and does not use it up', async () => {
    const { place, hits } = await placeWith(null, { FEN1200A: 'NONE' })
    await place.decide(1, [false])
    await place.work()
    const [older] = await place.issued('FEN1201A')
    expect(older?.xml).toContain('Code="NON CONFORME CONCENTRATEUR"')
    expect(hits).toEqual([])
  })
})
