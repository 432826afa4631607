import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bytesOf,
  micOver,
  OpenSslClient,
  type Entity,
  type HttpReply,
} from '../support/as2-openssl-client.ts'
import {
  GATEWAY_KEY,
  OLD_GATEWAY_KEY,
  PARTNER_EC_KEY,
  GATEWAY_EC_KEY,
  startAs2Reception,
  type As2Reception,
} from '../support/as2-reception.ts'
import { flowName } from '../support/door-ground.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'

/** The gateway's AS2 listener, met by curl with messages of the OpenSSL command line. */

const peer = new OpenSslCertificates()
const client = new OpenSslClient(peer)
const CONTENT = randomBytes(150_001)
let number = 0
const nextName = (): string => flowName((number += 1))

let strict: As2Reception
let lenient: As2Reception

beforeAll(async () => {
  strict = await startAs2Reception({ peer })
  lenient = await startAs2Reception({
    peer,
    policy: {
      signature: 'optional',
      encryption: 'optional',
      ciphers: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', 'aes256-gcm', 'aes192-gcm', 'aes128-gcm'],
      legacy: ['sha1', '3des', 'rsa-1024'],
    },
  })
})
afterAll(async () => {
  await strict.stop()
  await lenient.stop()
  peer.remove()
})

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** What the receipt says, and what was taken under the name. */
async function outcomeOf(reception: As2Reception, reply: HttpReply, name: string) {
  const { isSigned, disposition, mic } = client.readMdn(reply)
  const flow = (await reception.flows()).find((one) => one.name === name)
  return { status: reply.status, isSigned, disposition, mic, sha256: flow?.sha256 }
}

/** Taken, with a signed receipt whose MIC is over these octets. */
const taken = (mic: string) => ({
  status: 200,
  isSigned: true,
  disposition: 'processed',
  mic,
  sha256: sha256(CONTENT),
})

describe('every nesting', () => {
  const payload = (name: string): Entity => client.payload(name, CONTENT)

  test('signed and encrypted, as the gateway demands it', async () => {
    const name = nextName()
    const entity = payload(name)
    const reply = await client.post(strict, client.encrypt(client.sign(entity)))
    expect(await outcomeOf(strict, reply, name)).toEqual(taken(micOver(bytesOf(entity))))
    expect(reply.headers).toMatchObject({
      'as2-from': 'CPP001',
      'as2-to': 'Betto',
      'as2-version': '1.3',
      'mime-version': '1.0',
    })
    const flow = (await strict.flows()).find((one) => one.name === name)
    expect(flow?.evidence).toMatchObject({
      as2From: 'Betto',
      layers: 'encrypted > signed',
      cipher: 'aes256-cbc',
    })
  })

  test.each<{ what: string; wrap: (entity: Entity) => Entity; mic: (entity: Entity) => Buffer }>([
    { what: 'plain', wrap: (one) => one, mic: (one) => one.body },
    { what: 'compressed', wrap: (one) => client.compress(one), mic: bytesOf },
    { what: 'signed', wrap: (one) => client.sign(one), mic: bytesOf },
    { what: 'encrypted', wrap: (one) => client.encrypt(one), mic: bytesOf },
    {
      what: 'compressed, encrypted',
      wrap: (one) => client.encrypt(client.compress(one)),
      mic: bytesOf,
    },
    {
      what: 'signed, compressed',
      wrap: (one) => client.compress(client.sign(one)),
      mic: bytesOf,
    },
    {
      what: 'signed, compressed, encrypted',
      wrap: (one) => client.encrypt(client.compress(client.sign(one))),
      mic: bytesOf,
    },
    { what: 'opaque', wrap: (one) => client.signOpaque(one), mic: bytesOf },
    {
      what: 'opaque, encrypted',
      wrap: (one) => client.encrypt(client.signOpaque(one)),
      mic: bytesOf,
    },
  ])('$what', async ({ wrap, mic }) => {
    const name = nextName()
    const entity = payload(name)
    const reply = await client.post(lenient, wrap(entity))
    expect(await outcomeOf(lenient, reply, name)).toEqual(taken(micOver(mic(entity))))
  })

  test('compressed, signed, encrypted: the MIC is over the compressed part', async () => {
    const name = nextName()
    const compressed = client.compress(payload(name))
    const reply = await client.post(strict, client.encrypt(client.sign(compressed)))
    expect(await outcomeOf(strict, reply, name)).toEqual(taken(micOver(bytesOf(compressed))))
  })
})

