import { createPrivateKey, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readCertificate } from '../../certs/certificate.ts'
import { as2Policy, type As2Overrides } from '../../gateway/connections/as2-overrides.ts'
import type { ReturnFlow } from '../../gateway/flow.ts'
import { MemoryServices } from '../support/memory-services.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../support/openssl-certificates.ts'
import type { ReadableContent } from '../../protocols/listener.ts'
import { DeliveryFault, type Delivery } from '../../protocols/return-flow-sender.ts'
import { AwaitedReceipts } from '../../protocols/as2/awaited-receipts.ts'
import type { DecryptionKey } from '../../protocols/as2/cms/content-key.ts'
import { PartnerEndpoint, type EndpointOptions } from '../../protocols/as2/partner-endpoint.ts'
import { createAs2ReturnFlowSender } from '../../protocols/as2/return-flow-sender.ts'

const peer = new OpenSslCertificates()
afterAll(() => peer.remove())

const US: OpenSslOrder = { key: 'rsa2048', subject: '/CN=us' }
const THEM: OpenSslOrder = { key: 'rsa2048 them', subject: '/CN=them' }
const CONNECTION = { id: 'cnx_test', applicationCode: 'BET002', protocol: 'as2' } as const
const NAME = 'CSO1110A_BET002_CPP0011110000000000000042.tar.gz'
const CONTENT = randomBytes(600_000)

let us: DecryptionKey
let them: DecryptionKey
let folder: string
let memory: MemoryServices
let receipts: AwaitedReceipts
const undo: (() => Promise<void>)[] = []

const identity = (order: OpenSslOrder): DecryptionKey => ({
  certificate: readCertificate(peer.der(order)),
  privateKey: createPrivateKey(peer.read(peer.key(order.key))),
})

beforeAll(() => {
  us = identity(US)
  them = identity(THEM)
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-as2-'))
  memory = new MemoryServices()
  receipts = new AwaitedReceipts(memory.services().memory, Date.now)
})

afterEach(async () => {
  for (const step of undo.splice(0)) await step()
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})

async function endpoint(options: Partial<EndpointOptions> = {}): Promise<PartnerEndpoint> {
  const started = await PartnerEndpoint.start({
    host: '127.0.0.1',
    port: 0,
    identity: them,
    registered: [us.certificate],
    folder,
    signReceipts: 'as-asked',
    product: 'peer:1.0.0',
    now: Date.now,
    ...options,
  })
  undo.push(() => started.stop())
  return started
}

const content: ReadableContent = {
  bytes: CONTENT.length,
  read: async ([buffer], position) =>
    CONTENT.copy(buffer as Buffer, 0, position, position + buffer!.byteLength),
  close: async () => undefined,
}

function delivery(url: string, as2: As2Overrides = {}, rest: Partial<Delivery> = {}): Delivery {
  const { host, hostname, port } = new URL(url)
  const { der, sha256, notBefore, notAfter } = them.certificate
  const returnFlow: ReturnFlow = {
    ...memory.offer(NAME, CONTENT),
    id: 'ret_0000000000000000000000test',
  }
  return {
    connection: CONNECTION,
    target: {
      protocol: 'as2',
      url: url.replace(host, `bet002.example:${port}`),
      host: 'bet002.example',
      port: Number(port),
      addresses: [hostname],
      as2Id: 'BET002',
      certificates: [{ part: 'server', der, sha256, notBefore, notAfter }],
      overrides: { as2 },
    },
    returnFlow,
    content,
    attempt: 1,
    emission: 1,
    signal: AbortSignal.timeout(120_000),
    ...rest,
  }
}

function sender(receiptUrl?: string) {
  return createAs2ReturnFlowSender({
    identity: async () => us,
    policyOf: as2Policy,
    receipts,
    receiptUrl: () => receiptUrl,
    sessions: memory.services().sessions,
    clock: { now: Date.now },
    product: 'raccord:0.1.0',
  })
}

async function faultOf(attempt: Promise<unknown>): Promise<DeliveryFault['failure']> {
  const error = await attempt.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DeliveryFault)
  return (error as DeliveryFault).failure
}

