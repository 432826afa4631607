import { createPrivateKey, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readCertificate } from '../../certs/certificate.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../../test/support/openssl-certificates.ts'
import { SendingError } from '../sending.ts'
import type { DecryptionKey } from './cms/content-key.ts'
import { PostError } from './post-error.ts'
import type { ReadMdn } from './mdn/read-mdn.ts'
import { octetsOf } from './octets.ts'
import { PartnerEndpoint, type EndpointOptions, type ReceivedMessage } from './partner-endpoint.ts'
import { proofOf, sendMessage, type SendOrder } from './sender.ts'
import { DEFAULT_SENDING, type SendingPolicy } from './sending-policy.ts'

const peer = new OpenSslCertificates()
afterAll(() => peer.remove())

const US: OpenSslOrder = { key: 'rsa2048', subject: '/CN=us' }
const THEM: OpenSslOrder = { key: 'rsa2048 them', subject: '/CN=them' }
const OTHER: OpenSslOrder = { key: 'rsa2048 other', subject: '/CN=other' }
const NAME = 'FSO1110A_BET002_BET0021110000000000000042.tar.gz'
const PAYLOAD = Buffer.concat([Buffer.from('\r\n--x\r\n'), randomBytes(150_000)])

let us: DecryptionKey
let them: DecryptionKey
let folder: string
const received: ReceivedMessage[] = []
const receipts: ReadMdn[] = []
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
  received.length = 0
  receipts.length = 0
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
    received: (message) => received.push(message),
    receipt: (mdn) => receipts.push(mdn),
    ...options,
  })
  undo.push(() => started.stop())
  return started
}

