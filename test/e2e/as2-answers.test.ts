import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultPoint, Faults } from '../../gateway/faults.ts'
import { bytesOf, micOver, OpenSslClient, type Entity } from '../support/as2-openssl-client.ts'
import {
  PARTNER_KEY,
  startAs2Reception,
  STRANGER_KEY,
  type As2Reception,
} from '../support/as2-reception.ts'
import { flowName } from '../support/door-ground.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../support/openssl-certificates.ts'

/** What a partner is told, by curl and OpenSSL: every disposition, repetitions, receipts to URLs. */

const peer = new OpenSslCertificates()
const client = new OpenSslClient(peer)
const CONTENT = randomBytes(10_001)
let number = 5_000
const nextName = (): string => flowName((number += 1))
const message = (name = nextName(), content = CONTENT): Entity =>
  client.encrypt(client.sign(client.payload(name, content)))

let reception: As2Reception
let lenient: As2Reception
let fault: { point: FaultPoint; action: ReturnType<Faults['at']> } | undefined

beforeAll(async () => {
  const faults: Faults = {
    at: (point) => (fault?.point === point ? fault.action : undefined),
  }
  reception = await startAs2Reception({ peer, faults })
  lenient = await startAs2Reception({
    peer,
    policy: {
      signature: 'optional',
      encryption: 'optional',
      asyncMdn: 'honour',
      duplicates: 'warn',
      lfLineEnds: true,
      barePayload: true,
    },
  })
})
afterAll(async () => {
  await reception.stop()
  await lenient.stop()
  peer.remove()
})

const lastRefusal = async () => (await reception.refusals()).at(-1)

async function told(entity: Entity, options: Parameters<OpenSslClient['post']>[2] = {}) {
  const before = (await reception.flows()).length
  const reply = await client.post(reception, entity, options)
  const mdn = client.readMdn(reply)
  const flows = (await reception.flows()).length - before
  return { status: reply.status, disposition: mdn.disposition, isSigned: mdn.isSigned, flows }
}
const error = (modifier: string, isSigned = true) => ({
  status: 200,
  disposition: `processed/error: ${modifier}`,
  isSigned,
  flows: 0,
})

describe('a message that cannot be taken is answered with a receipt that says why', () => {
  test('signed by somebody else: authentication-failed, with the MIC of what came', async () => {
    const entity = client.payload(nextName(), CONTENT)
    const reply = await client.post(
      reception,
      client.encrypt(client.sign(entity, { by: STRANGER_KEY })),
    )
    expect(client.readMdn(reply)).toMatchObject({
      disposition: 'processed/error: authentication-failed',
      mic: micOver(bytesOf(entity)),
    })
    await expect.poll(lastRefusal).toMatchObject({
      code: 'SIGNATURE_REFUSED',
      reason: expect.stringContaining('which is not registered'),
    })
  })

  test('changed after it was signed: integrity-check-failed', async () => {
    const change = (part: Buffer): Buffer => {
      const changed = Buffer.from(part)
      changed[changed.length - 1]! ^= 1
      return changed
    }
    const signed = client.sign(client.payload(nextName(), CONTENT), { change })
    expect(await told(client.encrypt(signed))).toEqual(error('integrity-check-failed'))
  })

  test('line ends changed on the way: the journal says what would have matched', async () => {
    const change = (part: Buffer): Buffer =>
      Buffer.from(part.toString('latin1').replaceAll('<a>\r\n</a>\r\n', '<a>\n</a>\n'), 'latin1')
    const entity = client.payload(nextName(), Buffer.from('<a>\r\n</a>\r\n'))

    const reply = await told(client.encrypt(client.sign(entity, { change })))
    expect(reply).toEqual(error('integrity-check-failed'))
    await expect.poll(lastRefusal).toMatchObject({
      reason: expect.stringContaining('The MIC is over lines that end in CR LF'),
      offered: expect.stringContaining('lf-to-crlf, with headers, sha256'),
    })
  })

  test('encrypted for a certificate that is not ours: decryption-failed, no MIC', async () => {
    const entity = client.sign(client.payload(nextName(), CONTENT))
    const reply = await client.post(reception, client.encrypt(entity, { to: STRANGER_KEY }))
    expect(client.readMdn(reply)).toMatchObject({
      disposition: 'processed/error: decryption-failed',
      mic: undefined,
    })
    await expect.poll(lastRefusal).toMatchObject({
      code: 'MESSAGE_NOT_DECRYPTED',
      reason: expect.stringContaining('does not own, or no longer owns'),
      offered: expect.stringContaining('CN=stranger'),
      wanted: expect.stringContaining('CN=gateway'),
    })
  })

  test('unsigned, unencrypted, weak: insufficient-message-security', async () => {
    const entity = client.payload(nextName(), CONTENT)
    for (const one of [
      client.encrypt(entity),
      client.sign(entity),
      entity,
      client.encrypt(client.sign(entity, { md: 'sha1' })),
      client.encrypt(client.sign(entity), { cipher: 'aes-128-cbc' }),
      client.encrypt(client.sign(entity), { cipher: 'des-ede3-cbc' }),
    ]) {
      expect(await told(one)).toEqual(error('insufficient-message-security'))
    }
    await expect.poll(lastRefusal).toMatchObject({ code: 'SECURITY_INSUFFICIENT' })
  })

  test('a name that is none of its own: illegal-filename', async () => {
    for (const name of ['invoice.xml', flowName(1).replaceAll('SIM123', 'OTH999')]) {
      expect(await told(message(name))).toEqual(error('illegal-filename'))
    }
  })

  test('an identifier that is taken by other content: duplicate-filename', async () => {
    const name = nextName()
    expect(await told(message(name))).toMatchObject({ disposition: 'processed', flows: 1 })
    expect(await told(message(name, randomBytes(99)))).toEqual(error('duplicate-filename'))
  })

  test('signed by a partner, under names that are not its own: unknown-trading-relationship', async () => {
    const one = await told(message(), { from: 'nobody' })
    expect(one).toEqual(error('unknown-trading-relationship'))
    expect(await told(message(), { to: 'CPP002' })).toEqual(one)
  })

  test('a Message-ID with blanks, a sender that is the receiver', async () => {
    expect(await told(message(), { messageId: '<a b@c>' })).toEqual(
      error('invalid-message-id', false),
    )
    expect(await told(message(), { from: 'CPP001' })).toMatchObject({
      disposition: 'failed/failure: sender-equals-receiver',
    })
  })

  test('without a receipt asked for, the status says it', async () => {
    const reply = await client.post(reception, message('x.xml'), { receipt: 'none' })
    expect(reply.status).toBe(403)
  })

  test('headers that are missing or stand twice: 400', async () => {
    const twice = ['AS2-From: Betto', 'Message-ID: <other@partner>', 'AS2-To: CPP001']
    for (const line of twice) {
      expect((await client.post(reception, message(), { headers: [line] })).status).toBe(400)
    }
    expect((await client.post(reception, message(), { from: '' })).status).toBe(400)
  })
})

