import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { readChunk } from './archives/chunk-file.ts'
import { EICAR_TEST_STRING } from './archives/eicar.ts'
import { archiveBytes, type ArchiveFile } from './archives/write-archive.ts'
import { extractFlow, type ExtractRequest } from './extract-flow.ts'

const REQUEST = {
  extension: 'tar.gz',
  code: { hasStylesheet: false, fileExtensions: ['.xml'] },
  limits: { maxFileBytes: 10_000, maxExtractedBytes: 1_000_000, maxInvoices: 10 },
  chunk: { invoices: 3, bytes: 5_000 },
} as const

async function extract(content: Buffer, changes: Partial<ExtractRequest> = {}) {
  const folder = await temporaryFolder()
  const path = join(folder, 'flow')
  const outputFolder = await temporaryFolder()
  await writeFile(path, content)
  const result = await extractFlow({ ...REQUEST, path, outputFolder, ...changes })
  return { ...result, left: await readdir(outputFolder) }
}

const pack = (...files: readonly ArchiveFile[]): Promise<Buffer> => archiveBytes(files)
const invoices = (count: number): ArchiveFile[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `F${index + 1}.xml`,
    content: `<a>${index + 1}</a>`,
  }))

async function partsOf(path: string) {
  const parts: { part: number; file: string; content: string }[] = []
  for await (const { part, file, bytes } of readChunk(path)) {
    parts.push({ part, file, content: Buffer.from(bytes).toString() })
  }
  return parts
}

describe('a flow that can be extracted', () => {
  test('becomes chunk files in archive order, addressed by their content', async () => {
    const { parts, chunks, findings } = await extract(await pack(...invoices(7)))
    expect({ parts, findings }).toEqual({ parts: 7, findings: [] })
    expect(chunks.map((chunk) => [chunk.firstPart, chunk.parts])).toEqual([
      [1, 3],
      [4, 3],
      [7, 1],
    ])
    const bytes = await readFile(chunks[0]!.path)
    expect(chunks[0]).toMatchObject({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    expect(await partsOf(chunks[1]!.path)).toEqual([
      { part: 4, file: 'F4.xml', content: '<a>4</a>' },
      { part: 5, file: 'F5.xml', content: '<a>5</a>' },
      { part: 6, file: 'F6.xml', content: '<a>6</a>' },
    ])
  })

  test('closes a chunk by its bytes too, and twice gives the same chunks', async () => {
    const archive = await pack(
      { name: 'F1.xml', content: 'x'.repeat(6_000) },
      { name: 'F2.xml', content: 'y' },
    )
    const [first, second] = [await extract(archive), await extract(archive)]
    expect(first.chunks.map(({ parts }) => parts)).toEqual([1, 1])
    expect(second.chunks.map(({ sha256 }) => sha256)).toEqual(
      first.chunks.map(({ sha256 }) => sha256),
    )
  })

  test('may hold one stylesheet where the code allows it, which is not an invoice', async () => {
    const code = { hasStylesheet: true, fileExtensions: ['.xml'] }
    const one = await extract(await pack({ name: 'view.xsl', content: 'x' }, ...invoices(2)), {
      code,
    })
    expect(one).toMatchObject({ parts: 2, findings: [] })
    const two = await extract(
      await pack({ name: 'a.xsl', content: 'x' }, { name: 'b.xsl', content: 'x' }, ...invoices(1)),
      { code },
    )
    expect(two.findings).toMatchObject([
      { code: 'ERR_ARC_004', rule: 'ARC-STYLESHEETS', file: 'b.xsl' },
    ])
    const none = await extract(await pack({ name: 'view.xsl', content: 'x' }, ...invoices(1)))
    expect(none.findings).toMatchObject([{ code: 'ERR_ARC_004', file: 'view.xsl' }])
  })

  test('may be several gzip members, and a bare file is one part', async () => {
    const tar = gunzipSync(await pack(...invoices(2)))
    const members = Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])
    expect(await extract(members)).toMatchObject({ parts: 2, findings: [] })
    const bare = await extract(Buffer.from('<a/>'), { extension: 'xml', bareFileName: 'F.xml' })
    expect(bare).toMatchObject({ parts: 1, findings: [] })
    expect(await partsOf(bare.chunks[0]!.path)).toEqual([
      { part: 1, file: 'F.xml', content: '<a/>' },
    ])
  })

  test('is accepted with a warning when only the end mark of the archive is missing', async () => {
    const tar = gunzipSync(await pack(...invoices(1)))
    const { chunks, findings } = await extract(gzipSync(tar.subarray(0, 1_024)))
    expect(findings).toMatchObject([{ rule: 'ARC-NO-END-MARK', severity: 'warning' }])
    expect(findings[0]!.message.en).not.toContain('cannot be extracted')
    expect(chunks).toHaveLength(1)
  })
})

