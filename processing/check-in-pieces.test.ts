import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { Random } from '../test/fuzz/random.ts'
import { EN16931_POLICY } from '../test/support/judge-file.ts'
import { describeWithShared, shared } from '../test/support/shared.ts'
import { checkInvoices, checkInvoicesInPieces, type CheckPolicy } from './check-invoices.ts'
import { makeCppDocument } from './formats/cpp/sample.ts'

const EVERY_RULE: CheckPolicy = {
  ...EN16931_POLICY,
  format: null,
  ruleSets: ['structure', 'en16931', 'chorus-pro', 'directory', 'br-fr'],
}

/** What is said of a file when it comes whole, and when it comes in pieces of these sizes. */
async function bothWays(
  bytes: Buffer,
  sizes: () => number,
  policy = EVERY_RULE,
): Promise<readonly [whole: unknown, inPieces: unknown]> {
  const origin = { part: 1, file: 'F1' }
  const whole = checkInvoices({ ...origin, bytes }, policy)
  const inPieces = await checkInvoicesInPieces({ ...origin, pieces: cut(bytes, sizes) }, policy)
  return [whole, inPieces]
}

async function* cut(bytes: Buffer, sizes: () => number): AsyncGenerator<Buffer> {
  let at = 0
  while (at < bytes.length) {
    const piece = Buffer.from(bytes.subarray(at, at + sizes()))
    at += piece.length
    yield piece
    // The memory of a piece is used again for the next one.
    piece.fill(0x3c)
  }
}

const CPP = makeCppDocument(
  ['1', '2'].map((number) => ({
    number,
    issueDate: '2026-11-22',
    supplierSiret: '00000000005719',
    recipientSiret: '00000000005734',
    hasWrongTotal: number === '2',
  })),
)

test.each([
  ['two invoices with attachments', CPP],
  ['an attachment that is no base64', CPP.replace('<Contenu>', '<Contenu>!')],
  ['nothing', ''],
  ['a PDF that is none', `%PDF-1.7${' '.repeat(3_000)}`],
  ['a zip archive', `PK\u0003\u0004${'x'.repeat(3_000)}`],
  ['a document of no known format', `<a>${'<b/>'.repeat(1_000)}`],
  ['what ends within a tag', CPP.slice(0, 2_000)],
  ['a fault before bytes that are not UTF-8', Buffer.concat([Buffer.from(`${CPP}<`), notUtf8()])],
  [
    'bytes that are not UTF-8 in a foreign document',
    Buffer.concat([Buffer.from(`<a>${' '.repeat(2_000)}`), notUtf8()]),
  ],
])('%s: the same is said whatever the pieces', async (_what, content) => {
  const bytes = Buffer.from(content)
  for (const size of [1, 700, 5_000, 1_000_000]) {
    const [whole, inPieces] = await bothWays(bytes, () => size)
    expect(inPieces, `pieces of ${size}`).toEqual(whole)
  }
})

function notUtf8(): Buffer {
  return Buffer.from([0x3e, 0xff, 0xfe])
}

describeWithShared('the shared cases', () => {
  test('every one is judged alike, whole and in pieces', async () => {
    const random = new Random(1)
    const different: string[] = []
    let count = 0
    for (const folder of [
      'own',
      'en16931-examples',
      'en16931-unit',
      'xrechnung-testsuite',
      'facturx',
      'hostile',
    ]) {
      const names = readdirSync(shared(`data/invoices/${folder}`), { recursive: true })
      for (const name of names as string[]) {
        if (!/\.(xml|pdf)$/i.test(name)) continue
        const bytes = readFileSync(shared(`data/invoices/${folder}/${name}`))
        const [whole, inPieces] = await bothWays(bytes, () => 1 + random.below(8_000))
        count += 1
        if (JSON.stringify(inPieces) !== JSON.stringify(whole)) different.push(basename(name))
      }
    }
    process.stdout.write(`in pieces: ${count} cases, ${count - different.length} alike\n`)
    expect(different).toEqual([])
  })
})
