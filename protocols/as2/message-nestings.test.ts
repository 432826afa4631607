import { createHash, createPrivateKey, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCertificate } from '../../certs/certificate.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../../test/support/openssl-certificates.ts'
import { MessageReader, type OpeningOptions } from './message-reader.ts'
import {
  buildMessage,
  headerBlock,
  type BuiltMessage,
  type MessageOrder,
} from './message-writer.ts'
import { HeaderFields } from './mime/header-fields.ts'
import { fileNameOf } from './mime/file-name.ts'
import { collect, octetsOf } from './octets.ts'

const peer = new OpenSslCertificates()
afterAll(() => peer.remove())

const US: OpenSslOrder = { key: 'rsa2048', subject: '/CN=us' }
const THEM: OpenSslOrder = { key: 'rsa2048 them', subject: '/CN=them' }
const CURVE: OpenSslOrder = { key: 'p256', subject: '/CN=curve' }
// Bytes that look like line ends, boundaries and marks, over several pieces.
const PAYLOAD = Buffer.concat([
  Buffer.from('\r\n--\r\n\n--x\r\n\0\0'),
  randomBytes(200_000),
  Buffer.from('\r\n\r\n'),
])
const MAX = 1_000_000

let options: OpeningOptions
const identity = (order: OpenSslOrder) => ({
  certificate: readCertificate(peer.der(order)),
  privateKey: createPrivateKey(peer.read(peer.key(order.key))),
})

beforeAll(() => {
  options = {
    keys: [identity(US)],
    registered: [readCertificate(peer.der(THEM)), readCertificate(peer.der(CURVE))],
    legacy: new Set(),
    quirks: {},
    inflation: { maxBytes: MAX, maxRatio: 200, freeBytes: MAX },
    micHashes: ['sha512'],
  }
})

function pieces(bytes: Buffer, size: number): Buffer[] {
  const all: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) all.push(bytes.subarray(at, at + size))
  return all
}

function order(nesting: string, signer = THEM): MessageOrder {
  return {
    payload: {
      octets: octetsOf(...pieces(PAYLOAD, 7_777)),
      bytes: PAYLOAD.length,
      contentType: 'application/gzip',
      fileName: 'FSO1110A_BET002_BET0021110000000000000042.tar.gz',
    },
    micHashes: ['sha512'],
    ...(nesting.includes('signed')
      ? {
          sign: {
            ...identity(signer),
            hash: 'sha256',
            signingTime: Date.UTC(2026, 10, 22),
          } as const,
        }
      : {}),
    ...(nesting.includes('compressed before')
      ? { compress: 'before-signature' as const }
      : nesting.includes('compressed')
        ? { compress: 'after-signature' as const }
        : {}),
    ...(nesting.includes('encrypted')
      ? {
          encrypt: {
            cipher: nesting.includes('GCM') ? ('aes256-gcm' as const) : ('aes256-cbc' as const),
            recipients: [{ certificate: readCertificate(peer.der(US)) }],
          },
        }
      : {}),
  }
}

async function written(built: BuiltMessage): Promise<[HeaderFields, Buffer]> {
  return [new HeaderFields(built.headers), await collect(built.octets, MAX)]
}

async function read(headers: HeaderFields, body: Buffer, size: number, own = options) {
  const reader = new MessageReader(own)
  const opened = await reader.open(headers, octetsOf(...pieces(body, size)))
  const payload = await collect(opened.payload, MAX)
  return { payload, opened, facts: reader.facts }
}

const NESTINGS = [
  'plain',
  'compressed',
  'signed',
  'signed, compressed before',
  'signed, compressed after',
  'encrypted',
  'encrypted, compressed',
  'encrypted, signed',
  'encrypted, signed, compressed before',
  'encrypted, signed, compressed after',
  'encrypted with GCM, signed',
]

describe('every nesting', () => {
  test.each(NESTINGS)('%s is read as it was written, with the same MIC', async (nesting) => {
    for (const signer of nesting.includes('signed') ? [THEM, CURVE] : [THEM]) {
      const built = buildMessage(order(nesting, signer))
      const [headers, body] = await written(built)
      expect(built.bytes ?? body.length).toBe(body.length)
      for (const size of [65_536, 1_001, 13]) {
        const { payload, opened, facts } = await read(headers, body, size)
        expect(payload.equals(PAYLOAD)).toBe(true)
        expect(facts.digests.get('sha512')).toEqual(built.digests().get('sha512'))
        expect(facts.digests.get('sha256')).toEqual(built.digests().get('sha256'))
        expect(fileNameOf(opened.headers)).toMatch(/^FSO1110A_/)
        expect(facts.signature !== undefined).toBe(nesting.includes('signed'))
      }
    }
  })

  test('lengths are known beforehand unless something is compressed', () => {
    for (const nesting of NESTINGS) {
      const isKnown = buildMessage(order(nesting)).bytes !== undefined
      expect(isKnown).toBe(!nesting.includes('compressed'))
    }
  })

  test('the MIC of a plain message leaves its headers out', async () => {
    const [headers, body] = await written(buildMessage(order('plain')))
    const { facts } = await read(headers, body, 1_000)
    const expected = createHash('sha256').update(PAYLOAD).digest()
    expect(facts.digests.get('sha256')).toEqual(expected)
  })
})

