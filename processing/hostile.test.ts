import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeWithShared, shared } from '../test/support/shared.ts'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { checkInvoice, type CheckPolicy } from './check-invoice.ts'
import { extractFlow } from './extract-flow.ts'

interface HostileCase {
  readonly file: string
  readonly verdict: 'accept' | 'reject'
  readonly why: string
}

const POLICY: CheckPolicy = {
  ruleSets: ['structure', 'en16931'],
  format: 'ubl',
  settings: {
    environment: 'qualification',
    utf8Only: false,
    isMixed: false,
    requirePdf: false,
    unknownRecipient: 'warn',
  },
}

describeWithShared('hostile files', () => {
  const isAccepted = async (file: string): Promise<boolean> => {
    const path = shared(`data/invoices/hostile/${file}`)
    if (file.endsWith('.xml')) {
      return checkInvoice({ part: 1, file, bytes: readFileSync(path) }, POLICY).isCorrect
    }
    // An archive is judged as such: the second file of one is CII, which a UBL code refuses.
    const { findings } = await extractFlow({
      path,
      extension: 'tar.gz',
      code: { hasStylesheet: true, fileExtensions: ['.xml'] },
      limits: { maxFileBytes: 120 * 1024 ** 2, maxExtractedBytes: 1024 ** 3, maxInvoices: 500 },
      chunk: { invoices: 250, bytes: 64 * 1024 ** 2 },
      outputFolder: await temporaryFolder(),
    })
    return findings.every(({ severity }) => severity !== 'fatal')
  }

  test('each is accepted or refused as its verdict says', { timeout: 60_000 }, async () => {
    const cases = JSON.parse(
      readFileSync(shared('data/invoices/hostile/expectations.json'), 'utf8'),
    ) as readonly HostileCase[]
    const wrong: string[] = []
    for (const { file, verdict, why } of cases) {
      if ((await isAccepted(file)) !== (verdict === 'accept')) wrong.push(`${file}: ${why}`)
    }
    expect(wrong).toEqual([])
    process.stdout.write(`hostile: ${cases.length} cases\n`)
  })
})