async function server(listener: RequestListener): Promise<string> {
  const started = createServer(listener)
  await new Promise<void>((resolve) => {
    started.listen(0, '127.0.0.1', resolve)
  })
  undo.push(async () => {
    started.closeAllConnections()
    started.close()
  })
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/as2`
}

function order(
  url: string,
  policy: Partial<SendingPolicy> = {},
  rest: Partial<SendOrder> = {},
): SendOrder {
  return {
    url,
    as2From: 'CPP001',
    as2To: 'BET 002',
    messageId: '<ret_1-1@raccord>',
    subject: NAME,
    identity: us,
    partnerCertificates: [them.certificate],
    policy: { ...DEFAULT_SENDING, ...policy },
    payload: {
      octets: octetsOf(PAYLOAD.subarray(0, 70_000), PAYLOAD.subarray(70_000)),
      bytes: PAYLOAD.length,
      contentType: 'application/gzip',
      fileName: NAME,
    },
    product: 'raccord:0.1.0',
    now: Date.now(),
    ...rest,
  }
}

const POLICIES: readonly (readonly [string, Partial<SendingPolicy>])[] = [
  ['as the gateway demands itself', {}],
  ['plain', { sign: undefined, encrypt: undefined }],
  ['compressed', { sign: undefined, encrypt: undefined, compress: 'before-signature' }],
  ['signed', { encrypt: undefined }],
  ['signed, compressed inside', { encrypt: undefined, compress: 'before-signature' }],
  ['signed, compressed outside', { encrypt: undefined, compress: 'after-signature' }],
  ['encrypted', { sign: undefined }],
  ['encrypted, compressed', { sign: undefined, compress: 'before-signature' }],
  ['all three, compressed inside', { compress: 'before-signature' }],
  ['all three, compressed outside', { compress: 'after-signature' }],
  [
    'GCM, SHA-512, PSS, OAEP',
    { sign: { hash: 'sha512', pss: true }, encrypt: { cipher: 'aes256-gcm', oaep: 'sha256' } },
  ],
  ['receipt of another hash', { receiptHashes: ['sha512'] }],
  ['chunked, with Expect', { isChunked: true, expectsContinue: true }],
  ['old names of digests', { micalg: 'old', protectAlgorithms: true }],
]

describe('a message', () => {
  test.each(POLICIES)('%s is received, and its receipt proves it', async (_, policy) => {
    const { url } = await endpoint()
    const sent = await sendMessage(order(url, policy))
    expect(sent).toMatchObject({ outcome: 'receipt', receipt: { verdict: { code: 'proved' } } })
    expect(await readFile(join(folder, NAME))).toEqual(PAYLOAD)
    expect(received[0]).toMatchObject({ from: 'CPP001', to: 'BET 002', subject: NAME })
    const proof = proofOf(sent, 5)
    expect(proof).toMatchObject({
      kind: 'mdn',
      at: 5,
      evidence: {
        messageId: '<ret_1-1@raccord>',
        disposition: 'processed',
        signer: them.certificate.sha256,
      },
    })
    // What the receipt digested is what was sent.
    expect(proof.evidence['receivedContentMic']).toBeDefined()
  })

  test('is encrypted for the newest certificate that is valid', async () => {
    const { url } = await endpoint()
    const old = identity(OTHER).certificate
    const older = { ...old, notBefore: them.certificate.notBefore - 1_000 }
    const coming = { ...old, notBefore: Date.now() + 3_600_000 }
    const partnerCertificates = [older, them.certificate, coming]
    const sent = await sendMessage(order(url, {}, { partnerCertificates }))
    expect(sent.evidence['encryptedFor']).toBe(them.certificate.sha256)
    expect(sent).toMatchObject({ receipt: { verdict: { code: 'proved' } } })
  })

  test('is not sent when every certificate of the partner has ended', async () => {
    const ended = { ...them.certificate, notAfter: Date.now() - 1 }
    const attempt = sendMessage(order('http://127.0.0.1:9/', {}, { partnerCertificates: [ended] }))
    await expect(attempt).rejects.toThrow(/No certificate of BET 002 is valid now; the last ends/)
  })

  test('that is sent twice is kept once and gets the same receipt', async () => {
    const { url } = await endpoint()
    const first = await sendMessage(order(url))
    const second = await sendMessage(order(url))
    expect(second).toMatchObject({ receipt: { verdict: { code: 'proved' } } })
    expect(first).toMatchObject({ receipt: { verdict: { code: 'proved' } } })
    expect(await readdir(folder)).toEqual([NAME])
    expect(received.map((one) => one.isRepeated)).toEqual([false, true])
  })
})

describe('a receipt', () => {
  test('without the signature that was asked for proves nothing', async () => {
    const { url } = await endpoint({ signReceipts: 'never' })
    expect(await sendMessage(order(url))).toMatchObject({
      receipt: { verdict: { code: 'unproven', isDelivered: true } },
    })
  })

  test('that was asked for without a signature proves it all the same', async () => {
    const { url } = await endpoint()
    expect(await sendMessage(order(url, { receipt: 'unsigned' }))).toMatchObject({
      receipt: { verdict: { code: 'proved', isDelivered: true } },
    })
  })

  test('signed by somebody else is none', async () => {
    const { url } = await endpoint({ identity: identity(OTHER) })
    const policy = { encrypt: undefined }
    expect(await sendMessage(order(url, policy))).toMatchObject({
      receipt: { verdict: { code: 'signature-invalid', isDelivered: false } },
    })
  })

  test('signed with a certificate whose time is over is told from others', async () => {
    const { url } = await endpoint()
    const ended = { ...them.certificate, notAfter: Date.now() - 1 }
    const rest = { partnerCertificates: [ended] }
    expect(await sendMessage(order(url, { encrypt: undefined }, rest))).toMatchObject({
      receipt: { verdict: { code: 'signer-expired', isDelivered: false } },
    })
  })

  test('that refuses the message says why', async () => {
    const { url } = await endpoint({ refuseWith: 'decryption-failed' })
    const sent = await sendMessage(order(url))
    expect(sent).toMatchObject({
      receipt: {
        verdict: {
          code: 'refused',
          isDelivered: false,
          disposition: 'processed/error: decryption-failed',
        },
      },
    })
    expect(await readdir(folder)).toEqual([])
  })

  test('about other octets is no receipt of these', async () => {
    // Takes everything, digests something else.
    const { url } = await endpoint()
    const altered = await server((request, response) => {
      void forward(request, response, url)
    })
    const sent = await sendMessage(order(altered, { sign: undefined, encrypt: undefined }))
    expect(sent).toMatchObject({
      receipt: { verdict: { code: 'mic-differs', isDelivered: false } },
    })
  })

  test('that is a page of HTML is missing', async () => {
    const url = await server((request, response) => {
      request.resume().once('end', () => {
        response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>It works</p>')
      })
    })
    expect(await sendMessage(order(url))).toMatchObject({ outcome: 'receipt-missing' })
  })

  test('can come later, to where it was asked to go', async () => {
    const us2 = await endpoint({ identity: us, registered: [them.certificate] })
    const { url } = await endpoint()
    const sent = await sendMessage(order(url, { receiptUrl: us2.url }))
    expect(sent).toMatchObject({ outcome: 'receipt-later', status: 200 })
    await expect.poll(() => receipts.length).toBe(1)
    expect(receipts[0]).toMatchObject({
      originalMessageId: '<ret_1-1@raccord>',
      disposition: { type: 'processed', severity: 'none' },
    })
    expect(receipts[0]!.signature?.certificate.sha256).toBe(them.certificate.sha256)
  })
})

/** Passes a request on with one octet changed. */
async function forward(
  request: Parameters<RequestListener>[0],
  response: Parameters<RequestListener>[1],
  url: string,
): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  const body = Buffer.concat(pieces)
  body[100]! ^= 1
  const { host: _host, connection: _connection, ...headers } = request.headers
  const answer = await fetch(url, {
    method: 'POST',
    headers: headers as Record<string, string>,
    body,
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  response.writeHead(200, Object.fromEntries(answer.headers)).end(bytes)
}

describe('the transport', () => {
  test.each([
    [404, false],
    [405, false],
    [302, false],
    [408, true],
    [429, true],
    [500, true],
    [503, true],
  ])('an answer of %i is worth another try: %s', async (status, isTransient) => {
    const url = await server((request, response) => {
      request.resume().once('end', () => response.writeHead(status, { 'Retry-After': '7' }).end())
    })
    const error = await sendMessage(order(url)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PostError)
    expect(error).toMatchObject({ status, isTransient, retryAfterSeconds: 7, failure: 'refused' })
  })

  test('a refusal in the middle of the body is heard', async () => {
    const url = await server((_request, response) => {
      response.writeHead(413, { Connection: 'close' }).end()
    })
    const payload = {
      octets: endless(),
      bytes: undefined,
      contentType: 'application/gzip',
      fileName: NAME,
    }
    const error = await sendMessage(order(url, {}, { payload })).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'SendingError' })
    expect((error as PostError).isTransient).toBe((error as PostError).status === undefined)
  })

  test('nobody there, a line that breaks and silence are worth another try', async () => {
    const silent = await server(() => undefined)
    const cut = await server((request) => request.socket.destroy())
    const attempts = [
      [order('http://127.0.0.1:9/'), 'unreachable'],
      [order(cut), 'unreachable'],
      [order(silent, {}, { idleMilliseconds: 100 }), 'timed-out'],
    ] as const
    for (const [one, failure] of attempts) {
      const error = await sendMessage(one).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ failure, isTransient: true })
    }
  })

  test('a content that cannot be read is our own fault', async () => {
    const { url } = await endpoint()
    const payload = {
      octets: failing(),
      bytes: 100,
      contentType: 'application/gzip',
    }
    const error = await sendMessage(order(url, {}, { payload })).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SendingError)
    expect(error).toMatchObject({ failure: 'local' })
  })

  test('headers are one line each and names are quoted when they need it', async () => {
    let raw: readonly string[] = []
    const url = await server((request, response) => {
      raw = request.rawHeaders
      request.resume().once('end', () => response.writeHead(204).end())
    })
    await sendMessage(order(`${url}?a=1`, { receiptUrl: 'http://gateway.example/as2' }))
    const fields = new Map(
      raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1]]] : [])) as [string, string][],
    )
    expect(Object.fromEntries(fields)).toMatchObject({
      'AS2-From': 'CPP001',
      'AS2-To': '"BET 002"',
      'AS2-Version': '1.3',
      'AS2-Product': 'raccord:0.1.0',
      'Message-ID': '<ret_1-1@raccord>',
      'MIME-Version': '1.0',
      'Receipt-Delivery-Option': 'http://gateway.example/as2',
      'Content-Type': expect.stringContaining('enveloped-data'),
      'Content-Length': expect.stringMatching(/^\d+$/),
    })
    expect(fields.has('Transfer-Encoding')).toBe(false)
    expect(fields.has('Expect')).toBe(false)
  })
})

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(65_536)
}

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(10)
  throw new Error('disk')
}