describe('the receipt that is asked for', () => {
  const options = (text: string) => ({
    receipt: 'unsigned' as const,
    headers: [`Disposition-Notification-Options: ${text}`],
  })

  test('in a format or with hashes not known here: failed', async () => {
    const format = 'signed-receipt-protocol=required,pgp; signed-receipt-micalg=required,sha-256'
    expect(await told(message(), options(format))).toMatchObject({
      disposition: 'failed/failure: unsupported format',
      flows: 0,
    })
    for (const hash of ['md5', 'sha1', 'tiger']) {
      const text = `signed-receipt-protocol=required,pkcs7-signature; signed-receipt-micalg=required,${hash}`
      expect(await told(message(), options(text))).toMatchObject({
        disposition: 'failed/failure: unsupported MIC-algorithms',
        flows: 0,
      })
    }
  })

  test('optional and not known: it is given by what we have', async () => {
    const text =
      'signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, tiger, SHA384'
    const entity = client.payload(nextName(), CONTENT)
    const reply = await client.post(lenient, client.encrypt(entity), options(text))
    expect(client.readMdn(reply).mic).toBe(micOver(bytesOf(entity), 'sha384', 'sha-384'))
  })

  test('at a URL: refused unless the connection honours it, and its host is the registered one', async () => {
    const headers = ['Receipt-Delivery-Option: http://127.0.0.1:1/as2/mdn?a=1']
    expect(await told(message(), { headers })).toMatchObject({
      disposition: 'failed/failure: unsupported format',
      flows: 0,
    })
    const elsewhere = ['Receipt-Delivery-Option: http://169.254.169.254/latest']
    const refused = await client.post(lenient, message(), { headers: elsewhere })
    expect(client.readMdn(refused).disposition).toBe('failed/failure: unsupported format')
    const accepted = await client.post(lenient, message(), { headers })
    expect(accepted).toMatchObject({ status: 200, body: Buffer.alloc(0) })
    const [receipt] = lenient.queued
    expect(receipt?.url).toBe('http://127.0.0.1:1/as2/mdn?a=1')
    expect(receipt?.body.toString('latin1')).toContain('; processed\r\n')
  })
})

