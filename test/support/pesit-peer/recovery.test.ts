// The peer against itself: transfers that are cut, gone back in, or interrupted.
import { afterEach, expect, test } from 'vitest'
import { newFetchAttempt } from './initiator-orders.ts'
import type { InitiatorOptions, SendOrder } from './initiator-orders.ts'
import { piNumber } from './fpdu.ts'
import { PesitInitiator } from './pesit-initiator.ts'
import { PesitResponder } from './pesit-responder.ts'
import type { ResponderOptions } from './responder-options.ts'

const SYNC = { intervalKib: 4, window: 2 }
const ARTICLE_BYTES = 1024
/** Runs, literals and columns that repeat from one article to the next; 20 points at 4 KiB. */
const CONTENT = Buffer.from(
  Array.from({ length: 80 * ARTICLE_BYTES + 123 }, (_, n) =>
    n % 64 < 20 ? 0x20 : n % 64 < 50 ? (n * 7 + (n >> 8)) % 251 : n % 64,
  ),
)

let responder: PesitResponder | undefined

afterEach(async () => {
  await responder?.stop()
  responder = undefined
})

async function pair(
  options: ResponderOptions = {},
  caller: Partial<InitiatorOptions> = {},
): Promise<{ responder: PesitResponder; initiator: PesitInitiator }> {
  responder = await PesitResponder.listen({ sync: SYNC, resync: true, ...options })
  const initiator = await PesitInitiator.connect({
    port: responder.port,
    requester: 'PARTNER1',
    server: 'PEERSRV',
    sync: SYNC,
    resync: true,
    ...caller,
  })
  return { responder, initiator }
}

function order(more: Partial<SendOrder> = {}): SendOrder {
  return { fileName: 'FACT0001', articleBytes: ARTICLE_BYTES, content: CONTENT, ...more }
}

const OFFERED = {
  fileName: 'RET0001',
  articleBytes: ARTICLE_BYTES,
  transferId: 77,
  content: CONTENT,
}

test('a sent file that was cut is taken up at the last acknowledged point', async () => {
  const cut = await pair({}, { cutAfterDataBytes: 50_000 })
  await expect(cut.initiator.sendFile(order({ transferId: 5 }))).rejects.toMatchObject({
    kind: 'closed',
  })
  await cut.responder.links[0]?.closed
  const again = await PesitInitiator.connect({
    port: cut.responder.port,
    requester: 'PARTNER1',
    server: 'PEERSRV',
    sync: SYNC,
  })
  const sent = await again.sendFile(order({ transferId: 5, isRestart: true }))
  await again.release()

  expect(sent.startPoint).toBeGreaterThan(5)
  const received = await cut.responder.nextFile()
  expect(received.content.equals(CONTENT)).toBe(true)
  expect(received.startPoint).toBe(sent.startPoint)
  const data = again.link.fpdus('sent').reduce((sum, fpdu) => sum + fpdu.data.length, 0)
  expect(data).toBe(CONTENT.length - sent.startPoint * 4096)
})

test.each([1, 2, 3] as const)(
  'a fetched file that was cut is taken up again, with compression %i',
  async (compression) => {
    const attempt = newFetchAttempt()
    const first = await pair(
      { files: [OFFERED], compressions: [1, 2, 3] },
      { cutAfterDataBytes: 30_000 },
    )
    await expect(
      first.initiator.fetchFile({ fileName: 'RET0001', attempt, compression }),
    ).rejects.toMatchObject({ kind: 'closed' })
    expect(attempt.transferId).toBe(77)
    const again = await PesitInitiator.connect({
      port: first.responder.port,
      requester: 'PARTNER1',
      server: 'PEERSRV',
      sync: SYNC,
    })
    const fetched = await again.fetchFile({
      fileName: 'RET0001',
      attempt,
      isRestart: true,
      compression,
    })
    await again.release()

    expect(fetched.content.equals(CONTENT)).toBe(true)
    const read = again.link.fpdus('sent').find((fpdu) => fpdu.name === 'READ')
    expect(read && piNumber(read, 18)).toBeGreaterThan(2)
    expect([...again.link.violations, ...first.responder.violations]).toEqual([])
  },
)

