// Writes to the real listener that are cut, gone back in, or interrupted.
import { afterEach, describe, expect, test } from 'vitest'
import type { FaultAction, FaultPoint } from '../../gateway/faults.ts'
import { flowName, PARTNER } from '../support/door-ground.ts'
import { CONTENT, sendOrder, sha256, SYNC, requireNoViolations } from '../support/pesit-samples.ts'
import { startWire } from '../support/wire.ts'
import { startPesitReception } from '../support/pesit-reception.ts'
import type { PesitReception, PesitReceptionOptions } from '../support/pesit-reception.ts'
import type { InitiatorOptions, SendOrder } from '../support/pesit-peer/initiator-orders.ts'
import type { PesitInitiator } from '../support/pesit-peer/pesit-initiator.ts'

let reception: PesitReception
const peers: PesitInitiator[] = []

async function start(options: PesitReceptionOptions = {}): Promise<void> {
  reception = await startPesitReception(options)
}

async function connect(more: Partial<InitiatorOptions> = {}): Promise<PesitInitiator> {
  const peer = await reception.connect({ sync: SYNC, resync: true, ...more })
  peers.push(peer)
  return peer
}

const kept = () => reception.services.staging.find(PARTNER, flowName(1))?.bytes

async function expectFlow(): Promise<void> {
  expect(await reception.flows()).toMatchObject([
    { name: flowName(1), sha256: sha256(CONTENT), bytes: CONTENT.length },
  ])
}

afterEach(async () => {
  const said = peers.splice(0).map(({ link }) => link)
  for (const link of said) link.cut()
  await reception.stop()
  requireNoViolations(said)
})