describe('a return flow', () => {
  test('is delivered when the receipt proves it, to the address that was checked', async () => {
    const { url } = await endpoint()
    const proof = await sender()(delivery(url))
    expect(await readFile(join(folder, NAME))).toEqual(CONTENT)
    expect(proof).toMatchObject({
      kind: 'mdn',
      evidence: { verdict: 'proved', messageId: '<ret_0000000000000000000000test-1@raccord>' },
    })
    expect(memory.transcript.map((entry) => entry.name)).toEqual(['MESSAGE', 'ANSWER'])
  })

  test('is sent as the settings of its connection say', async () => {
    const { url } = await endpoint()
    const proof = await sender()(
      delivery(url, { sign: 'sha512', encrypt: 'aes128-gcm', compress: 'before-signature' }),
    )
    expect(proof.evidence).toMatchObject({
      signatureHash: 'sha-512',
      cipher: 'aes128-gcm',
      compressed: 'before-signature',
    })
  })

  test('that is tried again has the same Message-ID, sent again by an operator another', async () => {
    const { url } = await endpoint()
    const ids: (string | undefined)[] = []
    for (const rest of [{ attempt: 1 }, { attempt: 2 }, { attempt: 3, emission: 2 }]) {
      ids.push((await sender()(delivery(url, {}, rest))).evidence['messageId'])
    }
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
    expect(await readdir(folder)).toEqual([NAME, `${NAME}.2`])
  })

  test('that the partner refuses is not tried again', async () => {
    const { url } = await endpoint({ refuseWith: 'unexpected-processing-error' })
    expect(await faultOf(sender()(delivery(url)))).toMatchObject({
      code: 'MDN_NEGATIVE',
      retry: false,
      message: {
        en: expect.stringContaining('processed/error: unexpected-processing-error'),
        fr: expect.stringContaining('a refusé'),
      },
    })
  })

  test('finds nobody: the partner is away, and it is tried again', async () => {
    const url = 'http://127.0.0.1:9/as2'
    expect(await faultOf(sender()(delivery(url)))).toMatchObject({
      code: 'AS2_UNREACHABLE',
      retry: true,
      isUnreachable: true,
    })
  })

  test('goes to the next address when nobody is at the first', async () => {
    const { url } = await endpoint()
    const one = delivery(url)
    const target = { ...one.target, addresses: ['127.0.0.2', '127.0.0.1'] }
    expect(await sender()({ ...one, target })).toMatchObject({ evidence: { verdict: 'proved' } })
  })

  test('has no receipt in the answer: that is said, not tried again', async () => {
    const posts = await endpoint({ identity: us, registered: [them.certificate] })
    const { url } = await endpoint()
    const receiptless = sender(posts.url)(delivery(url, { receipt: 'none' }))
    expect((await receiptless).evidence['verdict']).toBe('no-receipt-asked')
  })
})

describe('a receipt that comes later', () => {
  test('settles the delivery that waits for it, and is found by the next attempt', async () => {
    const taken: string[] = []
    const ours = await endpoint({
      identity: us,
      registered: [them.certificate],
      receipt: (mdn) => {
        void receipts.take('cnx_test', mdn).then((outcome) => taken.push(outcome))
      },
    })
    const { url } = await endpoint()
    const asked = { receiptMode: 'async' } as const
    const proof = await sender(ours.url)(delivery(url, asked))
    expect(proof.evidence).toMatchObject({ verdict: 'proved', cipher: 'aes256-cbc' })
    await expect.poll(() => taken).toEqual(['taken'])
    // As after a crash between receipt and journal: nothing is sent again.
    const again = await sender(ours.url)(delivery('http://127.0.0.1:9/as2', asked, { attempt: 2 }))
    expect(again.evidence['verdict']).toBe('proved')
  })

  test('about a message that this partner was not sent is not taken', async () => {
    const mdn = {
      signature: undefined,
      originalMessageId: '<ret_other@raccord>',
      disposition: { type: 'processed', severity: 'none', modifier: undefined },
      mic: undefined,
      finalRecipient: undefined,
      reportingUa: undefined,
      text: '',
      fields: { get: () => undefined, all: [] } as never,
    } as const
    expect(await receipts.take('cnx_test', mdn)).toBe('unknown')
    await receipts.expect('cnx_test', {
      messageId: '<ret_other@raccord>',
      digests: new Map(),
      wantsSignature: true,
      isSigned: true,
    })
    expect(await receipts.take('cnx_else', mdn)).toBe('unknown')
    expect(await receipts.find('cnx_test', '<ret_other@raccord>')).toBeUndefined()
  })
})

describe('a session that is cut by an operator', () => {
  test('ends at once; the partner gets the same message again, and takes it once', async () => {
    const held = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const received: boolean[] = []
    const { url } = await endpoint({
      take: () => {
        begun.resolve()
        return held.promise
      },
      received: ({ isRepeated }) => void received.push(isRepeated),
    })
    const attempt = faultOf(sender()(delivery(url)))
    await begun.promise
    const [line] = memory.lines
    expect(line!.bytes().out).toBeGreaterThan(CONTENT.length)
    line!.cut('cut by Ops: too slow')
    expect(await attempt).toMatchObject({
      code: 'SESSION_CUT',
      retry: true,
      isUncounted: true,
      message: { en: expect.stringContaining('cut by Ops: too slow') as string },
    })
    held.resolve()
    const proof = await sender()(delivery(url, {}, { attempt: 2 }))
    expect(proof).toMatchObject({ kind: 'mdn', evidence: { verdict: 'proved' } })
    await expect.poll(() => received).toEqual([false, true])
    expect(memory.lines[1]!.bytes().in).toBeGreaterThan(0)
  })

  test('waits no more for a receipt that is to come later', async () => {
    const ours = await endpoint({ identity: us, registered: [them.certificate], receipt: () => {} })
    const { url } = await endpoint()
    const attempt = faultOf(sender(ours.url)(delivery(url, { receiptMode: 'async' })))
    await expect.poll(() => memory.transcript.length, { timeout: 60_000 }).toBe(2)
    memory.lines[0]!.cut('cut by Ops')
    expect(await attempt).toMatchObject({ code: 'SESSION_CUT', isUncounted: true })
  })
})
