import { createHash, createPrivateKey, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readCertificate } from '../../certs/certificate.ts'
import type { DecryptionKey } from '../../protocols/as2/cms/content-key.ts'
import { headerBlock, payloadFields } from '../../protocols/as2/message-writer.ts'
import { octetsOf } from '../../protocols/as2/octets.ts'
import { sendMessage, type SendOrder, type Sent } from '../../protocols/as2/sender.ts'
import { DEFAULT_SENDING, type SendingPolicy } from '../../protocols/as2/sending-policy.ts'
import { AS2_RULES, type As2RuleName } from '../support/as2-conformance-rules.ts'
import { bytesOf, micOver, OpenSslClient } from '../support/as2-openssl-client.ts'
import {
  GATEWAY_ID,
  GATEWAY_KEY,
  PARTNER_ID,
  PARTNER_KEY,
  startAs2Reception,
  STRANGER_KEY,
  type As2Reception,
} from '../support/as2-reception.ts'
import { flowName } from '../support/door-ground.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../support/openssl-certificates.ts'

const peer = new OpenSslCertificates()
const client = new OpenSslClient(peer)
const CONTENT = randomBytes(30_000)
const LARGE = Buffer.alloc(24 * 1024 * 1024, 'FSO1110A,')
const LENIENT = { signature: 'optional', encryption: 'optional', asyncMdn: 'honour' } as const
const CIPHERS = [
  'aes256-cbc',
  'aes192-cbc',
  'aes128-cbc',
  'aes256-gcm',
  'aes192-gcm',
  'aes128-gcm',
] as const

let reception: As2Reception
let secured: As2Reception
let us: DecryptionKey
let number = 7_000
const undo: (() => void)[] = []
const nextName = (): string => flowName((number += 1))

const keyOf = (order: OpenSslOrder): DecryptionKey => ({
  certificate: readCertificate(peer.der(order)),
  privateKey: createPrivateKey(peer.read(peer.key(order.key))),
})

beforeAll(async () => {
  const options = { peer, policy: { ...LENIENT, ciphers: [...CIPHERS] } }
  reception = await startAs2Reception(options)
  secured = await startAs2Reception({ ...options, tls: true })
  us = keyOf(PARTNER_KEY)
})

afterEach(() => {
  for (const step of undo.splice(0)) step()
})

afterAll(async () => {
  await reception.stop()
  await secured.stop()
  peer.remove()
})

function order(policy: Partial<SendingPolicy> = {}, rest: Partial<SendOrder> = {}): SendOrder {
  return {
    url: reception.url,
    as2From: PARTNER_ID,
    as2To: GATEWAY_ID,
    messageId: `<${randomBytes(9).toString('hex')}@partner.example>`,
    identity: us,
    partnerCertificates: [keyOf(GATEWAY_KEY).certificate],
    policy: { ...DEFAULT_SENDING, ...policy },
    payload: payloadOf(CONTENT),
    product: 'raccord:0.1.0',
    now: Date.now(),
    tls: { isUnchecked: true },
    ...rest,
  }
}

const payloadOf = (content: Buffer, fileName = nextName()): SendOrder['payload'] => ({
  octets: octetsOf(content),
  bytes: content.length,
  contentType: 'application/gzip',
  fileName,
})

/** Sent, taken as one flow of these octets, and its receipt proves it. */
async function isTaken(one: SendOrder, at = reception, content = CONTENT): Promise<Sent> {
  const sent = await sendMessage({ ...one, url: at.url })
  expect(sent).toMatchObject({ outcome: 'receipt', receipt: { verdict: { code: 'proved' } } })
  expect((await at.flows()).at(-1)).toMatchObject({
    name: one.payload.fileName,
    sha256: createHash('sha256').update(content).digest('hex'),
  })
  return sent
}

