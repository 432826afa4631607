import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { extractFlow } from '../extract-flow.ts'
import type { DamageName } from './damages.ts'
import { DAMAGES } from './damages.ts'
import { archiveBytes } from './write-archive.ts'

/** A real archive of some 60 KB, whose content does not compress away. */
function realArchive(): Promise<Buffer> {
  const random = seededRandom(42)
  const text = (characters: number): string =>
    Array.from({ length: characters }, () => String.fromCharCode(33 + random() * 90)).join('')
  return archiveBytes([
    { name: 'F1.xml', content: `<a>${text(40_000)}</a>` },
    { name: 'F2.xml', content: `<a>${text(30_000)}</a>` },
  ])
}

/** Code page 1047 on the bytes that matter: what an FTP server of a mainframe does to a binary. */
const TO_EBCDIC = new Map([
  [0x8b, 0x2b],
  [0x08, 0x16],
])
const FROM_EBCDIC = new Map([
  [0x8b, 0xbb],
  [0x08, 0x97],
])
const translated = (bytes: Buffer, table: ReadonlyMap<number, number>): Buffer =>
  Buffer.from(bytes.map((byte) => table.get(byte) ?? byte))

const latin1 = (bytes: Buffer, change: (text: string) => string): Buffer =>
  Buffer.from(change(bytes.toString('latin1')), 'latin1')

const ZIP_START = Buffer.from('504b0304140000000800', 'hex')

const CASES: readonly (readonly [string, DamageName, (archive: Buffer) => Buffer])[] = [
  ['a zip renamed', 'zip', (a) => Buffer.concat([ZIP_START, a])],
  ['a 7-Zip renamed', 'seven-zip', (a) => Buffer.concat([Buffer.from('377abcaf271c', 'hex'), a])],
  ['a RAR renamed', 'rar', (a) => Buffer.concat([Buffer.from('526172211a0700', 'hex'), a])],
  [
    'an xz archive',
    'other-compression',
    (a) => Buffer.concat([Buffer.from('fd377a585a00', 'hex'), a]),
  ],
  ['a bzip2 archive', 'other-compression', (a) => Buffer.concat([Buffer.from('BZh91AY'), a])],
  ['a PDF', 'pdf', (a) => Buffer.concat([Buffer.from('%PDF-1.4\n'), a])],
  ['a tar that was not compressed', 'plain-tar', (a) => gunzipSync(a)],
  ['a bare XML', 'bare-xml', () => Buffer.from('<?xml version="1.0"?><Invoice/>')],
  ['a bare XML with a byte order mark', 'bare-xml', () => Buffer.from('\ufeff<Invoice/>')],
  ['a bare XML in UTF-16', 'bare-xml', () => Buffer.from('\ufeff<Invoice/>', 'utf16le')],
  ['a web page', 'web-page', () => Buffer.from('<!DOCTYPE html><html><body>404</body></html>')],
  ['base64', 'base64', (a) => Buffer.from(a.toString('base64').replaceAll(/.{76}/g, '$&\r\n'))],
  ['PEM', 'base64', (a) => Buffer.from(`-----BEGIN PKCS7-----\n${a.toString('base64')}`)],
  [
    'a MIME part',
    'base64',
    (a) => Buffer.from(`Content-Transfer-Encoding: base64\r\n\r\n${a.toString('base64')}`),
  ],
  ['a byte order mark in front', 'bom', (a) => Buffer.concat([Buffer.from('efbbbf', 'hex'), a])],
  ['read as Latin-1, written as UTF-8', 'character-set', (a) => Buffer.from(a.toString('latin1'))],
  ['read and written as UTF-8', 'character-set', (a) => Buffer.from(a.toString('utf8'))],
  ['ASCII to EBCDIC', 'ebcdic', (a) => translated(a, TO_EBCDIC)],
  ['EBCDIC to ASCII', 'ebcdic', (a) => translated(a, FROM_EBCDIC)],
  ['the eighth bit cleared', 'seven-bit', (a) => Buffer.from(a.map((byte) => byte & 0x7f))],
  ['LF to CRLF', 'crlf-added', (a) => latin1(a, (text) => text.replaceAll('\n', '\r\n'))],
  [
    'lone LF to CRLF',
    'crlf-added',
    (a) => latin1(a, (text) => text.replaceAll(/(?<!\r)\n/g, '\r\n')),
  ],
  ['CR taken out', 'cr-removed', (a) => latin1(a, (text) => text.replaceAll('\r', ''))],
  ['CR to LF', 'cr-removed', (a) => latin1(a, (text) => text.replaceAll('\r', '\n'))],
  ['zeros only', 'zeros', (a) => Buffer.alloc(a.length)],
  ['zeros behind it', 'zeros-at-end', (a) => Buffer.concat([a, Buffer.alloc(512)])],
  [
    'its end overwritten by zeros',
    'zeros-at-end',
    (a) => Buffer.concat([a.subarray(0, -5_000), Buffer.alloc(5_000)]),
  ],
  ['compressed twice', 'double-gzip', (a) => gzipSync(a)],
  [
    'an XML compressed without tar',
    'gzip-of-xml',
    () => gzipSync('<?xml version="1.0"?><Invoice/>'),
  ],
  ['a zip compressed by gzip', 'gzip-of-archive', (a) => gzipSync(Buffer.concat([ZIP_START, a]))],
]