describe('a write that was cut', () => {
  test.each<[string, Partial<SendOrder>]>([
    ['as it is', {}],
    ['compressed', { compression: 3 }],
    ['in segments', { segmentBytes: 300 }],
    ['counting what came after the restart only', { countsOf: 'resumed' }],
    ['several articles in a DTF', { articlesPerDtf: 3, isConcatenating: true }],
  ])('goes on behind its last point: %s', async (_, how) => {
    await start()
    const first = await connect({ cutAfterDataBytes: 90_000 })
    await expect(first.sendFile(sendOrder({ transferId: 5, ...how }))).rejects.toMatchObject({
      kind: 'closed',
    })
    await expect.poll(kept).toBeGreaterThan(60_000)
    const again = await connect()
    const sent = await again.sendFile(sendOrder({ transferId: 5, isRestart: true, ...how }))
    const acknowledged = first.link.names('received').filter((name) => name === 'ACK(SYN)').length
    expect(sent.startPoint).toBeGreaterThanOrEqual(acknowledged)
    await expectFlow()
    expect(kept()).toBeUndefined()
  })

  test('sends no more than one interval again', async () => {
    await start()
    const first = await connect({ cutAfterDataBytes: 90_000 })
    await expect(first.sendFile(sendOrder({ transferId: 5 }))).rejects.toMatchObject({
      kind: 'closed',
    })
    await expect.poll(kept).toBeGreaterThan(60_000)
    const again = await connect()
    const { startPoint } = await again.sendFile(sendOrder({ transferId: 5, isRestart: true }))
    expect(90_000 - startPoint * 4_096).toBeLessThanOrEqual(4_096)
  })

  test.each([
    ['at once', false],
    ['while its line still looks whole', true],
  ])('and is restarted %s goes on behind its last point', async (_, isLeftOpen) => {
    await start()
    const wire = await startWire(reception.listener.address.port)
    const first = await connect({ cutAfterDataBytes: 90_000, port: wire.port })
    wire.isLeftOpen = isLeftOpen
    await expect(first.sendFile(sendOrder({ transferId: 5 }))).rejects.toMatchObject({
      kind: 'closed',
    })
    const again = await connect()
    const { startPoint } = await again.sendFile(sendOrder({ transferId: 5, isRestart: true }))
    const acknowledged = first.link.names('received').filter((name) => name === 'ACK(SYN)').length
    expect(startPoint).toBeGreaterThanOrEqual(acknowledged)
    expect(startPoint).toBeGreaterThan(0)
    await expectFlow()
    await wire.close()
  })

  test('can be cut again and again', async () => {
    await start()
    let point = 0
    for (let cut = 0; cut < 3; cut += 1) {
      const partner = await connect({ cutAfterDataBytes: 40_000 })
      const how = { transferId: 5, isRestart: cut > 0 }
      await expect(partner.sendFile(sendOrder(how))).rejects.toMatchObject({ kind: 'closed' })
      await expect.poll(() => Math.floor((kept() ?? 0) / 4_096)).toBeGreaterThan(point)
      point = Math.floor((kept() ?? 0) / 4_096)
    }
    const last = await connect()
    await last.sendFile(sendOrder({ transferId: 5, isRestart: true }))
    await expectFlow()
  })

  test.each<[string, Partial<SendOrder>]>([
    ['another transfer of that name', { transferId: 6 }],
    ['another way through others', { transferId: 5, originalSender: 'PARTNER1' }],
  ])('begins anew as %s', async (_, how) => {
    await start()
    const first = await connect({ cutAfterDataBytes: 90_000 })
    await expect(first.sendFile(sendOrder({ transferId: 5 }))).rejects.toMatchObject({
      kind: 'closed',
    })
    await expect.poll(kept).toBeGreaterThan(60_000)
    const again = await connect()
    const { startPoint } = await again.sendFile(sendOrder({ isRestart: true, ...how }))
    expect(startPoint).toBe(0)
    await expectFlow()
  })

  test('and is sent anew, not restarted, begins at 0', async () => {
    await start()
    const first = await connect({ cutAfterDataBytes: 90_000 })
    await expect(first.sendFile(sendOrder())).rejects.toMatchObject({ kind: 'closed' })
    await expect.poll(kept).toBeGreaterThan(60_000)
    const again = await connect()
    expect((await again.sendFile(sendOrder())).startPoint).toBe(0)
    await expectFlow()
  })

  test('and of which nothing is known here is taken up at 0 (decisions E5)', async () => {
    await start()
    const partner = await connect()
    const { startPoint } = await partner.sendFile(sendOrder({ isRestart: true }))
    expect(startPoint).toBe(0)
    await expectFlow()
  })

  test('without sync points begins at 0', async () => {
    await start()
    const first = await connect({ cutAfterDataBytes: 90_000 })
    await expect(first.sendFile(sendOrder())).rejects.toMatchObject({ kind: 'closed' })
    await expect.poll(kept).toBeGreaterThan(60_000)
    const again = await connect({ sync: { intervalKib: 0, window: 0 } })
    expect((await again.sendFile(sendOrder({ isRestart: true }))).startPoint).toBe(0)
    await expectFlow()
  })
})

