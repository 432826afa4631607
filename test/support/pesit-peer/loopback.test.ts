// The peer against itself over the loopback: every option it has, both ways.
import { afterEach, expect, test } from 'vitest'
import type { InitiatorOptions, SendOrder } from './initiator-orders.ts'
import { piText } from './fpdu.ts'
import { acknowledgementOf } from './message.ts'
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

interface Way {
  readonly title: string
  readonly responder?: ResponderOptions
  readonly initiator?: Partial<InitiatorOptions>
  readonly order?: Partial<SendOrder>
}

const PRE_CONNECTION = { id: 'PARTNER1', password: 'SECRET01' }
const WAYS: readonly Way[] = [
  { title: 'one article per DTF' },
  { title: 'raw framing', initiator: { framing: 'raw' } },
  { title: 'a pre-connection', initiator: { preConnection: PRE_CONNECTION } },
  {
    title: 'a pre-connection in raw framing',
    initiator: { framing: 'raw', preConnection: PRE_CONNECTION },
  },
  { title: 'a CRC', initiator: { hasCrc: true } },
  { title: 'a CRC in raw framing', initiator: { hasCrc: true, framing: 'raw' } },
  { title: 'several articles per DTF', order: { articlesPerDtf: 5 } },
  { title: 'segmented articles', order: { segmentBytes: 300 } },
  { title: 'articles longer than an entity', order: { maxEntityBytes: 500 } },
  {
    title: 'full entities',
    order: { isConcatenating: true, articlesPerDtf: 3, maxEntityBytes: 4096 },
  },
  { title: 'full entities of segments', order: { isConcatenating: true, segmentBytes: 100 } },
  { title: 'horizontal compression', order: { compression: 1 } },
  { title: 'vertical compression', order: { compression: 2, articlesPerDtf: 3 } },
  { title: 'both compressions, segmented', order: { compression: 3, segmentBytes: 200 } },
  { title: 'no synchronisation points', responder: { sync: { intervalKib: 0, window: 0 } } },
  { title: 'points never acknowledged', responder: { sync: { intervalKib: 8, window: 0 } } },
  { title: 'a window of one', responder: { sync: { intervalKib: 2, window: 1 } } },
  {
    title: 'an interval left to the sender',
    initiator: { sync: { intervalKib: 0xffff, window: 9 } },
  },
  { title: 'no content at all', order: { content: Buffer.alloc(0) } },
  {
    title: 'empty articles',
    order: { articlesPerDtf: 4, articles: ['a', '', 'b', '', ''].map((one) => Buffer.from(one)) },
  },
]

test.each(WAYS)('a file is sent and received whole with $title', async (way) => {
  const { responder, initiator } = await pair(
    { compressions: [1, 2, 3], ...way.responder },
    way.initiator,
  )
  const sent = await initiator.sendFile(order(way.order))
  const received = await responder.nextFile()
  await initiator.release()

  expect(
    received.content.equals(Buffer.concat(way.order?.articles ?? [way.order?.content ?? CONTENT])),
  ).toBe(true)
  expect(received.counts).toEqual(sent.counts)
  expect(received.claimed).toEqual(sent.counts)
  expect(sent.compression).toBe(way.order?.compression)
  expect([...initiator.link.violations, ...responder.violations]).toEqual([])
  expect(responder.errors).toEqual([])
})

test.each(WAYS)('a file is served and fetched whole with $title', async (way) => {
  const { maxEntityBytes, compression, ...manner } = way.order ?? {}
  const { responder, initiator } = await pair(
    {
      compressions: [1, 2, 3],
      files: [{ ...OFFERED, ...manner }],
      sending: manner,
      ...way.responder,
    },
    way.initiator,
  )
  const fetched = await initiator.fetchFile({
    fileName: 'RET0001',
    ...(maxEntityBytes === undefined ? {} : { maxEntityBytes }),
    ...(compression === undefined ? {} : { compression }),
  })
  await initiator.release()

  expect(
    fetched.content.equals(Buffer.concat(way.order?.articles ?? [way.order?.content ?? CONTENT])),
  ).toBe(true)
  expect([...initiator.link.violations, ...responder.violations]).toEqual([])
  expect(responder.errors).toEqual([])
})

test('one connection carries several files, and messages between them', async () => {
  const { responder, initiator } = await pair({
    files: [OFFERED],
    reply: ({ body }) => (body.length > 10 ? 'long' : undefined),
  })
  await initiator.sendFile(order({ transferId: 1, text: 'PARM=1', label: 'F.xml' }))
  const create = initiator.link.fpdus('sent').find((fpdu) => fpdu.name === 'CREATE')
  if (create === undefined) throw new Error('no CREATE')
  await initiator.sendMessage(acknowledgementOf(create, 'OK'))
  await initiator.fetchFile({ fileName: 'RET0001' })
  const reply = await initiator.sendMessage({
    fileName: 'X',
    body: 'y'.repeat(1000),
    pieceBytes: 300,
  })
  await initiator.sendFile(
    order({ transferId: 2, originalSender: 'ORIGIN', finalReceiver: 'FINAL' }),
  )
  await initiator.release()

  const [first, second] = responder.received
  expect([first?.attributes.text, first?.attributes.label]).toEqual(['PARM=1', 'F.xml'])
  expect([second?.attributes.transferId, second?.attributes.originalSender]).toEqual([2, 'ORIGIN'])
  expect(responder.messages.map(({ body }) => body)).toEqual(['OK', 'y'.repeat(1000)])
  expect(piText(reply, 91)).toBe('long')
  expect(initiator.link.names('sent').filter((name) => name.startsWith('MSG'))).toEqual([
    'MSG',
    'MSGDM',
    'MSGMM',
    'MSGMM',
    'MSGFM',
  ])
  expect([...initiator.link.violations, ...responder.violations]).toEqual([])
})

test('passwords, texts and the trace are there to look at, on both sides alike', async () => {
  const { responder, initiator } = await pair(
    { password: 'SERVERPW', text: 'welcome' },
    { password: 'SECRET01', newPassword: 'SECRET02', text: 'hello', hasCrc: true },
  )
  await initiator.sendFile(order())
  await initiator.release()
  const [link] = responder.links
  const [connect] = link?.fpdus('received') ?? []

  expect(connect && piText(connect, 5)).toBe('SECRET01SECRET02')
  expect(connect && piText(connect, 99)).toBe('hello')
  expect([piText(initiator.accepted, 5), piText(initiator.accepted, 99)]).toEqual([
    'SERVERPW',
    'welcome',
  ])
  const wires = (entries: PesitInitiator['link']['trace'], direction: string): string[] =>
    entries.filter((entry) => entry.direction === direction).map(({ wire }) => wire.toString('hex'))
  expect(wires(link?.trace ?? [], 'received')).toEqual(wires(initiator.link.trace, 'sent'))
  expect(wires(link?.trace ?? [], 'sent')).toEqual(wires(initiator.link.trace, 'received'))
})