describe('every form', () => {
  test.each<{ what: string; make: (entity: Entity) => Entity }>([
    {
      what: 'streamed BER',
      make: (one) => client.encrypt(client.sign(one), { flags: ['-stream'] }),
    },
    {
      what: 'base64 around the envelope',
      make: (one) => client.encrypt(client.sign(one), { encoding: 'base64' }),
    },
    {
      what: 'AES-128-CBC',
      make: (one) => client.encrypt(client.sign(one), { cipher: 'aes-128-cbc' }),
    },
    {
      what: 'AES-192-CBC',
      make: (one) => client.encrypt(client.sign(one), { cipher: 'aes-192-cbc' }),
    },
    {
      what: 'AES-128-GCM',
      make: (one) => client.encrypt(client.sign(one), { cipher: 'aes-128-gcm' }),
    },
    {
      what: 'AES-256-GCM',
      make: (one) => client.encrypt(client.sign(one), { cipher: 'aes-256-gcm' }),
    },
    {
      what: '3DES, allowed',
      make: (one) => client.encrypt(client.sign(one), { cipher: 'des-ede3-cbc' }),
    },
    { what: 'SHA-1, allowed', make: (one) => client.encrypt(client.sign(one, { md: 'sha1' })) },
    {
      what: 'RSASSA-PSS',
      make: (one) =>
        client.encrypt(client.sign(one, { flags: ['-keyopt', 'rsa_padding_mode:pss'] })),
    },
    { what: 'ECDSA', make: (one) => client.encrypt(client.sign(one, { by: PARTNER_EC_KEY })) },
    {
      what: 'RSA-OAEP',
      make: (one) =>
        client.encrypt(client.sign(one), {
          recip: ['-recip', peer.certificate(GATEWAY_KEY), '-keyopt', 'rsa_padding_mode:oaep'],
          to: PARTNER_EC_KEY,
        }),
    },
    {
      what: 'a key on a curve (ECDH)',
      make: (one) => client.encrypt(client.sign(one), { to: GATEWAY_EC_KEY }),
    },
    {
      what: 'the certificate before the present one',
      make: (one) => client.encrypt(client.sign(one), { to: OLD_GATEWAY_KEY }),
    },
    {
      what: 'a copy for the sender too',
      make: (one) =>
        client.encrypt(client.sign(one), { others: [peer.certificate(PARTNER_EC_KEY)] }),
    },
    {
      what: 'a signature without its certificate',
      make: (one) => client.encrypt(client.sign(one, { flags: ['-nocerts'] })),
    },
  ])('$what', async ({ make }) => {
    const name = nextName()
    const reply = await client.post(lenient, make(client.payload(name, CONTENT)))
    expect(reply.status).toBe(200)
    expect(client.readMdn(reply)).toMatchObject({ disposition: 'processed' })
    const flow = (await lenient.flows()).find((one) => one.name === name)
    expect(flow).toMatchObject({ sha256: sha256(CONTENT) })
  })

  test.each(['sha384', 'sha512'])('signed with %s: the MIC is of that hash', async (md) => {
    const name = nextName()
    const entity = client.payload(name, CONTENT)
    const reply = await client.post(strict, client.encrypt(client.sign(entity, { md })))
    expect(await outcomeOf(strict, reply, name)).toEqual(
      taken(micOver(bytesOf(entity), md, md.replace('sha', 'sha-'))),
    )
  })

  test('a payload in base64 inside: the MIC is over the text', async () => {
    const name = nextName()
    const entity = client.payload(name, CONTENT, 'base64')
    const reply = await client.post(strict, client.encrypt(client.sign(entity)))
    expect(await outcomeOf(strict, reply, name)).toEqual(taken(micOver(bytesOf(entity))))
  })

  test('in chunks, and after Expect: 100-continue', async () => {
    for (const headers of [['Transfer-Encoding: chunked'], ['Expect: 100-continue']]) {
      const name = nextName()
      const entity = client.payload(name, CONTENT)
      const message = client.encrypt(client.sign(entity))
      const reply = await client.post(strict, message, { headers })
      expect(await outcomeOf(strict, reply, name)).toEqual(taken(micOver(bytesOf(entity))))
    }
  })

  test('an unsigned receipt, and none', async () => {
    const [one, other] = [nextName(), nextName()]
    const message = (name: string): Entity =>
      client.encrypt(client.sign(client.payload(name, CONTENT)))
    const unsigned = await client.post(strict, message(one), { receipt: 'unsigned' })
    expect(client.readMdn(unsigned)).toMatchObject({ isSigned: false, disposition: 'processed' })
    const silent = await client.post(strict, message(other), { receipt: 'none' })
    expect(silent).toMatchObject({ status: 200, body: Buffer.alloc(0) })
    const names = (await strict.flows()).map((flow) => flow.name)
    expect(names).toContain(one)
    expect(names).toContain(other)
  })
})