const RESYNC = { afterDataBytes: 30_000, do: 'resync', diagnostic: '1/100', point: 4 } as const
const RESYNC_AT_END = { ...RESYNC, afterDataBytes: 'end' } as const

test.each([
  ['the sender', { order: { actions: [RESYNC] } }],
  [
    'the sender, to the start',
    { order: { actions: [RESYNC] }, receiving: { answerResync: () => 0 } },
  ],
  ['the receiver', { receiving: { actions: [RESYNC] } }],
  [
    'the receiver, to the start',
    { order: { answerResync: () => 0 }, receiving: { actions: [RESYNC] } },
  ],
  ['the receiver at the end', { receiving: { actions: [RESYNC_AT_END] } }],
  ['both at once', { order: { actions: [RESYNC] }, receiving: { actions: [RESYNC] } }],
])('a sent file arrives whole though %s resynchronised', async (_who, way) => {
  const { responder, initiator } = await pair({
    compressions: [3],
    ...('receiving' in way ? { receiving: way.receiving } : {}),
  })
  await initiator.sendFile(order({ compression: 3, ...('order' in way ? way.order : {}) }))
  const received = await responder.nextFile()
  await initiator.release()

  expect(received.content.equals(CONTENT)).toBe(true)
  expect(initiator.link.names()).toContain('ACK(RESYN)')
  expect(responder.errors).toEqual([])
})

test.each([
  ['the sender', { sending: { actions: [RESYNC] } }],
  ['the receiver', { order: { actions: [RESYNC] } }],
  ['the receiver at the end', { order: { actions: [RESYNC_AT_END] } }],
  ['both at once', { sending: { actions: [RESYNC] }, order: { actions: [RESYNC] } }],
])('a fetched file arrives whole though %s resynchronised', async (_who, way) => {
  const { responder, initiator } = await pair({
    files: [OFFERED],
    ...('sending' in way ? { sending: way.sending } : {}),
  })
  const fetched = await initiator.fetchFile({
    fileName: 'RET0001',
    ...('order' in way ? way.order : {}),
  })
  await initiator.release()

  expect(fetched.content.equals(CONTENT)).toBe(true)
  expect(initiator.link.names()).toContain('ACK(RESYN)')
  expect(responder.errors).toEqual([])
})

test('a byte damaged on its way is asked for again by RESYN 1/100', async () => {
  let isDone = false
  const { responder, initiator } = await pair(
    {},
    {
      hasCrc: true,
      tamper: ([fpdu], wire) => {
        if (isDone || fpdu?.name !== 'DTF') return wire
        isDone = true
        const damaged = Buffer.from(wire)
        damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20)
        return damaged
      },
    },
  )
  await initiator.sendFile(order())
  await initiator.release()

  expect((await responder.nextFile()).content.equals(CONTENT)).toBe(true)
  expect(responder.violations).toEqual(['FPDU with a wrong CRC'])
})

const IDT = { afterDataBytes: 30_000, do: 'interrupt', diagnostic: '2/216' } as const

test.each([
  ['the requester', { order: { actions: [{ ...IDT, endCode: 16 }] } }],
  ['the server', { receiving: { actions: [{ ...IDT, endCode: 12 }] } }],
  [
    'both',
    {
      order: { actions: [{ ...IDT, endCode: 16 }] },
      receiving: { actions: [{ ...IDT, endCode: 12 }] },
    },
  ],
] as const)('a transfer interrupted by %s leaves the connection usable', async (_who, way) => {
  const { responder, initiator } = await pair(
    'receiving' in way ? { receiving: way.receiving } : {},
  )
  await expect(initiator.sendFile(order('order' in way ? way.order : {}))).rejects.toMatchObject({
    kind: 'interrupted',
    diagnostic: '2/216',
  })
  await expect(initiator.sendMessage({ fileName: 'STILL' })).resolves.toMatchObject({
    name: 'ACK(MSG)',
  })
  await initiator.release()

  expect(responder.received).toEqual([])
  expect(responder.errors).toEqual([])
})