async function findingsOf(bytes: Buffer) {
  const folder = await temporaryFolder()
  const path = join(folder, 'flow')
  await writeFile(path, bytes)
  const { findings, chunks } = await extractFlow({
    path,
    extension: 'tar.gz',
    code: { hasStylesheet: false, fileExtensions: ['.xml'] },
    limits: { maxFileBytes: 1e6, maxExtractedBytes: 1e7, maxInvoices: 10 },
    chunk: { invoices: 10, bytes: 1e6 },
    outputFolder: folder,
  })
  return { findings, chunks }
}

describe('what happened to an archive is named', () => {
  test('an archive that nothing happened to has no finding', async () => {
    expect(await findingsOf(await realArchive())).toMatchObject({ findings: [], chunks: [{}] })
  })

  test.each(CASES)('%s: %s', async (_what, name, damage) => {
    const { findings } = await findingsOf(damage(await realArchive()))
    const { rule, detail, remedy } = DAMAGES[name]
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({ code: 'ERR_ARC_001', severity: 'fatal', rule, remedy })
    expect(findings[0]!.message.en).toContain(detail.en)
    expect(findings[0]!.message.fr).toContain(detail.fr)
  })

  test.each([0.02, 0.3, 0.999])(
    'an archive cut after %d of its length: truncated',
    async (part) => {
      const archive = await realArchive()
      const { findings } = await findingsOf(archive.subarray(0, Math.floor(archive.length * part)))
      expect(findings).toMatchObject([{ code: 'ERR_ARC_001', rule: 'ARC-TRUNCATED' }])
    },
  )

  test('bytes that follow the archive, and a changed bit, are told apart', async () => {
    const archive = await realArchive()
    const followed = await findingsOf(Buffer.concat([archive, Buffer.from('and more')]))
    expect(followed.findings).toMatchObject([{ rule: 'ARC-GZIP-TRAILING' }])
    archive[archive.length - 6]! ^= 1
    const changed = await findingsOf(archive)
    expect(changed.findings).toMatchObject([{ rule: 'ARC-GZIP-CORRUPT' }])
  })

  test('noise is not explained away', async () => {
    const random = seededRandom(7)
    const noise = Buffer.from(Array.from({ length: 3_000 }, () => random() * 256))
    expect((await findingsOf(noise)).findings).toMatchObject([{ rule: 'ARC-GZIP-CORRUPT' }])
  })
})
