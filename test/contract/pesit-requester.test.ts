// Our requester towards the independent peer, which was written from the reference alone: whatever
// it sees that the reference does not allow is a failure.
import { afterEach, expect, test } from 'vitest'
import { PARTNER_PRESETS } from '../../protocols/pesit/partner-presets.ts'
import type { PartnerProfile } from '../../protocols/pesit/partner-presets.ts'
import { newWritingRecord, PesitRefusal, PesitRequester } from '../../protocols/pesit/sender.ts'
import type { CallOptions, WritingOrder, WritingRecord } from '../../protocols/pesit/sender.ts'
import { memoryContent } from '../support/memory-content.ts'
import { PesitResponder } from '../support/pesit-peer/pesit-responder.ts'
import type { ResponderOptions } from '../support/pesit-peer/responder-options.ts'

const SYNC = { intervalKib: 4, window: 2 }
const SPEC: PartnerProfile = { ...PARTNER_PRESETS.spec, sync: SYNC, articleBytes: 1_024 }
/** Runs, literals and columns that repeat from one article to the next; 20 points at 4 KiB. */
const CONTENT = Buffer.from(
  Array.from({ length: 80 * 1_024 + 123 }, (_, n) =>
    n % 64 < 20 ? 0x20 : n % 64 < 50 ? (n * 7 + (n >> 8)) % 251 : n % 64,
  ),
)

let responder: PesitResponder | undefined
let requester: PesitRequester | undefined

