import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bytesOf,
  micOver,
  OpenSslClient,
  type Entity,
  type HttpReply,
} from '../support/as2-openssl-client.ts'
import {
  PARTNER_ID,
  PARTNER_KEY,
  startAs2Reception,
  STRANGER_KEY,
  TWIN_KEY,
  type As2Reception,
} from '../support/as2-reception.ts'
import { flowName, PARTNER, TWIN } from '../support/door-ground.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'

/** Which names there are: nobody learns it from an answer who is no partner. */

const peer = new OpenSslCertificates()
const client = new OpenSslClient(peer)
const CONTENT = randomBytes(5_000)
let number = 7_000
const nextName = (): string => flowName((number += 1))
const payload = (): Entity => client.payload(nextName(), CONTENT)

let reception: As2Reception
let twins: As2Reception

beforeAll(async () => {
  reception = await startAs2Reception({ peer })
  twins = await startAs2Reception({
    peer,
    policy: { ciphers: ['aes256-cbc'], asyncMdn: 'honour' },
    twin: { legacy: ['sha1'], hashes: ['sha512'] },
  })
})
afterAll(async () => {
  await reception.stop()
  await twins.stop()
  peer.remove()
})

/** An answer without what is of one message: ids, dates, boundaries. */
function shapeOf({ status, headers, body }: HttpReply) {
  const text = body
    .toString('latin1')
    .replaceAll(/raccord-[0-9a-f]+/g, 'boundary')
    .replaceAll(/Original-Message-ID: .*/g, 'Original-Message-ID')
  const { date: _, 'message-id': __, ...rest } = headers
  const boundary = (value: unknown) => String(value).replaceAll(/raccord-[0-9a-f]+/g, 'boundary')
  const echoed = new Set(['as2-to'])
  const fields = Object.entries(rest).filter(([name]) => !echoed.has(name))
  return { status, text, fields: fields.map(([name, value]) => [name, boundary(value)]) }
}

const damaged = (entity: Entity, at: number): Entity => {
  const body = Buffer.from(entity.body)
  body[body.length - at]! ^= 1
  return { ...entity, body }
}

/** What somebody can send who is no partner. */
const TRIES: readonly (readonly [string, () => Entity, readonly string[]])[] = [
  ['signed by a certificate of its own', () => signedByStranger(payload()), []],
  ['the same, compressed', () => signedByStranger(client.compress(payload())), []],
  ['signed by it, not encrypted', () => client.sign(payload(), { by: STRANGER_KEY }), []],
  ['encrypted and not signed', () => client.encrypt(payload()), []],
  ['neither', payload, []],
  ['a ciphertext that was damaged', () => damaged(signedByStranger(payload()), 5), []],
  ['for another recipient', () => client.encrypt(payload(), { to: STRANGER_KEY }), []],
  ['no CMS at all', () => ({ ...client.encrypt(payload()), body: randomBytes(2_000) }), []],
  [
    'a receipt wanted elsewhere',
    () => signedByStranger(payload()),
    ['Receipt-Delivery-Option: http://192.0.2.1/receipts'],
  ],
]

function signedByStranger(entity: Entity): Entity {
  return client.encrypt(client.sign(entity, { by: STRANGER_KEY }))
}

describe('names that are known and names that are not are answered alike', () => {
  test.each(TRIES)('%s', async (_, make, headers) => {
    const entity = make()
    for (const receipt of ['unsigned', 'none'] as const) {
      const options = { receipt, headers }
      const known = await client.post(reception, entity, options)
      const unknown = await client.post(reception, entity, { ...options, from: 'Nobody' })
      expect(shapeOf(unknown)).toEqual(shapeOf(known))
      expect(known.body.toString('latin1')).not.toContain('processed\r\n')
    }
    const signed = await client.post(reception, entity, { headers })
    const stranger = await client.post(reception, entity, { headers, from: 'Nobody' })
    const { originalMessageId: __, ...one } = client.readMdn(signed)
    expect(client.readMdn(stranger)).toMatchObject(one)
    expect(await reception.flows()).toEqual([])
  })

  test('the operator is told which names they were', async () => {
    await client.post(reception, signedByStranger(payload()), { from: 'Nobody' })
    await expect
      .poll(async () => (await reception.refusals()).at(-1))
      .toMatchObject({
        code: 'CREDENTIAL_REFUSED',
        offered: 'AS2-From Nobody, AS2-To CPP001',
      })
  })
})