describe('the same message again', () => {
  test('gets the same receipt, byte for byte, and makes no second flow', async () => {
    const messageId = `<again-${nextName()}@partner>`
    const entity = client.payload(nextName(), CONTENT)
    const signed = client.sign(entity)
    const first = await client.post(reception, client.encrypt(signed), { messageId })
    const flows = (await reception.flows()).length
    // Encrypted anew: other bytes on the line.
    const second = await client.post(reception, client.encrypt(signed), { messageId })
    expect(client.readMdn(first).disposition).toBe('processed')
    expect(second.body).toEqual(first.body)
    expect(second.headers['message-id']).toBe(first.headers['message-id'])
    expect(await reception.flows()).toHaveLength(flows)
  })

  test('with other content is refused, with a refusal of its own', async () => {
    const messageId = '<reused@partner>'
    expect(await told(message(), { messageId })).toMatchObject({ disposition: 'processed' })
    expect(await told(message(), { messageId })).toEqual(error('unexpected-processing-error'))
    await expect.poll(lastRefusal).toMatchObject({ code: 'MESSAGE_ID_REUSED' })
  })

  test('where the connection wants so, it is told as a duplicate', async () => {
    const messageId = '<warned@partner>'
    const entity = message()
    await client.post(lenient, entity, { messageId })
    const again = await client.post(lenient, entity, { messageId })
    expect(client.readMdn(again).disposition).toBe('processed/warning: duplicate-document')
  })

  test('while the first is still in hand: both get the same receipt, one flow', async () => {
    const messageId = '<at-once@partner>'
    const name = nextName()
    const entity = message(name)
    const replies = await Promise.all(
      [1, 2, 3].map(() => client.post(reception, entity, { messageId })),
    )
    const [first, ...others] = replies
    expect(client.readMdn(first!).disposition).toBe('processed')
    for (const other of others) expect(other.body).toEqual(first!.body)
    expect((await reception.flows()).filter((flow) => flow.name === name)).toHaveLength(1)
  })

  test('in a new message of the same flow: taken once, processed twice', async () => {
    const name = nextName()
    expect(await told(message(name))).toMatchObject({ disposition: 'processed', flows: 1 })
    expect(await told(message(name))).toMatchObject({ disposition: 'processed', flows: 0 })
  })
})

describe('faults on demand', () => {
  test.each(['open', 'data', 'before-acknowledge'] as const)(
    'refused at %s: 503, and the same message is taken later',
    async (point) => {
      const messageId = `<fault-${point}@partner>`
      const name = nextName()
      const entity = message(name)
      fault = { point, action: { kind: 'refuse', message: 'on demand' } }
      const refused = await client.post(reception, entity, { messageId })
      fault = undefined
      expect(refused).toMatchObject({ status: 503 })
      expect(refused.headers['retry-after']).toBeDefined()
      expect(client.readMdn(await client.post(reception, entity, { messageId })).disposition).toBe(
        'processed',
      )
      expect((await reception.flows()).filter((flow) => flow.name === name)).toHaveLength(1)
    },
  )

  test('cut before the receipt: the repetition gets it, one flow', async () => {
    const messageId = '<cut@partner>'
    const name = nextName()
    const entity = message(name)
    fault = { point: 'before-acknowledge', action: { kind: 'cut' } }
    const cut = await client.post(reception, entity, { messageId })
    fault = undefined
    expect(cut.code).not.toBe(0)
    const again = await client.post(reception, entity, { messageId })
    expect(client.readMdn(again).disposition).toBe('processed')
    expect((await reception.flows()).filter((flow) => flow.name === name)).toHaveLength(1)
  })
})

test('GET, HEAD, other methods and paths are answered without a session', async () => {
  const { url } = reception
  expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('0')
  expect((await fetch(url)).status).toBe(200)
  expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(405)
  expect((await fetch(url.replace('/as2', '/other'), { method: 'POST', body: 'x' })).status).toBe(
    404,
  )
})

describe('over https', () => {
  test('a message is taken, and a client certificate may be demanded', async () => {
    const open = await startAs2Reception({ peer, tls: true })
    const demanding = await startAs2Reception({
      peer,
      tls: true,
      policy: { tlsClientCertificate: 'required' },
    })
    const shown = (order: OpenSslOrder): readonly string[] => [
      '--cert',
      peer.certificate(order),
      '--key',
      peer.key(order.key),
    ]
    const disposition = async (to: As2Reception, curl: readonly string[] = []) =>
      client.readMdn(await client.post(to, message(), { curl })).disposition
    expect(await disposition(open)).toBe('processed')
    expect(await disposition(demanding, shown(PARTNER_KEY))).toBe('processed')
    const unknown = 'processed/error: unknown-trading-relationship'
    expect(await disposition(demanding)).toBe(unknown)
    expect(await disposition(demanding, shown(STRANGER_KEY))).toBe(unknown)
    await open.stop()
    await demanding.stop()
  })
})
