import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { derElement, derOid } from '../../../certs/write-der.ts'
import { faultOf } from '../message-fault.ts'
import { collect, octetsOf, type Octets } from '../octets.ts'
import { BerCursor } from './ber-cursor.ts'
import { openCms } from './content-info.ts'
import { readCompressed } from './compressed-data.ts'
import { readEnvelope } from './enveloped-data.ts'
import { OID } from './object-identifiers.ts'
import { readSigned } from './signed-data.ts'
import { writeCompressed } from './write-compressed.ts'

const LIMITS = { maxBytes: 5_000_000, maxRatio: 200, freeBytes: 100_000 }
const octets = (hex: string): Octets =>
  octetsOf(...Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'), (byte) => Buffer.of(byte)))
const kindOf = async (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'read',
    (error: unknown) => faultOf(error)?.kind ?? error,
  )
const content = (hex: string): Promise<Buffer> =>
  collect(new BerCursor(octets(hex)).octetString(), 1_000)

describe('octet strings, byte by byte', () => {
  test.each([
    ['primitive', '04 03 010203'],
    ['under another tag', '80 03 010203'],
    ['a length longer than needed', '04 85 00 00 00 00 03 010203'],
    ['segments of definite length', '24 07 0401 01 0402 0203'],
    ['segments and an end mark', 'a0 80 0401 01 0400 0402 0203 0000'],
    ['segments in segments', '24 80 24 80 0401 01 0000 24 04 0402 0203 0000'],
  ])('%s', async (_, hex) => {
    expect(await content(hex)).toEqual(Buffer.of(1, 2, 3))
  })

  test('an end mark inside of data is data', async () => {
    expect(await content('24 80 0404 00000000 0000')).toEqual(Buffer.alloc(4))
  })

  test.each([
    ['cut in data', '04 05 01', 'truncated'],
    ['cut before the end mark', '24 80 0401 01 00', 'truncated'],
    ['another type as segment', '24 80 0201 01 0000', 'malformed'],
    ['a segment longer than the string', '24 03 0405 0102030405', 'malformed'],
    ['nested for ever', '2480'.repeat(60), 'limit'],
    ['a length beyond any file', '04 88 ffffffffffffffff 00', 'malformed'],
    ['indefinite length on a primitive', '04 80 0000', 'malformed'],
  ])('%s', async (_, hex, kind) => {
    expect(await kindOf(content(hex))).toBe(kind)
  })
})

describe('limits', () => {
  const wrap = (oid: string, ...parts: readonly Buffer[]): Octets =>
    octetsOf(
      derElement(
        0x30,
        derOid(oid),
        derElement(0xa0, derElement(0x30, Buffer.of(2, 1, 0), ...parts)),
      ),
    )

  test('ten thousand recipients are not looked at', async () => {
    const other = derElement(0xa4, Buffer.of(5, 0))
    const many = wrap(
      OID.envelopedData,
      derElement(0x31, ...Array.from({ length: 10_000 }, () => other)),
    )
    const { ber } = await openCms(many)
    expect(await kindOf(readEnvelope(ber, 'enveloped', [], new Set()))).toBe('limit')
  })

  test('thousands of certificates and of signatures are not held', async () => {
    const data = derElement(0x30, derOid(OID.data))
    const empty = derElement(0x30, Buffer.of(5, 0))
    const certificates = derElement(0xa0, ...Array.from({ length: 5_000 }, () => empty))
    const { ber } = await openCms(wrap(OID.signedData, derElement(0x31), data, certificates))
    const signed = await readSigned(ber)
    expect(await kindOf(signed.signatures())).toBe('limit')
  })

  test('an element of a gigabyte is refused at its header', async () => {
    const { ber } = await openCms(
      octets(`3080 0609 2a864886f70d010703 a080 3080 0201 00 3180 3084 40000000 00`),
    )
    expect(await kindOf(readEnvelope(ber, 'enveloped', [], new Set()))).toBe('limit')
  })

  test('bytes behind the structure are refused, line ends are not', async () => {
    const message = await collect(writeCompressed(octetsOf(Buffer.from('x'))).octets, 1_000)
    for (const [tail, expected] of [
      ['\r\n\n', 'read'],
      ['x', 'malformed'],
    ] as const) {
      const { ber, finish } = await openCms(octetsOf(message, Buffer.from(tail)))
      await collect(await readCompressed(ber, LIMITS), 1_000)
      expect(await kindOf(finish())).toBe(expected)
    }
  })
})

describe('compressed data', () => {
  const inflate = async (message: Octets): Promise<Buffer> => {
    const { ber, finish } = await openCms(message)
    const all = await collect(await readCompressed(ber, LIMITS), LIMITS.maxBytes)
    await finish()
    return all
  }
  const compressed = (bytes: Buffer): Promise<Buffer> =>
    collect(writeCompressed(octetsOf(bytes)).octets, LIMITS.maxBytes)

  test('comes back', async () => {
    const bytes = randomBytes(300_000)
    expect((await inflate(octetsOf(await compressed(bytes)))).equals(bytes)).toBe(true)
  })

  test('a bomb is stopped at its ratio', async () => {
    const bomb = await compressed(Buffer.alloc(4_000_000))
    expect(await kindOf(inflate(octetsOf(bomb)))).toBe('decompression')
  })

  test('damaged or cut short, it is not taken', async () => {
    const bytes = await compressed(randomBytes(1_000))
    const damaged = Buffer.from(bytes)
    damaged[500] = damaged[500]! ^ 1
    expect(await kindOf(inflate(octetsOf(damaged)))).toBe('decompression')
    expect(await kindOf(inflate(octetsOf(bytes.subarray(0, 600))))).toBe('truncated')
  })

  test('what some senders leave behind the stream is ignored', async () => {
    const { deflateSync } = await import('node:zlib')
    const stream = Buffer.concat([deflateSync('abc'), randomBytes(200_000)])
    const info = derElement(0x30, derOid(OID.data), derElement(0xa0, derElement(0x04, stream)))
    const algorithm = derElement(0x30, derOid(OID.zlib))
    const data = derElement(0x30, Buffer.of(2, 1, 0), algorithm, info)
    const message = derElement(0x30, derOid(OID.compressedData), derElement(0xa0, data))
    expect((await inflate(octetsOf(message))).toString()).toBe('abc')
  })
})
