import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bytesOf,
  compressedData,
  OpenSslClient,
  type Entity,
  type HttpReply,
} from '../support/as2-openssl-client.ts'
import { startAs2Reception, STRANGER_KEY, type As2Reception } from '../support/as2-reception.ts'
import { flowName } from '../support/door-ground.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'

/** Messages that nobody means well: no flow, an answer that tells nothing, and the next one goes on. */

const peer = new OpenSslCertificates()
const client = new OpenSslClient(peer)
const CONTENT = randomBytes(5_000)
let number = 9_000
const nextName = (): string => flowName((number += 1))
const good = (): Entity => client.encrypt(client.sign(client.payload(nextName(), CONTENT)))

let reception: As2Reception

beforeAll(async () => {
  reception = await startAs2Reception({
    peer,
    policy: { encryption: 'optional' },
    limits: { maxFlowBytes: 2_000_000 },
    settings: { idleSeconds: 4, headersSeconds: 4, minBytesPerSecond: 0 },
  })
})
afterAll(async () => {
  await reception.stop()
  peer.remove()
})

interface Told {
  readonly status: number
  readonly disposition: string | undefined
  readonly flows: number
}

async function told(entity: Entity, curl: readonly string[] = []): Promise<Told> {
  const before = (await reception.flows()).length
  const reply = await client.post(reception, entity, { curl })
  const flows = (await reception.flows()).length - before
  return { status: reply.status, disposition: dispositionOf(reply), flows }
}
function dispositionOf(reply: HttpReply): string | undefined {
  return /Disposition: [^;]*; ([^\r]*)/.exec(reply.body.toString('latin1'))?.[1]
}
const refused = (modifier: string): Told => ({
  status: 200,
  disposition: `processed/error: ${modifier}`,
  flows: 0,
})

/** Nothing of what was refused is left in staging. */
function stagedFiles(): readonly string[] {
  const files = readdirSync(join(reception.ground.folder, 'staging'), { recursive: true })
  return files.map(String).filter((name) => name.includes('stg_'))
}

async function expectAlive(): Promise<void> {
  expect(await told(good())).toEqual({ status: 200, disposition: 'processed', flows: 1 })
}

describe('ciphertext that was changed', () => {
  test('truncated anywhere: decryption-failed or a malformed message, never a flow', async () => {
    const entity = good()
    for (const share of [0.01, 0.1, 0.5, 0.9, 0.999]) {
      const body = entity.body.subarray(0, Math.floor(entity.body.length * share))
      const answer = await told({ ...entity, body })
      expect(answer).toMatchObject({ status: 200, flows: 0 })
      expect(answer.disposition).toMatch(/decryption-failed|unexpected-processing-error/)
    }
    await expect.poll(stagedFiles).toEqual([])
    await expectAlive()
  })

  test('one bit flipped: never a flow, and one answer for all that a changed content can be', async () => {
    const entity = good()
    const dispositions = new Set<string | undefined>()
    for (let at = 1_000; at < entity.body.length; at += 997) {
      const body = Buffer.from(entity.body)
      body[at]! ^= 0x10
      const answer = await told({ ...entity, body })
      expect(answer.flows).toBe(0)
      dispositions.add(answer.disposition)
    }
    dispositions.delete('processed/error: decryption-failed')
    dispositions.delete('processed/error: integrity-check-failed')
    dispositions.delete('processed/error: authentication-failed')
    expect([...dispositions]).toEqual([])
  })

  test('a corrupted RSA block, a wrong padding and a wrong key are answered alike', async () => {
    const entity = good()
    const key = entity.body.indexOf(Buffer.from('0482', 'hex'), 40)
    expect(key).toBeGreaterThan(0)
    const answers: string[] = []
    for (const change of [
      (body: Buffer) => body.fill(0xaa, key + 40, key + 60),
      (body: Buffer) => body.fill(0, key + 100, key + 120),
      (body: Buffer) => body.fill(0x55, body.length - 16),
    ]) {
      const body = Buffer.from(entity.body)
      change(body)
      const reply = await client.post(reception, { ...entity, body }, { receipt: 'unsigned' })
      answers.push(
        reply.body
          .toString('latin1')
          .replaceAll(/raccord-[0-9a-f]+/g, 'boundary')
          .replaceAll(/Original-Message-ID: .*/g, ''),
      )
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('decryption-failed')
  })
})

describe('bombs', () => {
  test('a few kilobytes that inflate to many megabytes', async () => {
    const head = Buffer.from('Content-Type: application/gzip\r\n\r\n')
    const zeros = deflateSync(Buffer.concat([head, Buffer.alloc(64 * 1024 * 1024)]))
    const entity = {
      ...client.compress(client.payload(nextName(), CONTENT)),
      body: compressedData(zeros),
    }
    expect(await told(client.encrypt(client.sign(entity)))).toMatchObject({ status: 413, flows: 0 })
    await expect.poll(stagedFiles).toEqual([])
  })

  test('layers in layers', async () => {
    const payload = client.payload(nextName(), CONTENT)
    expect(await told(client.encrypt(client.encrypt(client.sign(payload))))).toMatchObject({
      flows: 0,
    })
    expect(await told(client.sign(client.sign(payload)))).toMatchObject({ flows: 0 })
    const twice = client.compress(client.compress(payload))
    expect(await told(client.sign(twice))).toMatchObject({ flows: 0 })
  })

  test('ten thousand recipients', async () => {
    const entity = good()
    const recipient = recipientOf(entity.body)
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => recipient))
    const body = enveloped(many)
    expect(await told({ ...entity, body })).toEqual(refused('unexpected-processing-error'))
    await expectAlive()
  })

  test('a payload over the limit of a flow is told by its status', async () => {
    const large = client.payload(nextName(), randomBytes(2_100_000))
    expect(await told(client.encrypt(client.sign(large)))).toMatchObject({ status: 413, flows: 0 })
    const huge = client.payload(nextName(), randomBytes(6_000_000))
    expect(await told(client.encrypt(client.sign(huge)))).toMatchObject({ status: 413, flows: 0 })
    await expect.poll(stagedFiles).toEqual([])
  })
})

