import { describe, expect, test } from 'vitest'
import { collect, octetsOf } from '../octets.ts'
import { readEntity, type MimeQuirks } from './entity.ts'
import { fileNameOf } from './file-name.ts'
import { HeaderFields, writeHeaderField } from './header-fields.ts'
import { parseParameterised } from './parameterised-value.ts'
import { base64Lines, withoutTransferEncoding } from './transfer-encoding.ts'

async function read(text: string, size: number, quirks: MimeQuirks = {}) {
  const bytes = Buffer.from(text, 'latin1')
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  const { headers, headerBytes, body } = await readEntity(octetsOf(...pieces), quirks)
  const rest = (await collect(body, 100_000)).toString('latin1')
  return { type: headers.get('content-type'), head: headerBytes.toString('latin1'), rest }
}

describe('an entity', () => {
  test.each([1, 2, 5, 1_000])('keeps every octet of its headers, in pieces of %i', async (size) => {
    const head = 'Content-Type:  a/b;\r\n\tname=x\r\nX-y:\r\n\r\n'
    expect(await read(`${head}\r\n\r\nbody`, size)).toEqual({
      type: 'a/b; name=x',
      head,
      rest: '\r\n\r\nbody',
    })
    expect(await read('\r\nbody', size)).toMatchObject({ head: '\r\n', rest: 'body' })
  })

  test('of bare payload is told from one with headers', async () => {
    await expect(read("UNA:+.? 'UNB+", 3)).rejects.toMatchObject({ kind: 'malformed' })
    const bare = { type: undefined, head: '', rest: '\x1f\x8b\r\n\r\n' }
    expect(await read(bare.rest, 3, { barePayload: true })).toEqual(bare)
  })

  test('with LF alone is taken by its switch', async () => {
    const text = 'Content-Type: a/b\n\nbody'
    await expect(read(text, 3)).rejects.toMatchObject({ kind: 'malformed' })
    expect(await read(text, 3, { lfLineEnds: true })).toMatchObject({ type: 'a/b', rest: 'body' })
  })

  test('with headers over 16 KiB is refused', async () => {
    await expect(read(`X: ${'y'.repeat(20_000)}\r\n\r\n`, 999)).rejects.toMatchObject({
      kind: 'malformed',
    })
  })
})

describe('base64', () => {
  const decode = async (text: string, size: number): Promise<Buffer> => {
    const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []
    const octets = octetsOf(...pieces.map((piece) => Buffer.from(piece)))
    return collect(withoutTransferEncoding(octets, 'BASE64'), 10_000)
  }
  test.each([0, 1, 2, 3, 57, 58, 200])('of %i bytes comes back, cut anywhere', async (length) => {
    const bytes = Buffer.alloc(length, 0xc3)
    for (const size of [1, 3, 7, 78, 1_000]) {
      expect(await decode(base64Lines(bytes), size)).toEqual(bytes)
      expect(await decode(bytes.toString('base64').replaceAll('=', ''), size)).toEqual(bytes)
    }
  })

  test.each(['QUJD!', 'Q', 'QQ==QQ==', 'QUJDR==='])('%j is none', async (text) => {
    for (const size of [1, 2, 100]) {
      await expect(decode(text, size)).rejects.toMatchObject({ kind: 'malformed' })
    }
  })
})

describe('a file name', () => {
  const name = (disposition: string, type = 'a/b'): string | undefined =>
    fileNameOf(
      new HeaderFields([
        ['Content-Disposition', disposition],
        ['Content-Type', type],
      ]),
    )
  test.each([
    ['attachment; filename="a b.xml"', 'a b.xml'],
    ['attachment;filename=a.xml', 'a.xml'],
    [String.raw`attachment; filename="C:\edi\out\a.xml"`, 'a.xml'],
    ['attachment; filename=/var/out/a.xml', 'a.xml'],
    ["attachment; filename*=UTF-8''caf%C3%A9.xml; filename=x", 'café.xml'],
    ['attachment; FileName=""a.xml""', 'a.xml'],
    ['inline', undefined],
  ])('%s', (disposition, expected) => {
    expect(name(disposition)).toBe(expected)
  })
  test('may be in the Content-Type', () => {
    expect(name('inline', 'a/b; name="y.xml"')).toBe('y.xml')
  })
  test.each([
    'attachment; filename="../../etc/passwd"',
    String.raw`attachment; filename=..\..\x`,
    'attachment; filename=".."',
    'attachment; filename="a/"',
    "attachment; filename*=UTF-8''a%0d%0aX:y",
    "attachment; filename*=UTF-8''a%00.xml",
    "attachment; filename*=UTF-8''%2e%2e%2fx",
    'attachment; filename="a|b"',
    `attachment; filename="${'x'.repeat(300)}"`,
  ])('%s is refused', (disposition) => {
    expect(() => name(disposition)).toThrow(expect.objectContaining({ kind: 'file-name' }))
  })
})

test('parameters are read whatever way they are written', () => {
  const written =
    'Multipart/Signed;micalg=SHA1 ; Protocol="application/pkcs7-signature";\tboundary="a;b=\\"c";'
  const { value, parameters } = parseParameterised(written)
  expect(value).toBe('multipart/signed')
  expect([...parameters]).toEqual([
    ['micalg', 'SHA1'],
    ['protocol', 'application/pkcs7-signature'],
    ['boundary', 'a;b="c'],
  ])
})

test('a header is never two lines', () => {
  expect(() => writeHeaderField('Subject', 'a\r\nX: y')).toThrow('Control characters')
})