describe('what is wrong with a message', () => {
  const kindOf = async (headers: HeaderFields, body: Buffer, own = options): Promise<unknown> => {
    const reader = new MessageReader(own)
    try {
      const opened = await reader.open(headers, octetsOf(...pieces(body, 4_096)))
      await collect(opened.payload, MAX)
    } catch (error) {
      return { kind: (error as { kind?: string }).kind, digests: reader.facts.digests.size }
    }
    return 'taken'
  }

  test('a changed byte in the signed part is told, and the MIC of what came is still there', async () => {
    const [headers, body] = await written(buildMessage(order('signed')))
    body[50_000] = body[50_000]! ^ 1
    expect(await kindOf(headers, body)).toEqual({ kind: 'digest', digests: 2 })
  })

  test('a part behind the signature is refused', async () => {
    const [headers, body] = await written(buildMessage(order('signed')))
    const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type')!)![1]!
    const more = body
      .toString('latin1')
      .replace(`--${boundary}--`, `--${boundary}\r\n\r\nx\r\n--${boundary}--`)
    expect(await kindOf(headers, Buffer.from(more, 'latin1'))).toMatchObject({ kind: 'malformed' })
  })

  test('cut anywhere, a message is never taken', async () => {
    for (const nesting of NESTINGS.filter((one) => one !== 'plain')) {
      const [headers, body] = await written(buildMessage(order(nesting)))
      for (const keep of [0, 1, 40, 700, 50_000, body.length - 3_000, body.length - 70]) {
        expect(await kindOf(headers, body.subarray(0, keep))).not.toBe('taken')
      }
    }
  })

  test('an envelope that breaks off cannot be decrypted, compressed data not decompressed', async () => {
    const outer = [
      ['encrypted', 'decryption'],
      ['compressed', 'decompression'],
    ] as const
    for (const [nesting, kind] of outer) {
      const [headers, body] = await written(buildMessage(order(nesting)))
      for (const keep of [0, 1, 40, 700, body.length - 70]) {
        expect(await kindOf(headers, body.subarray(0, keep))).toMatchObject({ kind })
      }
      const garbage = Buffer.from('no CMS at all')
      expect(await kindOf(headers, garbage)).toMatchObject({ kind })
    }
  })

  test('two layers of a kind are refused', async () => {
    const inner = buildMessage(order('encrypted'))
    const [, innerBody] = await written(inner)
    const wrapped = buildMessage({
      ...order('encrypted'),
      payload: { octets: octetsOf(innerBody), bytes: undefined, contentType: inner.headers[0]![1] },
    })
    expect(await kindOf(...(await written(wrapped)))).toMatchObject({ kind: 'decryption' })
  })

  test('encrypted octets that are no MIME get the one answer about decryption', async () => {
    const [headers, body] = await written(buildMessage(order('encrypted')))
    const own = { ...options, keys: [identity(THEM)] }
    expect(await kindOf(headers, body, own)).toEqual({ kind: 'decryption', digests: 0 })
  })

  test('a broken key block gets the same answer wherever it is broken', async () => {
    const [headers, body] = await written(buildMessage(order('encrypted, compressed')))
    const answers = new Set<string>()
    const start = body.indexOf(Buffer.from('300d06092a864886f70d0101010500', 'hex')) + 20
    for (let at = start; at < start + 250; at += 10) {
      const broken = Buffer.from(body)
      broken[at] = broken[at]! ^ 0x55
      answers.add(JSON.stringify(await kindOf(headers, broken)))
    }
    expect([...answers]).toEqual(['{"kind":"decryption","digests":0}'])
  })

  test('a changed ciphertext gets that answer too, in every block', async () => {
    const [headers, body] = await written(buildMessage(order('encrypted, compressed')))
    for (const back of [100_000, 50_000, 1_000, 40, 17, 1]) {
      const broken = Buffer.from(body)
      broken[body.length - back] = broken[body.length - back]! ^ 0x55
      expect(await kindOf(headers, broken)).toMatchObject({ kind: 'decryption' })
    }
  })

  test('a compressed megabyte of nothing is refused where its limit is', async () => {
    const bomb = buildMessage({
      ...order('compressed'),
      payload: { octets: octetsOf(Buffer.alloc(5_000_000)), bytes: undefined, contentType: 'a/b' },
    })
    expect(await kindOf(...(await written(bomb)))).toMatchObject({ kind: 'decompression' })
  })
})

