import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configSchema } from '../../config/schema.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { openReceiptOutbox, type ReceiptOutbox } from '../../gateway/delivery/receipt-outbox.ts'
import { noFaults, type Faults } from '../../gateway/faults.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createReceiptPost } from '../../gateway/start-receipts.ts'
import { oneFault } from '../support/one-fault.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTestJournal } from '../support/test-journal.ts'

/** Asynchronous receipts: durable, posted by HTTP, tried again with the same bytes. */

const log = pino({ level: 'silent' })
const BODY = Buffer.from('------x\r\n\r\nreceipt\r\n------x--\r\n')
const HEADERS = [
  ['Message-ID', '<receipt@raccord>'],
  ['Content-Type', 'multipart/report; boundary="----x"'],
] as const

let journal: Journal
let outbox: ReceiptOutbox
let server: Server
let url: string
let statuses: number[]
let got: { readonly request: IncomingMessage; readonly body: Buffer }[]

beforeEach(async () => {
  journal = await openTestJournal(await temporaryFolder(), log)
  statuses = []
  got = []
  server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      got.push({ request, body: Buffer.concat(pieces) })
      response.writeHead(statuses.shift() ?? 204, { Location: 'http://127.0.0.1:1/' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mdn?a=1`
  outbox = open()
})
afterEach(async () => {
  outbox.close()
  await new Promise((resolve) => server.close(resolve))
  await journal.close()
})

function open(changes: Record<string, unknown> = {}, faults: Faults = noFaults): ReceiptOutbox {
  const config = configSchema.parse({ as2: { receiptRetrySeconds: 600, ...changes } })
  const clock = new OffsetClock()
  const post = createReceiptPost(config, {
    serverTls: async () => ({}),
    certificatesOf: async () => [],
    connections: { find: () => undefined },
  })
  return openReceiptOutbox({ journal, clock, log, faults, post, settings: config.as2 })
}

const queue = (to = url) =>
  outbox.queue({
    connection: { id: 'cnx_partner', applicationCode: 'BET002', protocol: 'as2' },
    url: to,
    headers: HEADERS,
    body: BODY,
    sessionId: 'ses_1',
  })

const states = async () => {
  const rows = await journal.read(
    journal.db.selectFrom('as2_receipts').select(['state', 'attempts', 'failure']),
  )
  return rows
}
/** As if its time had come. */
const makeDue = () =>
  journal.write([{ query: journal.db.updateTable('as2_receipts').set({ next_attempt_at: 0 }) }])

test('a receipt is posted with its own headers and bytes, once, whatever 2xx is answered', async () => {
  await queue()
  expect(await outbox.deliver()).toBe(1)
  expect(await outbox.deliver()).toBe(0)
  expect(got).toHaveLength(1)
  expect(got[0]?.request.url).toBe('/mdn?a=1')
  expect(got[0]?.request.headers).toMatchObject({
    'message-id': '<receipt@raccord>',
    'content-length': String(BODY.length),
  })
  expect(got[0]?.body).toEqual(BODY)
  expect(await states()).toEqual([{ state: 'SENT', attempts: 1, failure: null }])
})

test('it is tried again later with the same bytes, also by a process that starts anew', async () => {
  statuses = [503, 500]
  await queue()
  expect(await outbox.deliver()).toBe(0)
  expect(await outbox.deliver(), 'not before its time').toBe(0)
  await makeDue()
  expect(await outbox.deliver()).toBe(0)
  await makeDue()
  const later = open()
  expect(await later.deliver()).toBe(1)
  expect(got.map(({ body }) => body)).toEqual([BODY, BODY, BODY])
  expect(await states()).toEqual([{ state: 'SENT', attempts: 3, failure: null }])
})

test('it is given up after its last try, or at once when it will never be taken', async () => {
  statuses = [500, 500, 404]
  outbox = open({ receiptAttempts: 2 })
  await queue()
  await outbox.deliver()
  await makeDue()
  await outbox.deliver()
  await makeDue()
  expect(await outbox.deliver()).toBe(0)
  await queue()
  await outbox.deliver()
  expect((await states()).map(({ state, attempts }) => ({ state, attempts }))).toEqual([
    { state: 'FAILED', attempts: 2 },
    { state: 'FAILED', attempts: 1 },
  ])
})

test('two processes do not post one receipt at the same time', async () => {
  await queue()
  const other = open()
  const delivered = await Promise.all([outbox.deliver(), other.deliver()])
  expect(delivered.toSorted()).toEqual([0, 1])
  expect(got).toHaveLength(1)
})

test('redirects are not followed, and addresses that may not be called are not', async () => {
  statuses = [302]
  await queue()
  await outbox.deliver()
  expect(got).toHaveLength(1)
  await queue('http://169.254.169.254/latest')
  await outbox.deliver()
  const failures = (await states()).map(({ failure }) => failure)
  expect(failures[1]).toContain('no address that may be called')
})

test('mdn-late: it is posted that much later, and not before', async () => {
  const { faults, hits } = oneFault('mdn-late', { seconds: 3_600 })
  outbox = open({}, faults)
  await queue()
  expect(await outbox.deliver()).toBe(0)
  expect(got).toHaveLength(0)
  await makeDue()
  expect(await outbox.deliver()).toBe(1)
  expect(hits).toMatchObject([{ sessionId: 'ses_1', connectionId: 'cnx_partner' }])
})

test('mdn-lost: it is never posted', async () => {
  outbox = open({}, oneFault('mdn-lost').faults)
  await queue()
  await makeDue()
  expect(await outbox.deliver()).toBe(0)
  expect(got).toHaveLength(0)
  expect(await states()).toEqual([{ state: 'FAILED', attempts: 0, failure: 'a fault on demand' }])
})

test('mdn-duplicate: the same bytes are posted twice', async () => {
  outbox = open({}, oneFault('mdn-duplicate').faults)
  await queue()
  expect(await outbox.deliver()).toBe(2)
  expect(got.map(({ body }) => body)).toEqual([BODY, BODY])
  expect(got.map(({ request }) => request.headers['message-id'])).toEqual([
    '<receipt@raccord>',
    '<receipt@raccord>',
  ])
})
