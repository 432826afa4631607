// A partner written from the reference alone sends to the real listener.
import { afterEach, describe, expect, test } from 'vitest'
import { flowName } from '../support/door-ground.ts'
import { CONTENT, sendOrder, sha256, SYNC, requireNoViolations } from '../support/pesit-samples.ts'
import { startPesitReception } from '../support/pesit-reception.ts'
import type { PesitReception, PesitReceptionOptions } from '../support/pesit-reception.ts'
import type { InitiatorOptions, SendOrder } from '../support/pesit-peer/initiator-orders.ts'
import type { PesitInitiator } from '../support/pesit-peer/pesit-initiator.ts'

let reception: PesitReception
let peer: PesitInitiator | undefined

async function start(options: PesitReceptionOptions = {}): Promise<void> {
  reception = await startPesitReception(options)
}

async function connect(more: Partial<InitiatorOptions> = {}): Promise<PesitInitiator> {
  peer = await reception.connect({ sync: SYNC, resync: true, ...more })
  return peer
}

function flowOf(content = CONTENT) {
  return { name: flowName(1), sha256: sha256(content), bytes: content.length }
}

afterEach(async () => {
  const links = peer === undefined ? [] : [peer.link]
  peer?.link.cut()
  peer = undefined
  await reception.stop()
  requireNoViolations(links)
})

describe('a file that a partner writes', () => {
  test('is a flow of the journal once ACK(TRANS.END) is positive', async () => {
    await start()
    const partner = await connect()
    await partner.sendFile(sendOrder())
    expect(await reception.flows()).toMatchObject([flowOf()])
    await partner.release()
    await partner.link.closed
  })

  test.each<[string, Partial<InitiatorOptions>, Partial<SendOrder>]>([
    ['without sync points', { sync: { intervalKib: 0, window: 0 } }, {}],
    ['with points that are never answered', { sync: { intervalKib: 4, window: 0 } }, {}],
    ['with points as the sender likes', { sync: { intervalKib: 65_535, window: 3 } }, {}],
    ['with a window of one', { sync: { intervalKib: 1, window: 1 } }, {}],
    ['several articles in a DTF', {}, { articlesPerDtf: 7 }],
    ['articles in segments', {}, { segmentBytes: 300 }],
    ['articles longer than an entity', {}, { maxEntityBytes: 600 }],
    ['several FPDUs in an entity', {}, { isConcatenating: true }],
    ['all of that', {}, { isConcatenating: true, articlesPerDtf: 3, maxEntityBytes: 2_500 }],
    ['compressed horizontally', {}, { compression: 1 }],
    ['compressed vertically', {}, { compression: 2 }],
    ['compressed both ways', {}, { compression: 3, articlesPerDtf: 20 }],
    ['compressed, in segments', {}, { compression: 3, segmentBytes: 100 }],
    ['with check bytes', { hasCrc: true }, {}],
    ['with check bytes and compression', { hasCrc: true }, { compression: 3, articlesPerDtf: 5 }],
    ['without prefix', { framing: 'raw' }, {}],
    ['without prefix, with check bytes', { framing: 'raw', hasCrc: true }, { segmentBytes: 200 }],
    ['after a pre-connection', { preConnection: { id: 'PARTNER1', password: 'SECRET01' } }, {}],
    [
      'after a pre-connection without prefix',
      { framing: 'raw', preConnection: { id: 'PARTNER1', password: 'SECRET01' } },
      {},
    ],
    ['of fixed articles', {}, { format: 'fixed', articleBytes: 1 }],
    ['with its name twice', {}, { fileName: flowName(1) }],
  ])('%s', async (_, caller, how) => {
    await start()
    const partner = await connect(caller)
    const content = how.articleBytes === 1 ? CONTENT.subarray(0, 3_000) : CONTENT
    await partner.sendFile(sendOrder({ content, ...how }))
    expect(await reception.flows()).toMatchObject([flowOf(content)])
    await partner.release()
  })

  test.each([0, 1, 1_023, 1_024, 1_025, 40_000, 3_000_000])('of %i bytes', async (bytes) => {
    await start()
    const partner = await connect({ sync: { intervalKib: 32, window: 2 } })
    const content = Buffer.alloc(bytes, 'raccord')
    await partner.sendFile(sendOrder({ content, articlesPerDtf: 4 }))
    expect(await reception.flows()).toMatchObject([flowOf(content)])
  })
})
