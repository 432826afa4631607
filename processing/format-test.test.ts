import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RuleSetName } from '../config/interface-codes.ts'
import { archiveBytes } from './archives/write-archive.ts'
import { testFiles, type FormatTestResult } from './format-test.ts'

const EXAMPLE = await readFile(new URL('../docs/examples/invoice.xml', import.meta.url))

let folder: string
let archive: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-format-test-'))
  archive = join(folder, 'flow.tar.gz')
  const file = (name: string) => ({ name, content: EXAMPLE })
  await writeFile(archive, await archiveBytes([file('a.xml'), file('b.xml'), file('c.xml')]))
})

afterEach(() => rm(folder, { recursive: true, maxRetries: 10 }))

async function tested(paths: readonly string[], ruleSets: readonly RuleSetName[]) {
  const results: FormatTestResult[] = []
  const options = {
    policy: {
      ruleSets,
      format: null,
      settings: {
        environment: 'qualification',
        utf8Only: false,
        requirePdf: false,
        strictFacturX: false,
        family: null,
        unknownRecipient: 'warn',
      },
    },
    directory: () => undefined,
    limits: { maxFileBytes: 1e9, maxExtractedBytes: 1e9, maxInvoices: 1_000 },
    hasStylesheet: true,
    uniqueWithinYear: false,
  } as const
  for await (const result of testFiles(paths, options)) results.push(result)
  return results.map(({ verdict, findings }) => [verdict, ...findings.map(({ rule }) => rule)])
}

test('of a number that comes again in an archive the first is valid, as in a flow', async () => {
  expect(await tested([archive], ['structure', 'chorus-pro'])).toEqual([
    ['accepted'],
    ['refused', 'DUP-01'],
    ['refused', 'DUP-01'],
  ])
})

test('files given one by one are flows of their own, and other rules know no numbers', async () => {
  const files = [join(folder, 'a.xml'), join(folder, 'b.xml')]
  for (const path of files) await writeFile(path, EXAMPLE)
  expect(await tested(files, ['structure', 'chorus-pro'])).toEqual([['accepted'], ['accepted']])
  expect(await tested([archive], ['structure'])).toEqual([['accepted'], ['accepted'], ['accepted']])
})