describe('quirks', () => {
  test('a bare payload in the envelope is taken when the connection says so', async () => {
    const bare = peer.path('bare')
    const payload = PAYLOAD.subarray(20)
    writeFileSync(bare, payload)
    const body = peer.output(
      'cms',
      '-encrypt',
      '-binary',
      '-in',
      bare,
      '-aes256',
      '-outform',
      'DER',
      '-recip',
      peer.certificate(US),
    )
    const headers = new HeaderFields([['Content-Type', 'application/pkcs7-mime']])
    const own = { ...options, quirks: { barePayload: true } }
    expect((await read(headers, body, 999, own)).payload.equals(payload)).toBe(true)
    await expect(read(headers, body, 999)).rejects.toMatchObject({ kind: 'decryption' })
  })
})

describe('OpenSSL on the other side', () => {
  const entity = (): string => {
    const path = peer.path('entity')
    writeFileSync(
      path,
      Buffer.concat([Buffer.from('Content-Type: application/gzip\r\n\r\n'), PAYLOAD]),
    )
    return path
  }
  const split = (mail: Buffer): [HeaderFields, Buffer] => {
    const text = mail.toString('latin1')
    const [, head, body] = /^([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(text)!
    const lines = head!.replaceAll(/\r?\n\s+/g, ' ').split(/\r?\n/)
    const fields = lines.map((line) => line.split(/: (.*)/s) as [string, string])
    return [new HeaderFields(fields), Buffer.from(body!, 'latin1')]
  }

  test('its signed mail is verified, its lines ending in LF or CR LF', async () => {
    const text = peer.path('text')
    writeFileSync(text, "Content-Type: text/plain\r\n\r\nUNA:+.? '\r\n")
    const mail = peer.output(
      'cms',
      '-sign',
      '-crlfeol',
      '-in',
      text,
      '-signer',
      peer.certificate(THEM),
      '-inkey',
      peer.key(THEM.key),
    )
    const { payload, facts } = await read(...split(mail), 17)
    expect(payload.toString()).toBe("UNA:+.? '\r\n")
    expect(facts.signature?.certificate.subject).toBe('CN=them')
  })

  test('what we sign and encrypt it decrypts, splits and verifies', async () => {
    const [, body] = await written(buildMessage(order('encrypted, signed')))
    writeFileSync(peer.path('sent'), body)
    const inner = peer.output(
      'cms',
      '-decrypt',
      '-binary',
      '-in',
      peer.path('sent'),
      '-inform',
      'DER',
      '-recip',
      peer.certificate(US),
      '-inkey',
      peer.key(US.key),
    )
    // Its own MIME reader goes by lines and cannot take binary parts: they are cut out here.
    const boundary = Buffer.from(/boundary="([^"]+)"/.exec(inner.toString('latin1'))![1]!)
    const start = inner.indexOf(boundary, inner.indexOf('\r\n\r\n')) + boundary.length + 2
    const end = inner.indexOf(Buffer.concat([Buffer.from('\r\n--'), boundary]), start)
    const content = inner.subarray(start, end)
    writeFileSync(peer.path('part'), content)
    const lines = inner.subarray(end + 4 + boundary.length).toString('latin1')
    writeFileSync(
      peer.path('signature'),
      Buffer.from(lines.split('\r\n\r\n')[1]!.split('--')[0]!, 'base64'),
    )
    const verified = peer.output(
      'cms',
      '-verify',
      '-binary',
      '-in',
      peer.path('signature'),
      '-inform',
      'DER',
      '-content',
      peer.path('part'),
      '-CAfile',
      peer.certificate(THEM),
      '-purpose',
      'any',
    )
    const fields: [string, string][] = [
      ['Content-Type', 'application/gzip'],
      [
        'Content-Disposition',
        'attachment; filename="FSO1110A_BET002_BET0021110000000000000042.tar.gz"',
      ],
      ['Content-Transfer-Encoding', 'binary'],
    ]
    const part = Buffer.concat([Buffer.from(headerBlock(fields)), PAYLOAD])
    expect(verified.equals(part)).toBe(true)
  })

  test('its opaque signature inside its base64 envelope is opened', async () => {
    const opaque = peer.output(
      'cms',
      '-sign',
      '-nodetach',
      '-binary',
      '-in',
      entity(),
      '-signer',
      peer.certificate(THEM),
      '-inkey',
      peer.key(THEM.key),
      '-stream',
    )
    writeFileSync(peer.path('opaque'), opaque)
    const mail = peer.output(
      'cms',
      '-encrypt',
      '-binary',
      '-in',
      peer.path('opaque'),
      '-aes256',
      '-stream',
      '-recip',
      peer.certificate(US),
    )
    const own = { ...options, quirks: { lfLineEnds: true } }
    const { payload, facts } = await read(...split(mail), 5_000, own)
    expect(payload.equals(PAYLOAD)).toBe(true)
    expect(facts.layers).toEqual(['encrypted', 'signed'])
  })
})