afterEach(async () => {
  await requester?.close()
  await responder?.stop()
  responder = requester = undefined
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
  responder ??= await PesitResponder.listen({ sync: SYNC, resync: true, ...way.responder })
  requester = await PesitRequester.connect({
    place: { host: '127.0.0.1', port: responder.port },
    requesterId: 'GATEWAY1',
    serverId: 'PARTNER1',
    profile: { ...SPEC, ...way.profile },
    access: 'mixed',
    answerSeconds: 60,
    ...way.call,
  })
  return { responder, requester }
}

function record(articleBytes = 1_024): WritingRecord {
  return newWritingRecord(77, new Date(2026, 0, 2, 3, 4, 5), articleBytes)
}

function order(more: Partial<WritingOrder> = {}): WritingOrder {
  return {
    content: memoryContent(CONTENT),
    fileName: 'CSO1110A',
    label: 'CSO1110A_GAM003_CSO1110A.xml',
    record: record(),
    isRestart: false,
    ...more,
  }
}

const WAYS: readonly Way[] = [
  { title: 'the specification’s own manner' },
  { title: 'one article per DTF', profile: { multiArticle: false, concatenation: false } },
  { title: 'raw framing', profile: { framing: 'raw' } },
  { title: 'a pre-connection', profile: { sendsPreConnection: true } },
  {
    title: 'a pre-connection in raw framing',
    profile: { sendsPreConnection: true, framing: 'raw' },
  },
  { title: 'a CRC', call: { hasChecksum: true } },
  { title: 'a CRC in raw framing', call: { hasChecksum: true }, profile: { framing: 'raw' } },
  { title: 'entities shorter than an article', responder: { maxEntityBytes: 500 } },
  {
    title: 'entities shorter than an article, which is not cut',
    responder: { maxEntityBytes: 500 },
    profile: { segmentation: false },
  },
  { title: 'horizontal compression', call: { compression: 1 } },
  { title: 'vertical compression', call: { compression: 2 } },
  { title: 'both compressions', call: { compression: 3 } },
  {
    title: 'both compressions, segmented, with a CRC',
    call: { compression: 3, hasChecksum: true },
    responder: { maxEntityBytes: 300 },
  },
  { title: 'a compression that is declined', responder: { compressions: [] } },
  { title: 'no sync points', responder: { sync: { intervalKib: 0, window: 0 } } },
  { title: 'points never acknowledged', responder: { sync: { intervalKib: 8, window: 0 } } },
  { title: 'a window of one', responder: { sync: { intervalKib: 2, window: 1 } } },
  {
    title: 'an interval shorter than an article',
    responder: { sync: { intervalKib: 1, window: 1 } },
    profile: { articleBytes: 4_096 },
  },
  {
    title: 'an interval left to us',
    responder: { sync: { intervalKib: 0xffff, window: 9 } },
    profile: { sync: { intervalKib: 0xffff, window: 9 } },
  },
]

test.each(WAYS)('a file is written whole with $title', async (way) => {
  const { responder, requester } = await call({
    ...way,
    responder: { compressions: [1, 2, 3], ...way.responder },
  })
  const written = await requester.write(order())
  const received = await responder.nextFile()

  expect(received.content.equals(CONTENT)).toBe(true)
  expect(received.attributes).toMatchObject({
    fileName: 'CSO1110A',
    label: 'CSO1110A_GAM003_CSO1110A.xml',
    transferId: 77,
  })
  expect(received.counts).toEqual({
    dataBytes: Number(written.dataBytes),
    articles: written.articles,
  })
  expect(written.notes).toEqual([])
  await requester.close()
  expect(responder.violations).toEqual([])
  expect(responder.errors).toEqual([])
})

test('a file without content is written', async () => {
  const { responder, requester } = await call()
  await requester.write(order({ content: memoryContent(Buffer.alloc(0)) }))
  expect((await responder.nextFile()).content).toHaveLength(0)
  expect(responder.violations).toEqual([])
})

test.each(Object.entries(PARTNER_PRESETS))(
  'files and a message go to a partner like %s on one connection',
  async (name, profile) => {
    const { responder, requester } = await call({ profile })
    await requester.write(order({ record: record(profile.articleBytes) }))
    const said = await requester.say({
      fileType: 0xffff,
      fileName: 'CSO1110A',
      transferId: 5,
      message: 'x'.repeat(3_000),
    })
    await requester.write(order({ record: { ...record(profile.articleBytes), transferId: 78 } }))
    await requester.close()
    expect(said).toBeUndefined()
    expect(responder.received.map(({ content }) => content.equals(CONTENT))).toEqual([true, true])
    expect(responder.messages[0]?.body).toHaveLength(3_000)
    expect([name, responder.violations]).toEqual([name, []])
  },
)

test('a refusal says which diagnostic and which words came, and the connection goes on', async () => {
  let isRefused = true
  const { responder, requester } = await call({
    responder: {
      answers: {
        CREATE: () => (isRefused ? { diagnostic: '2/226', text: 'unknown flow' } : undefined),
      },
    },
  })
  const refusal = await requester.write(order()).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(PesitRefusal)
  expect(refusal).toMatchObject({
    failure: 'refused',
    diagnostic: { type: 2, reason: 226 },
    text: 'unknown flow',
    fpdu: 'ACK(CREATE)',
  })
  isRefused = false
  await requester.write(order())
  expect(responder.received).toHaveLength(1)
  expect(responder.violations).toEqual([])
})

test.each([
  ['ORF', '2/211'],
  ['WRITE', '2/213'],
  ['TRANS.END', '2/223'],
] as const)('a refusal of %s closes the file, and the connection goes on', async (name, code) => {
  let isRefused = true
  const { responder, requester } = await call({
    responder: { answers: { [name]: () => (isRefused ? { diagnostic: code } : undefined) } },
  })
  await expect(requester.write(order())).rejects.toMatchObject({
    diagnostic: { type: 2, reason: Number(code.slice(2)) },
  })
  isRefused = false
  await requester.write(order())
  await requester.close()
  expect(responder.received).toHaveLength(1)
  expect(responder.violations).toEqual([])
})

test('a call that is refused says why', async () => {
  const refused = call({ responder: { answers: { CONNECT: { diagnostic: '3/304', text: 'no' } } } })
  await expect(refused).rejects.toMatchObject({
    failure: 'refused',
    diagnostic: { type: 3, reason: 304 },
    fpdu: 'RCONNECT',
  })
})

test('a pre-connection that is refused ends the call', async () => {
  const refused = call({
    responder: { preConnectionAnswer: 'NAK0' },
    profile: { sendsPreConnection: true },
  })
  await expect(refused).rejects.toMatchObject({ failure: 'refused' })
})

test('nobody there is told apart from a refusal', async () => {
  const { responder: here } = await call()
  const { port } = here
  await requester?.close()
  await here.stop()
  const place = { host: '127.0.0.1', port }
  await expect(call({ responder: {}, call: { place } })).rejects.toMatchObject({
    failure: 'unreachable',
  })
})

/** Between the points 3 and 4, of plain and of compressed data. */
const RESYNC = { afterDataBytes: 14_000, do: 'resync', diagnostic: '1/100', point: 3 } as const

test.each([
  ['among the data', 0, RESYNC],
  ['among compressed data', 3, { ...RESYNC, afterDataBytes: 6_500 }],
  ['at the end', 0, { ...RESYNC, afterDataBytes: 'end', point: 20 } as const],
] as const)(
  'a file arrives whole though the server resynchronised %s',
  async (_when, compression, action) => {
    const { responder, requester } = await call({
      responder: { compressions: [3], receiving: { actions: [action] } },
      call: { compression },
    })
    const written = await requester.write(order())
    expect((await responder.nextFile()).content.equals(CONTENT)).toBe(true)
    expect(written.resynchronisations).toBe(1)
    await requester.close()
    expect(responder.violations).toEqual([])
    expect(responder.errors).toEqual([])
  },
)

test('a server that goes back again and again is stopped', async () => {
  const again = Array.from({ length: 6 }, () => RESYNC)
  const { requester } = await call({ responder: { receiving: { actions: again } } })
  await expect(requester.write(order())).rejects.toMatchObject({
    diagnostic: { type: 3, reason: 320 },
  })
})

test.each([0, 1, 3])(
  'a file that was cut is taken up where the server says, with compression %i',
  async (compression) => {
    let kept = record()
    const onRecord = async (now: WritingRecord): Promise<void> => {
      kept = now
    }
    const first = await call({
      responder: { compressions: [1, 3] },
      call: { compression },
    })
    const onProgress = (bytes: number): void => {
      if (bytes > 20_000) first.requester.cut()
    }
    const cut = first.requester.write(order({ onRecord, onProgress }))
    await expect(cut).rejects.toMatchObject({ failure: 'unreachable' })
    const came = first.responder.links
      .flatMap((link) => link.fpdus('received'))
      .reduce((sum, { data, octet6 }) => sum + data.length - 2 * octet6, 0)
    const { responder, requester } = await call({ call: { compression } })
    responder.links.splice(0)
    const written = await requester.write(order({ record: kept, isRestart: true, onRecord }))
    const received = await responder.nextFile()
    expect(received.content.equals(CONTENT)).toBe(true)
    expect(received.startPoint).toBeGreaterThan(1)
    // As it is, no more than one sync interval of what had come is sent again.
    const most = compression === 0 ? SYNC.intervalKib * 1_024 : Number.POSITIVE_INFINITY
    expect(came - written.startOffset).toBeLessThanOrEqual(most)
    expect(written.startPoint).toBe(received.startPoint)
    expect(written.startOffset).toBeGreaterThan(written.startPoint * 3_000)
    expect(received.claimed.dataBytes).toBe(received.counts.dataBytes)
    await requester.close()
    expect(responder.violations).toEqual([])
  },
)

test('a restart at a point that was never set is refused by 2/214', async () => {
  const { responder, requester } = await call({ responder: { restartPoint: () => 99 } })
  await expect(requester.write(order({ isRestart: true }))).rejects.toMatchObject({
    diagnostic: { type: 2, reason: 214 },
  })
  await requester.close()
  expect(responder.links[0]?.names('received')).toContain('IDT')
})

test('a new transfer that the server wants to begin elsewhere is refused', async () => {
  const { responder, requester } = await call({ responder: { restartPoint: () => 3 } })
  await requester.write(order())
  expect(responder.received[0]?.startPoint).toBe(0)
})

test.each([4, 8, 12] as const)(
  'an interruption by the server (PI 19 = %i) leaves the connection usable',
  async (endCode) => {
    const idt = { afterDataBytes: 30_000, do: 'interrupt', diagnostic: '2/216', endCode } as const
    const { responder, requester } = await call({ responder: { receiving: { actions: [idt] } } })
    await expect(requester.write(order())).rejects.toMatchObject({
      diagnostic: { type: 2, reason: 216 },
      fpdu: 'IDT',
    })
    const message = { fileName: 'STILL', transferId: 9 }
    await requester.say(message)
    await requester.close()
    expect(responder.messages).toHaveLength(1)
    expect(responder.violations).toEqual([])
  },
)

test('a transfer that we give up is interrupted in order, and the connection goes on', async () => {
  const stop = new AbortController()
  const { responder, requester } = await call({
    responder: {
      receiving: {
        acknowledge: (point) => {
          if (point === 3) stop.abort()
          return point < 3
        },
      },
    },
  })
  await expect(requester.write(order({ signal: stop.signal }))).rejects.toMatchObject({
    failure: 'cancelled',
  })
  await requester.say({ fileName: 'STILL', transferId: 9 })
  await requester.close()
  expect(responder.links[0]?.names('received')).toContain('IDT')
  expect(responder.received).toEqual([])
  expect(responder.violations).toEqual([])
})

test('a content that cannot be read interrupts the transfer, and the connection goes on', async () => {
  const { responder, requester } = await call()
  const content = memoryContent(CONTENT, 40_000)
  await expect(requester.write(order({ content }))).rejects.toMatchObject({
    failure: 'local',
    diagnostic: { type: 2, reason: 213 },
  })
  await requester.write(order())
  expect(responder.received).toHaveLength(1)
})

test('a wrong count of bytes is a fault, a wrong count of articles is noted', async () => {
  const { requester } = await call({
    responder: { claimedCounts: { dataBytes: CONTENT.length, articles: 3 } },
  })
  expect((await requester.write(order())).notes).toHaveLength(1)
  await requester.close()
  await responder?.stop()
  responder = undefined
  const wrong = await call({ responder: { claimedCounts: { dataBytes: 1, articles: 1 } } })
  await expect(wrong.requester.write(order())).rejects.toMatchObject({
    diagnostic: { type: 3, reason: 319 },
  })
})

test('a server that says nothing any more is given up in time', async () => {
  const { requester } = await call({
    responder: { receiving: { acknowledge: () => false } },
    call: { answerSeconds: 6 },
  })
  await expect(requester.write(order())).rejects.toMatchObject({
    failure: 'timed-out',
    diagnostic: { type: 3, reason: 317 },
  })
})