describe('a write that is interrupted', () => {
  test.each([
    [4, true],
    [8, true],
    [12, false],
    [16, false],
  ] as const)('by the partner, IDT %i: what came is kept: %s', async (endCode, isKept) => {
    await start()
    const partner = await connect()
    const actions = [
      { afterDataBytes: 60_000, do: 'interrupt', diagnostic: '2/216', endCode },
    ] as const
    await expect(partner.sendFile(sendOrder({ actions }))).rejects.toMatchObject({
      kind: 'interrupted',
    })
    expect(kept() !== undefined).toBe(isKept)
    const { startPoint } = await partner.sendFile(sendOrder({ isRestart: true }))
    expect(startPoint > 0).toBe(isKept)
    await expectFlow()
  })

  test('by us, as it is longer than a flow may be', async () => {
    await start({ limits: { maxFlowBytes: 100_000 } })
    const partner = await connect()
    await expect(partner.sendFile(sendOrder({ reservationKib: 0 }))).rejects.toMatchObject({
      kind: 'interrupted',
      diagnostic: '2/219',
    })
    expect(await reception.refusals()).toMatchObject([{ code: 'CONTENT_TOO_LARGE' }])
    expect(kept()).toBeUndefined()
  })

  test('by us, as it is longer than it was announced', async () => {
    await start()
    const partner = await connect()
    await expect(partner.sendFile(sendOrder({ reservationKib: 100 }))).rejects.toMatchObject({
      kind: 'interrupted',
      diagnostic: '2/219',
    })
  })

  test('by us, for a fault, can be taken up', async () => {
    let fault: { point: FaultPoint; action: FaultAction } | undefined = {
      point: 'data',
      action: { kind: 'refuse', message: 'on demand' },
    }
    await start({ faults: { at: (point) => (point === fault?.point ? fault.action : undefined) } })
    const partner = await connect()
    await expect(partner.sendFile(sendOrder())).rejects.toMatchObject({ kind: 'interrupted' })
    fault = undefined
    await partner.sendFile(sendOrder({ isRestart: true }))
    await expectFlow()
  })

  test('by both at once is over by one answer, the partner’s IDT winning (conflict 14)', async () => {
    await start({ limits: { maxFlowBytes: 50_000 } })
    const partner = await connect()
    const actions = [
      { afterDataBytes: 52_000, do: 'interrupt', diagnostic: '2/216', endCode: 16 },
    ] as const
    await expect(partner.sendFile(sendOrder({ actions, reservationKib: 0 }))).rejects.toMatchObject(
      { kind: 'interrupted' },
    )
    await partner.sendFile(sendOrder({ content: CONTENT.subarray(0, 4_000), label: flowName(2) }))
    expect(await reception.flows()).toMatchObject([{ name: flowName(2) }])
  })

  test('by ABORT can be taken up', async () => {
    await start()
    const first = await connect()
    const actions = [{ afterDataBytes: 90_000, do: 'abort', diagnostic: '3/312' }] as const
    await expect(first.sendFile(sendOrder({ actions }))).rejects.toMatchObject({ kind: 'closed' })
    await expect.poll(kept).toBeGreaterThan(60_000)
    const again = await connect()
    const { startPoint } = await again.sendFile(sendOrder({ isRestart: true }))
    expect(startPoint).toBeGreaterThan(15)
    await expectFlow()
  })

  test('by an end that says why is refused by 2/223, and can be taken up', async () => {
    await start()
    const partner = await connect()
    const half = { content: CONTENT.subarray(0, 100_000), endDiagnostic: '2/213' }
    await expect(partner.sendFile(sendOrder(half))).rejects.toMatchObject({ diagnostic: '2/223' })
    const { startPoint } = await partner.sendFile(sendOrder({ isRestart: true }))
    expect(startPoint).toBeGreaterThan(20)
    await expectFlow()
  })
})

describe('a write that is resynchronised', () => {
  test.each<[string, Partial<SendOrder>]>([
    ['as it is', {}],
    ['compressed', { compression: 3 }],
  ])('by the sender comes whole: %s', async (_, how) => {
    await start()
    const partner = await connect()
    const afterDataBytes = 40_000
    const actions = [{ afterDataBytes, do: 'resync', diagnostic: '2/299', point: 9 }] as const
    await partner.sendFile(sendOrder({ actions, ...how }))
    expect(partner.link.names('received')).toContain('ACK(RESYN)')
    await expectFlow()
  })

  test('by us, for wrong check bytes, comes whole', async () => {
    await start()
    let isDone = false
    const partner = await connect({
      hasCrc: true,
      tamper: (fpdus, wire) => {
        if (isDone || fpdus[0]?.name !== 'SYN') return wire
        isDone = true
        const damaged = Buffer.from(wire)
        damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 0xff, damaged.length - 1)
        return damaged
      },
    })
    await partner.sendFile(sendOrder())
    expect(partner.link.names('received')).toContain('RESYN')
    await expectFlow()
  })

  test('too often is broken off by 3/320', async () => {
    await start()
    const partner = await connect()
    const actions = Array.from(
      { length: 7 },
      () => ({ afterDataBytes: 1, do: 'resync', diagnostic: '2/299', point: 0 }) as const,
    )
    await expect(partner.sendFile(sendOrder({ actions }))).rejects.toMatchObject({
      kind: 'aborted',
      diagnostic: '3/320',
    })
  })
})