/** A server in front of the gateway that may change what is answered. */
async function relay(answer: (response: ServerResponse, own: Response) => Promise<void>) {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    void (async () => {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece as Buffer)
      const { host: _host, connection: _connection, ...headers } = request.headers
      const own = await fetch(reception.url, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: Buffer.concat(pieces),
      })
      await answer(response, own)
    })()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  undo.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/as2`, seen }
}

async function passOn(response: ServerResponse, own: Response, without: readonly string[] = []) {
  const headers = [...own.headers].filter(([name]) => !without.includes(name))
  response
    .writeHead(own.status, Object.fromEntries(headers))
    .end(Buffer.from(await own.arrayBuffer()))
}

async function isRefused(entity: Parameters<OpenSslClient['post']>[1], modifier: string) {
  const before = (await reception.flows()).length
  const reply = await client.post(reception, entity)
  const mdn = client.readMdn(reply)
  expect(reply.status).toBe(200)
  expect(mdn).toMatchObject({ disposition: `processed/error: ${modifier}`, isSigned: true })
  expect((await reception.flows()).length).toBe(before)
  return mdn
}

const micOfEvidence = (sent: Sent): string | undefined =>
  sent.outcome === 'receipt' ? sent.receipt.evidence['receivedContentMic'] : undefined

const PLAIN = { sign: undefined, encrypt: undefined } as const

const PROOFS: Readonly<Record<As2RuleName, () => Promise<void>>> = {
  'plain-sync': async () => void (await isTaken(order(PLAIN))),
  'tls-sync': async () => void (await isTaken(order(), secured)),
  compressed: async () => void (await isTaken(order({ ...PLAIN, compress: 'before-signature' }))),
  signed: async () => void (await isTaken(order({ encrypt: undefined }))),
  'signed-compressed-tls': async () => {
    await isTaken(order({ compress: 'before-signature' }), secured)
    await isTaken(order({ compress: 'after-signature' }), secured)
  },
  'large-tls-sync': async () =>
    void (await isTaken(order({}, { payload: payloadOf(LARGE) }), secured, LARGE)),
  'large-async': async () => {
    const policy = { compress: 'before-signature', receiptUrl: 'http://127.0.0.1:1/as2' } as const
    const before = reception.queued.length
    const sent = await sendMessage(order(policy, { payload: payloadOf(LARGE) }))
    expect(sent).toMatchObject({ outcome: 'receipt-later', status: 200 })
    await expect.poll(() => reception.queued.length, { timeout: 30_000 }).toBe(before + 1)
  },
  'bad-signature': async () => {
    const entity = client.payload(nextName(), CONTENT)
    await isRefused(client.sign(entity, { by: STRANGER_KEY }), 'authentication-failed')
  },
  'bad-digest': async () => {
    let changed = Buffer.alloc(0)
    const change = (part: Buffer): Buffer => {
      changed = Buffer.from(part)
      changed[changed.length - 1]! ^= 1
      return changed
    }
    const signed = client.sign(client.payload(nextName(), CONTENT), { change })
    const mdn = await isRefused(signed, 'integrity-check-failed')
    expect(mdn.mic).toBe(micOver(changed))
  },
  'bad-encryption': async () => {
    const entity = client.sign(client.payload(nextName(), CONTENT))
    const mdn = await isRefused(client.encrypt(entity, { to: STRANGER_KEY }), 'decryption-failed')
    expect(mdn.mic).toBeUndefined()
  },
  'bad-compression': async () => {
    const compressed = client.compress(client.payload(nextName(), CONTENT))
    const body = Buffer.from(compressed.body)
    body.fill(0x55, body.length >> 1)
    await isRefused(client.sign({ ...compressed, body }), 'decompression-failed')
  },
  chunked: async () => void (await isTaken(order({ isChunked: true }))),
  'sha-2': async () => {
    for (const hash of ['sha256', 'sha384', 'sha512'] as const) {
      const sent = await isTaken(order({ sign: { hash }, receiptHashes: [hash] }))
      expect(micOfEvidence(sent)).toMatch(new RegExp(`, sha-${hash.slice(3)}$`))
    }
  },
  aes: async () => {
    for (const cipher of CIPHERS) await isTaken(order({ encrypt: { cipher } }))
  },
  reliability: async () => {
    const message = client.encrypt(client.sign(client.payload(nextName(), CONTENT)))
    const messageId = '<again@partner.example>'
    const [first, second] = [
      await client.post(reception, message, { messageId }),
      await client.post(reception, message, { messageId }),
    ]
    expect(client.readMdn(first).disposition).toBe('processed')
    expect(second.body.equals(first.body)).toBe(true)
    const again = order()
    await isTaken(again)
    const before = (await reception.flows()).length
    const repeated = { ...again, payload: { ...again.payload, octets: octetsOf(CONTENT) } }
    expect(await sendMessage(repeated)).toMatchObject({ receipt: { verdict: { code: 'proved' } } })
    expect((await reception.flows()).length).toBe(before)
  },
  'basic-authentication': async () => {
    const { url, seen } = await relay(passOn)
    await sendMessage(order({}, { url: url.replace('//', '//b%C3%A9ta:s%3Acret@') }))
    const given = seen[0]?.headers.authorization?.replace('Basic ', '') ?? ''
    expect(Buffer.from(given, 'base64').toString('utf8')).toBe('béta:s:cret')
  },
  'file-name': async () => {
    const fileName = nextName()
    await isTaken(
      order({ compress: 'before-signature' }, { payload: payloadOf(CONTENT, fileName) }),
    )
    expect((await reception.flows()).at(-1)?.name).toBe(fileName)
  },
  'file-name-refused': async () => {
    const sent = await sendMessage(order({}, { payload: payloadOf(CONTENT, 'no-flow.txt') }))
    expect(sent).toMatchObject({
      receipt: { verdict: { code: 'refused', disposition: 'processed/error: illegal-filename' } },
    })
  },
  'names-quoted': async () => {
    const { url, seen } = await relay(passOn)
    for (const [as2To, written] of [
      ['CPP001', 'CPP001'],
      ['a,b;<x>', 'a,b;<x>'],
      ['my gateway', '"my gateway"'],
      ['say "hi"\\', String.raw`"say \"hi\"\\"`],
    ] as const) {
      await sendMessage(order({}, { url, as2To })).catch(() => undefined)
      expect(seen.at(-1)?.headers['as2-to']).toBe(written)
    }
  },
  'headers-unfolded': async () => {
    const { url, seen } = await relay(passOn)
    await sendMessage(order({}, { url, subject: `a\r\n b ${'x'.repeat(300)}` }))
    const { headers, rawHeaders } = seen[0]!
    expect(rawHeaders.some((text) => /[\r\n]/.test(text))).toBe(false)
    expect(headers['expect']).toBeUndefined()
    expect(headers['content-length'] === undefined).toBe(headers['transfer-encoding'] !== undefined)
  },
  'receipt-without-length': async () => {
    const { url } = await relay((response, own) => passOn(response, own, ['content-length']))
    const sent = await sendMessage(order({}, { url }))
    expect(sent).toMatchObject({ receipt: { verdict: { code: 'proved' } } })
  },
  'receipt-without-message-id': async () => {
    const { url } = await relay((response, own) => passOn(response, own, ['message-id']))
    const sent = await sendMessage(order({}, { url }))
    expect(sent).toMatchObject({ receipt: { verdict: { code: 'proved' } } })
  },
  'answer-204': async () => {
    const { url } = await relay(async (response) => void response.writeHead(204).end())
    const sent = await sendMessage(order({ receiptUrl: 'http://127.0.0.1:1/as2' }, { url }))
    expect(sent).toMatchObject({ outcome: 'receipt-later', status: 204 })
  },
  'interim-102': async () => {
    const { url } = await relay(async (response, own) => {
      response.writeProcessing()
      await passOn(response, own)
    })
    const sent = await sendMessage(order({}, { url }))
    expect(sent).toMatchObject({ status: 200, receipt: { verdict: { code: 'proved' } } })
  },
  'errors-are-200': async () => {
    const sent = await sendMessage(order({}, { identity: keyOf(STRANGER_KEY) }))
    expect(sent).toMatchObject({
      status: 200,
      receipt: { verdict: { disposition: 'processed/error: authentication-failed' } },
    })
  },
  'failed-is-about-receipts': async () => {
    const entity = client.sign(client.payload(nextName(), CONTENT))
    const headers = [
      'Disposition-Notification-To: x',
      'Disposition-Notification-Options: signed-receipt-protocol=required,pgp; signed-receipt-micalg=required,sha-256',
    ]
    const reply = await client.post(reception, entity, { receipt: 'none', headers })
    expect(client.readMdn(reply).disposition).toBe('failed/failure: unsupported format')
  },
  'mic-signed-compressed': async () => {
    const compressed = client.compress(client.payload(nextName(), CONTENT))
    const mdn = client.readMdn(await client.post(reception, client.sign(compressed)))
    expect(mdn).toMatchObject({ disposition: 'processed', mic: micOver(bytesOf(compressed)) })
  },
  'mic-unsigned-encrypted': async () => {
    const one = order({ sign: undefined })
    const head = headerBlock(payloadFields(one.payload))
    const whole = Buffer.concat([Buffer.from(head), CONTENT])
    expect(micOfEvidence(await isTaken(one))).toBe(micOver(whole))
  },
  'mic-plain': async () =>
    expect(micOfEvidence(await isTaken(order(PLAIN)))).toBe(micOver(CONTENT)),
  'retry-5xx': async () => {
    for (const [status, isTransient] of [
      [500, true],
      [503, true],
      [408, true],
      [425, true],
      [429, true],
      [400, false],
      [404, false],
      [413, false],
    ] as const) {
      const { url } = await relay(async (response) => void response.writeHead(status).end())
      await expect(sendMessage(order({}, { url }))).rejects.toMatchObject({ status, isTransient })
    }
  },
}

test.each(
  Object.entries(AS2_RULES).map(([name, { rule }]) => [name as As2RuleName, rule] as const),
)('%s: %s', async (name) => {
  expect.hasAssertions()
  await PROOFS[name]()
})