describe('a partner is told that the names are wrong', () => {
  test.each(['Nobody', PARTNER_ID.toUpperCase()])('%s', async (from) => {
    const entity = payload()
    const reply = await client.post(reception, client.encrypt(client.sign(entity)), { from })
    expect(client.readMdn(reply)).toMatchObject({
      disposition: 'processed/error: unknown-trading-relationship',
      isSigned: true,
      mic: micOver(bytesOf(entity)),
    })
    expect(await reception.flows()).toEqual([])
  })

  test('the names of another partner are no better than those of nobody', async () => {
    // The certificate of the twin is registered there; the first reception has never seen it.
    const entity = client.encrypt(client.sign(payload(), { by: TWIN_KEY }))
    const [here, elsewhere] = [await told(reception, entity), await told(twins, entity, 'Nobody')]
    expect(here).toBe('processed/error: authentication-failed')
    expect(elsewhere).toBe('processed/error: unknown-trading-relationship')
  })
})

describe('two connections with the same names', () => {
  test('the certificate of the signature says which one is meant', async () => {
    for (const [by, connectionId, md] of [
      [PARTNER_KEY, PARTNER, 'sha256'],
      [TWIN_KEY, TWIN, 'sha512'],
    ] as const) {
      const entity = client.encrypt(client.sign(payload(), { by, md }))
      expect(await told(twins, entity)).toBe('processed')
      expect((await twins.flows()).at(-1)).toMatchObject({ connectionId })
    }
  })

  test('each has its own settings: what one allows the other does not', async () => {
    const before = (await twins.flows()).length
    const weak = 'processed/error: insufficient-message-security'
    const sha1 = client.encrypt(client.sign(payload(), { md: 'sha1' }))
    expect(await told(twins, sha1)).toBe(weak)
    const sha256 = client.encrypt(client.sign(payload(), { by: TWIN_KEY }))
    expect(await told(twins, sha256)).toBe(weak)
    const legacy = client.encrypt(client.sign(payload(), { by: TWIN_KEY, md: 'sha1' }))
    expect(await told(twins, legacy)).toBe('processed')
    expect(await twins.flows()).toHaveLength(before + 1)
  })

  test('a receipt elsewhere is for the one that allows it', async () => {
    const headers = ['Receipt-Delivery-Option: http://127.0.0.1:1/receipts']
    const own = client.encrypt(client.sign(payload()))
    expect((await client.post(twins, own, { headers })).body).toHaveLength(0)
    const other = client.encrypt(client.sign(payload(), { by: TWIN_KEY, md: 'sha512' }))
    const reply = await client.post(twins, other, { headers })
    expect(client.readMdn(reply).disposition).toBe('failed/failure: unsupported format')
  })

  test('the same Message-ID is free for each of them', async () => {
    const messageId = '<twice@partner>'
    for (const by of [PARTNER_KEY, TWIN_KEY]) {
      const entity = client.encrypt(client.sign(payload(), { by, md: 'sha512' }))
      const reply = await client.post(twins, entity, { messageId })
      expect(client.readMdn(reply).disposition).toBe('processed')
    }
  })
})

async function told(
  to: As2Reception,
  entity: Entity,
  from = PARTNER_ID,
): Promise<string | undefined> {
  return client.readMdn(await client.post(to, entity, { from })).disposition
}
