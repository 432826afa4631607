// Our requester fetches from the independent peer, which was written from the reference alone.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PARTNER_PRESETS } from '../../protocols/pesit/partner-presets.ts'
import type { PartnerProfile } from '../../protocols/pesit/partner-presets.ts'
import { LocalFile, PesitRequester } from '../../protocols/pesit/sender.ts'
import type { CallOptions, FetchOrder } from '../../protocols/pesit/sender.ts'
import { lastPlace, identityMark } from '../../protocols/pesit/sync-places.ts'
import { PesitResponder } from '../support/pesit-peer/pesit-responder.ts'
import type { ResponderOptions } from '../support/pesit-peer/responder-options.ts'

const SYNC = { intervalKib: 4, window: 2 }
const CONTENT = Buffer.from(
  Array.from({ length: 80 * 1_024 + 123 }, (_, n) =>
    n % 64 < 20 ? 0x20 : n % 64 < 50 ? (n * 7 + (n >> 8)) % 251 : n % 64,
  ),
)
const OFFERED = { fileName: 'RET0001', articleBytes: 1_024, transferId: 77, content: CONTENT }

let responder: PesitResponder | undefined
let requester: PesitRequester | undefined
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-pesit-fetch-'))
})
afterEach(async () => {
  await requester?.close()
  await responder?.stop()
  responder = requester = undefined
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})

interface Way {
  readonly title: string
  readonly responder?: ResponderOptions
  readonly profile?: Partial<PartnerProfile>
  readonly call?: Partial<CallOptions>
}

async function call(way: Omit<Way, 'title'> = {}): Promise<{
  responder: PesitResponder
  requester: PesitRequester
}> {
  responder ??= await PesitResponder.listen({
    sync: SYNC,
    resync: true,
    files: [OFFERED],
    ...way.responder,
  })
  requester = await PesitRequester.connect({
    place: { host: '127.0.0.1', port: responder.port },
    requesterId: 'GATEWAY1',
    serverId: 'PARTNER1',
    profile: { ...PARTNER_PRESETS.spec, sync: SYNC, ...way.profile },
    access: 'read',
    answerSeconds: 60,
    ...way.call,
  })
  return { responder, requester }
}

function order(more: Partial<FetchOrder> = {}): FetchOrder {
  return {
    fileName: 'RET0001',
    async open({ transferId }) {
      const file = await LocalFile.open(join(folder, 'fetched'), 'begin')
      await file.mark(identityMark(String(transferId)))
      return { file }
    },
    ...more,
  }
}

async function fetched(): Promise<boolean> {
  return CONTENT.equals(await readFile(join(folder, 'fetched')))
}

const WAYS: readonly Way[] = [
  { title: 'one article per DTF' },
  { title: 'several articles per DTF', responder: { sending: { articlesPerDtf: 5 } } },
  { title: 'segmented articles', responder: { sending: { segmentBytes: 300 } } },
  { title: 'full entities', responder: { sending: { isConcatenating: true, articlesPerDtf: 3 } } },
  { title: 'raw framing', profile: { framing: 'raw' } },
  { title: 'a CRC', call: { hasChecksum: true } },
  { title: 'horizontal compression', call: { compression: 1 } },
  { title: 'vertical compression', call: { compression: 2 } },
  { title: 'both compressions', call: { compression: 3 } },
  { title: 'no sync points', responder: { sync: { intervalKib: 0, window: 0 } } },
  { title: 'points never acknowledged', responder: { sync: { intervalKib: 8, window: 0 } } },
]

test.each(WAYS)('a file is fetched whole with $title', async (way) => {
  const { responder, requester } = await call({
    ...way,
    responder: { compressions: [1, 2, 3], ...way.responder },
  })
  const got = await requester.fetch(order())
  expect(got).toMatchObject({ name: 'RET0001', transferId: 77, bytes: CONTENT.length, notes: [] })
  expect(await fetched()).toBe(true)
  await requester.close()
  expect(responder.violations).toEqual([])
  expect(responder.errors).toEqual([])
})

test('a file that is not there is refused, and the connection goes on', async () => {
  const { responder, requester } = await call()
  await expect(requester.fetch(order({ fileName: 'OTHER' }))).rejects.toMatchObject({
    diagnostic: { type: 2, reason: 205 },
    fpdu: 'ACK(SELECT)',
  })
  await requester.fetch(order())
  expect(await fetched()).toBe(true)
  expect(responder.violations).toEqual([])
})

test.each([0, 3])(
  'a fetch that was cut is taken up where its bytes are on disk, with compression %i',
  async (compression) => {
    const first = await call({
      responder: { compressions: [3], cutAfterDataBytes: 30_000 },
      call: { compression },
    })
    await expect(first.requester.fetch(order())).rejects.toMatchObject({ failure: 'unreachable' })
    await responder?.stop()
    responder = undefined
    const again = await call({ responder: { compressions: [3] }, call: { compression } })
    let againBytes = 0
    const got = await again.requester.fetch(
      order({
        restartOf: 77,
        async open() {
          const file = await LocalFile.open(join(folder, 'fetched'), 'resume')
          const start = lastPlace(await file.marks(), '77', file.bytes)
          againBytes = file.bytes - (start?.offset ?? 0)
          return { file, ...(start === undefined ? {} : { start }) }
        },
      }),
    )
    expect(got.startPoint).toBeGreaterThan(2)
    // The interval counts what is sent: as it is, no more of it than one interval comes again.
    const most = compression === 0 ? SYNC.intervalKib * 1_024 : Number.POSITIVE_INFINITY
    expect(againBytes).toBeLessThanOrEqual(most)
    expect(await fetched()).toBe(true)
    await again.requester.close()
    expect(again.responder.violations).toEqual([])
  },
)

const RESYNC = { afterDataBytes: 14_000, do: 'resync', diagnostic: '1/100', point: 3 } as const

test('a file arrives whole though the server resynchronised', async () => {
  const { responder, requester } = await call({ responder: { sending: { actions: [RESYNC] } } })
  await requester.fetch(order())
  expect(await fetched()).toBe(true)
  expect(responder.errors).toEqual([])
})

test('a byte damaged on its way is asked for again by RESYN 1/100', async () => {
  let isDone = false
  const { responder, requester } = await call({
    responder: {
      tamper: ([fpdu], wire) => {
        if (isDone || fpdu?.name !== 'DTF') return wire
        isDone = true
        const damaged = Buffer.from(wire)
        damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20)
        return damaged
      },
    },
    call: { hasChecksum: true },
  })
  await requester.fetch(order())
  expect(await fetched()).toBe(true)
  expect(responder.links[0]?.names('received')).toContain('RESYN')
})

test('an interruption by the server leaves the connection usable', async () => {
  const idt = {
    afterDataBytes: 14_000,
    do: 'interrupt',
    diagnostic: '2/216',
    endCode: 12,
  } as const
  const { responder, requester } = await call({ responder: { sending: { actions: [idt] } } })
  await expect(requester.fetch(order())).rejects.toMatchObject({ fpdu: 'IDT' })
  await requester.say({ fileName: 'STILL', transferId: 9 })
  expect(responder.messages).toHaveLength(1)
})

test('a file that is longer than allowed is interrupted by 2/219', async () => {
  const { responder, requester } = await call()
  await expect(requester.fetch(order({ maxBytes: 20_000 }))).rejects.toMatchObject({
    failure: 'refused',
  })
  await requester.close()
  expect(responder.links[0]?.names('received')).toContain('IDT')
})