describe('a flow that is irrecevable', () => {
  const big = 'x'.repeat(10_001)
  const cases: (readonly [
    what: string,
    code: string,
    content: () => Promise<Buffer>,
    changes?: Partial<ExtractRequest>,
  ])[] = [
    ['an empty flow', 'ERR_VOL_001', async () => Buffer.alloc(0)],
    ['an empty bare file', 'ERR_VOL_001', async () => Buffer.alloc(0), { extension: 'xml' }],
    ['an archive without a file', 'ERR_VOL_001', () => pack()],
    [
      'an archive with a stylesheet and no invoice',
      'ERR_VOL_001',
      () => pack({ name: 'view.xsl', content: 'x' }),
      { code: { hasStylesheet: true, fileExtensions: ['.xml'] } },
    ],
    [
      'more than may be extracted',
      'ERR_VOL_002',
      () => pack(...invoices(8)),
      { limits: { ...REQUEST.limits, maxExtractedBytes: 4_000 } },
    ],
    ['too many invoices', 'ERR_VOL_003', () => pack(...invoices(11))],
    [
      'an infected file',
      'ERR_AV_001',
      () => pack({ name: 'F1.xml', content: `<a>${EICAR_TEST_STRING}</a>` }),
    ],
    [
      'an infected bare file',
      'ERR_AV_001',
      async () => Buffer.from(EICAR_TEST_STRING),
      { extension: 'xml' },
    ],
    [
      'the EICAR file named as an archive',
      'ERR_AV_001',
      async () => Buffer.from(EICAR_TEST_STRING),
    ],
    [
      'the EICAR file compressed',
      'ERR_AV_001',
      async () => gzipSync(EICAR_TEST_STRING.padEnd(600)),
    ],
    ['an empty file', 'ERR_ARC_002', () => pack({ name: 'F1.xml', content: '' })],
    ['a bad name', 'ERR_ARC_003', () => pack({ name: 'F 1.xml', content: 'x' })],
    [
      'the same name twice',
      'ERR_ARC_003',
      () => pack({ name: 'F1.xml', content: 'x' }, { name: 'a/f1.XML', content: 'x' }),
    ],
    ['another extension', 'ERR_ARC_004', () => pack({ name: 'F1.csv', content: 'x' })],
    ['a file too large', 'ERR_ARC_005', () => pack({ name: 'F1.xml', content: big })],
    ['a bare file too large', 'ERR_ARC_005', async () => Buffer.from(big), { extension: 'xml' }],
  ]
  test.each(cases.map(([what, code, content, changes = {}]) => ({ what, code, content, changes })))(
    '$what: $code, and no chunk is left behind',
    async ({ code, content, changes }) => {
      const { chunks, findings, left } = await extract(await content(), changes)
      expect(findings).toMatchObject([{ code, severity: 'fatal' }])
      expect({ chunks, left }).toEqual({ chunks: [], left: [] })
    },
  )

  test('names all its faulty files at once', async () => {
    const { findings, chunks } = await extract(
      await pack(
        ...invoices(1),
        { name: 'F 2.xml', content: 'x' },
        { name: 'F3.pdf', content: 'x' },
        { name: 'F4.xml', content: '' },
      ),
    )
    expect(findings.map(({ code, file }) => [code, file])).toEqual([
      ['ERR_ARC_003', 'F 2.xml'],
      ['ERR_ARC_004', 'F3.pdf'],
      ['ERR_ARC_002', 'F4.xml'],
    ])
    expect(chunks).toEqual([])
  })

  test('a bomb is stopped soon after it shows', async () => {
    const { findings } = await extract(
      await pack({ name: 'F1.xml', content: Buffer.alloc(64 * 1024 * 1024) }),
      { limits: { maxFileBytes: 1e9, maxExtractedBytes: 1e9, maxInvoices: 10 } },
    )
    expect(findings).toMatchObject([{ code: 'ERR_ARC_001', rule: 'ARC-BOMB' }])
  })

  test('a signal ends the extraction', async () => {
    const signal = AbortSignal.abort(new Error('stopped'))
    await expect(extract(await pack(...invoices(3)), { signal })).rejects.toThrow('aborted')
  })
})