describe('signatures that cover something else', () => {
  test('a second part, a part behind the signature, two signatures', async () => {
    const one = client.payload(nextName(), CONTENT)
    const other = client.payload(nextName(), Buffer.from('<other/>'))
    const signed = client.sign(one)
    const [boundary] = /=_[0-9a-f-]+/.exec(signed.headers[0]!)!
    const extra = Buffer.concat([
      Buffer.from(`--${boundary}\r\n`),
      bytesOf(other),
      Buffer.from('\r\n'),
    ])
    const before = { ...signed, body: Buffer.concat([extra, signed.body]) }
    expect(await told(client.encrypt(before))).toMatchObject({ flows: 0 })
    const end = signed.body.lastIndexOf(`--${boundary}--`)
    const behind = Buffer.concat([signed.body.subarray(0, end), extra, signed.body.subarray(end)])
    expect(await told(client.encrypt({ ...signed, body: behind }))).toMatchObject({ flows: 0 })
  })

  test('a signature of the partner over another message', async () => {
    const signed = client.sign(client.payload(nextName(), CONTENT))
    const other = client.sign(client.payload(nextName(), Buffer.from('<other/>')))
    const [boundary] = /=_[0-9a-f-]+/.exec(signed.headers[0]!)!
    const [otherBoundary] = /=_[0-9a-f-]+/.exec(other.headers[0]!)!
    const cut = signed.body.lastIndexOf(`\r\n--${boundary}\r\n`)
    const otherCut = other.body.lastIndexOf(`\r\n--${otherBoundary}\r\n`)
    const signature = Buffer.from(
      other.body.subarray(otherCut).toString('latin1').replaceAll(otherBoundary, boundary),
      'latin1',
    )
    const body = Buffer.concat([signed.body.subarray(0, cut), signature])
    expect(await told(client.encrypt({ ...signed, body }))).toEqual(
      refused('integrity-check-failed'),
    )
  })

  test('a signed message of a stranger inside an envelope of the partner', async () => {
    const signed = client.sign(client.payload(nextName(), CONTENT), { by: STRANGER_KEY })
    expect(await told(client.encrypt(signed))).toEqual(refused('authentication-failed'))
  })
})

