// A partner written from the reference alone fetches from the real listener.
import { afterEach, describe, expect, test } from 'vitest'
import { CONTENT, SYNC, requireNoViolations } from '../support/pesit-samples.ts'
import { startPesitReception } from '../support/pesit-reception.ts'
import type { PesitReception, PesitReceptionOptions } from '../support/pesit-reception.ts'
import { newFetchAttempt } from '../support/pesit-peer/initiator-orders.ts'
import type { FetchOrder, InitiatorOptions } from '../support/pesit-peer/initiator-orders.ts'
import type { PesitInitiator } from '../support/pesit-peer/pesit-initiator.ts'
import { piNumber, piText } from '../support/pesit-peer/fpdu.ts'

const REPORT = 'CSO1110A_SIM123_SIM1231110000000000000001.tar.gz'
let reception: PesitReception
let peer: PesitInitiator | undefined

async function start(options: PesitReceptionOptions = {}): Promise<void> {
  reception = await startPesitReception(options)
  await reception.offer(REPORT, CONTENT)
}

async function connect(more: Partial<InitiatorOptions> = {}): Promise<PesitInitiator> {
  peer = await reception.connect({ sync: SYNC, resync: true, ...more })
  return peer
}

afterEach(async () => {
  const links = peer === undefined ? [] : [peer.link]
  peer?.link.cut()
  peer = undefined
  await reception.stop()
  requireNoViolations(links)
})