describe('names', () => {
  const named = (header: string): Entity => {
    const payload = client.payload(nextName(), CONTENT)
    const headers = ['Content-Type: application/gzip', header, 'Content-Transfer-Encoding: binary']
    return client.encrypt(client.sign({ ...payload, headers }))
  }

  test.each([
    `Content-Disposition: attachment; filename="../../${flowName(1)}"`,
    `Content-Disposition: attachment; filename="..\\\\..\\\\${flowName(1)}"`,
    `Content-Disposition: attachment; filename*=UTF-8''..%2F..%2F${flowName(1)}`,
    `Content-Disposition: attachment; filename*=UTF-8''a%0d%0aX: y`,
    `Content-Disposition: attachment; filename="${'a'.repeat(2_000)}"`,
  ])('%s', async (header) => {
    expect(await told(named(header))).toEqual(refused('illegal-filename'))
  })

  test('a folder in front of a good name is taken off', async () => {
    const name = nextName()
    const entity = named(`Content-Disposition: attachment; filename="C:\\\\out\\\\${name}"`)
    expect(await told(entity)).toMatchObject({ disposition: 'processed', flows: 1 })
    expect((await reception.flows()).at(-1)?.name).toBe(name)
  })

  test('lines in a Message-ID or a Subject do not come back as lines', async () => {
    const raw = [
      'POST /as2 HTTP/1.1',
      'Host: x',
      'AS2-From: Betto',
      'AS2-To: CPP001',
      'Message-ID: <a>\rX-Injected: yes',
      'Disposition-Notification-To: x',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n')
    const answer = await exchange(raw)
    expect(answer).not.toContain('\r\nX-Injected')
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
  })
})

describe('HTTP that is not sent well', () => {
  test('folded headers, a length beside chunks, too many headers: refused, the next goes on', async () => {
    const start = 'POST /as2 HTTP/1.1\r\nHost: x\r\n'
    const folded = await exchange(`${start}AS2-From: a\r\n b\r\n\r\n`)
    expect(folded).toMatch(/^HTTP\/1.1 400 /)
    const both = await exchange(`${start}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`)
    expect(both).toMatch(/^HTTP\/1.1 400 /)
    const many = await exchange(`${start}X: ${'y'.repeat(40_000)}\r\n\r\n`)
    expect(many).toMatch(/^HTTP\/1.1 431 /)
    await expect
      .poll(async () => (await reception.refusals()).map((row) => row.reason).join('\n'))
      .toContain('as2.legacy')
    await expectAlive()
  })

  test('the listener for them takes folded headers', async () => {
    const legacy = await startAs2Reception({ peer, isLenient: true })
    const raw =
      'POST /as2 HTTP/1.1\r\nHost: x\r\nAS2-From:\r\n nobody\r\nAS2-To: CPP001\r\nMessage-ID: <a@b>\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
    expect(await exchange(raw, legacy.port)).toMatch(/^HTTP\/1.1 403 /)
    await legacy.stop()
  })

  test('a body that is shorter than it says: no answer, no flow, nothing kept', async () => {
    const before = (await reception.flows()).length
    const raw = requestOf(good(), 1_000)
    const socket = await open(raw)
    await sleep(200)
    socket.destroy()
    await expect.poll(stagedFiles).toEqual([])
    expect(await reception.flows()).toHaveLength(before)
    await expectAlive()
  })

  test('a body that is longer than it says: the rest is no request', async () => {
    const raw = requestOf(good(), -500)
    const answer = await exchange(raw)
    expect(answer).toContain('processed/error')
    expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1)
  })

  test('silence in the headers, in the body, after the answer: cut', async () => {
    for (const raw of ['POST /as2 HTTP/1.1\r\nHost: x\r\n', requestOf(good(), 1_000)]) {
      const socket = await open(raw)
      await new Promise((resolve) => socket.once('close', resolve))
    }
    await expect.poll(stagedFiles).toEqual([])
    await expectAlive()
  })
})

test('many at once, good and bad: the good are all taken', async () => {
  const before = (await reception.flows()).length
  const entities = Array.from({ length: 12 }, (_, index) => {
    const entity = good()
    if (index % 3 === 0) return { ...entity, body: entity.body.subarray(0, 900) }
    return entity
  })
  await Promise.all(entities.map((entity) => client.post(reception, entity)))
  expect(await reception.flows()).toHaveLength(before + 8)
})

function requestOf({ headers, body }: Entity, moreLength: number): Buffer {
  const lines = [
    'POST /as2 HTTP/1.1',
    'Host: x',
    'AS2-From: Betto',
    'AS2-To: CPP001',
    `Message-ID: <${randomBytes(8).toString('hex')}@partner>`,
    'Disposition-Notification-To: x',
    `Content-Length: ${body.length + moreLength}`,
    ...headers,
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])
}

async function open(raw: Buffer | string, port = reception.port): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(raw)
  socket.resume()
  return socket
}

/** Everything that is answered until the line ends. */
async function exchange(raw: Buffer | string, port = reception.port): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more
  })
  socket.on('error', () => {})
  socket.write(raw)
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

/** The one RecipientInfo of an envelope by OpenSSL: the SET's content. */
function recipientOf(body: Buffer): Buffer {
  const at = body.indexOf(Buffer.from('020100', 'hex')) + 3
  const length = body.readUInt16BE(at + 2)
  expect(body[at]).toBe(0x31)
  return body.subarray(at + 4, at + 4 + length)
}

/** EnvelopedData with these recipients and some content. */
function enveloped(recipients: Buffer): Buffer {
  const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
    const content = Buffer.concat(parts)
    const length = Buffer.alloc(5)
    length[0] = 0x84
    length.writeUInt32BE(content.length, 1)
    return Buffer.concat([Buffer.of(tag), length, content])
  }
  const oid = (hex: string): Buffer => Buffer.from(hex, 'hex')
  const algorithm = der(0x30, oid('060960864801650304012a'), der(0x04, randomBytes(16)))
  const content = der(0x30, oid('06092a864886f70d010701'), algorithm, der(0x80, randomBytes(64)))
  const data = der(0x30, oid('020100'), der(0x31, recipients), content)
  return der(0x30, oid('06092a864886f70d010703'), der(0xa0, data))
}