describe('a return flow that a partner reads', () => {
  test.each<[string, Partial<InitiatorOptions>, Partial<FetchOrder>, PesitReceptionOptions]>([
    ['as it is', {}, {}, {}],
    ['without sync points', { sync: { intervalKib: 0, window: 0 } }, {}, {}],
    ['without answering points', { sync: { intervalKib: 4, window: 0 } }, {}, {}],
    ['compressed horizontally', {}, { compression: 1 }, {}],
    ['compressed vertically', {}, { compression: 2 }, {}],
    ['compressed both ways', {}, { compression: 3 }, {}],
    ['with check bytes', { hasCrc: true }, {}, {}],
    ['without prefix', { framing: 'raw' }, {}, {}],
    ['in small entities', {}, { maxEntityBytes: 600 }, {}],
    ['in short articles', {}, {}, { overrides: { articleBytes: 80 } }],
    ['with one FPDU in each entity', {}, {}, { overrides: { concatenation: false } }],
    ['with one article in each DTF', {}, {}, { overrides: { multiArticle: false } }],
    [
      'by an alias',
      {},
      { fileName: 'REPORTS' },
      { overrides: { aliases: { REPORTS: 'CSO1110A' } } },
    ],
    ['by a generic name', {}, { fileName: 'CSO*' }, {}],
    ['by its whole name', {}, { fileName: REPORT }, {}],
  ])(
    '%s comes whole, and is delivered once it is acknowledged',
    async (_, caller, how, options) => {
      await start(options)
      const partner = await connect(caller)
      const fetched = await partner.fetchFile({ fileName: 'CSO1110A', ...how })
      expect(fetched.content.equals(CONTENT)).toBe(true)
      expect(fetched.attributes).toMatchObject({ label: REPORT, dataCode: 2 })
      expect(await reception.returns()).toEqual({ [REPORT]: 'DELIVERED' })
      await expect(partner.fetchFile({ fileName: 'CSO1110A', ...how })).rejects.toMatchObject({
        kind: 'refused',
        diagnostic: '2/205',
      })
      await partner.release()
    },
  )

  test('of no bytes is delivered too', async () => {
    reception = await startPesitReception()
    await reception.offer(REPORT, Buffer.alloc(0))
    const partner = await connect()
    expect((await partner.fetchFile({ fileName: 'CSO1110A' })).content).toHaveLength(0)
    expect(await reception.returns()).toEqual({ [REPORT]: 'DELIVERED' })
  })

  test.each([{}, { compression: 1 }, { compression: 3 }] as const)(
    'that was cut is taken up at a point: %j',
    async (how) => {
      await start()
      const attempt = newFetchAttempt()
      const first = await connect({ cutAfterDataBytes: 60_000 })
      await expect(
        first.fetchFile({ fileName: 'CSO1110A', attempt, ...how }),
      ).rejects.toMatchObject({ kind: 'closed' })
      expect(await reception.returns()).toEqual({ [REPORT]: 'OFFERED' })
      const had = attempt.progress.dataBytes
      const points = new Map(attempt.progress.points)
      const again = await connect()
      const fetched = await again.fetchFile({
        fileName: 'CSO1110A',
        attempt,
        isRestart: true,
        ...how,
      })
      expect(fetched.content.equals(CONTENT)).toBe(true)
      const read = again.link.fpdus('sent').find(({ name }) => name === 'READ')
      const point = (read && piNumber(read, 18)) ?? 0
      expect(point).toBeGreaterThan(3)
      // No more than one sync interval of what had come is sent again.
      expect(had - (points.get(point)?.dataBytes ?? 0)).toBeLessThanOrEqual(
        SYNC.intervalKib * 1_024,
      )
      expect(await reception.returns()).toEqual({ [REPORT]: 'DELIVERED' })
    },
  )

  test('goes back to a point when the receiver asks for it', async () => {
    await start()
    const partner = await connect()
    const fetched = await partner.fetchFile({
      fileName: 'CSO1110A',
      acknowledge: (point) => point !== 6,
      actions: [{ afterDataBytes: 26_000, do: 'resync', diagnostic: '1/100', point: 6 }],
    })
    expect(fetched.content.equals(CONTENT)).toBe(true)
    expect(partner.link.names('received')).toContain('ACK(RESYN)')
  })

  test.each([4, 8, 12, 16] as const)(
    'that the receiver interrupts by IDT (%i) stays offered',
    async (endCode) => {
      await start()
      const partner = await connect()
      await expect(
        partner.fetchFile({
          fileName: 'CSO1110A',
          actions: [{ afterDataBytes: 30_000, do: 'interrupt', diagnostic: '2/216', endCode }],
        }),
      ).rejects.toMatchObject({ kind: 'interrupted' })
      expect(await reception.returns()).toEqual({ [REPORT]: 'OFFERED' })
      const { content } = await partner.fetchFile({ fileName: 'CSO1110A' })
      expect(content.equals(CONTENT)).toBe(true)
    },
  )

  test('is not delivered to who counts other bytes', async () => {
    await start()
    const partner = await connect()
    await expect(
      partner.fetchFile({ fileName: 'CSO1110A', claimedCounts: { dataBytes: 5, articles: 1 } }),
    ).rejects.toMatchObject({ diagnostic: '3/319' })
    expect(await reception.returns()).toEqual({ [REPORT]: 'OFFERED' })
  })

  test('is refused at a point that was never set, and to a transfer that is none', async () => {
    await start()
    const partner = await connect()
    await expect(partner.fetchFile({ fileName: 'CSO1110A', startPoint: 7 })).rejects.toMatchObject({
      diagnostic: '2/214',
    })
    const attempt = { ...newFetchAttempt(), transferId: 12_345 }
    await expect(
      partner.fetchFile({ fileName: 'CSO1110A', attempt, isRestart: true }),
    ).rejects.toMatchObject({ diagnostic: '2/227' })
  })

  test('is refused on a connection for writing', async () => {
    await start()
    const partner = await connect({ access: 'write' })
    await expect(partner.fetchFile({ fileName: 'CSO1110A' })).rejects.toMatchObject({
      diagnostic: '3/305',
    })
  })

  test('says its code in PI 12 and its name in PI 37', async () => {
    await start()
    const partner = await connect()
    await partner.fetchFile({ fileName: '*' })
    const selected = partner.link.fpdus('received').find(({ name }) => name === 'ACK(SELECT)')!
    expect([piText(selected, 12), piText(selected, 37)]).toEqual(['CSO1110A', REPORT])
  })
})
