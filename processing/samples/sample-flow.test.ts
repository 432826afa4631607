import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseInboundName } from '../../config/flow-name.ts'
import { INTERFACE_CODES, type InvoiceFormatName } from '../../config/interface-codes.ts'
import type { DirectoryEntry } from '../../gateway/directory/directory.ts'
import type { ProcessingMode } from '../../gateway/flow.ts'
import { archiveBytes } from '../archives/write-archive.ts'
import { decideFlow } from '../decision.ts'
import { testFiles, type FormatTestResult } from '../format-test.ts'
import { SampleFault } from './adapt-invoice.ts'
import { makeSampleFlow, type SampleFlow, type SampleFlowOrder } from './sample-flow.ts'

const CODES = INTERFACE_CODES.filter((row) => row.available && row.ruleSets.length > 0)
const SETTINGS = {
  environment: 'qualification',
  utf8Only: false,
  requirePdf: true,
  strictFacturX: true,
  unknownRecipient: 'refuse',
} as const
/** As the commune of the samples stands in the directory of a fresh gateway. */
const RECIPIENT: DirectoryEntry = {
  siret: '00000000005734',
  name: 'Commune Exemple',
  isActive: true,
  needsService: false,
  needsEngagement: false,
  needsServiceOrEngagement: false,
  tellsPayment: true,
  isContractingAuthority: false,
  isContractingAuthorityOnly: false,
  sendsEdi: false,
  receivesEdi: false,
  services: [],
}
const ORDER: SampleFlowOrder = {
  code: CODES[0]!,
  applicationCode: 'ACM001',
  invoices: 5,
  bad: 2,
  seed: 'one',
  issueDate: '2026-01-15',
  supplierSiret: '00000000005719',
  recipientSiret: RECIPIENT.siret,
  settings: SETTINGS,
  xsdFailure: 'part',
}

/** What our own engine says of the flow, invoice by invoice, as it would of a received one. */
async function judged({ fileName, files }: SampleFlow, order: SampleFlowOrder) {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-test-samples-'))
  try {
    const path = join(folder, fileName)
    await writeFile(path, await archiveBytes(files()))
    const results: FormatTestResult[] = []
    const tested = testFiles([path], {
      policy: {
        ruleSets: order.code.ruleSets,
        format: order.code.format as InvoiceFormatName,
        settings: { ...SETTINGS, family: order.code.family as 'E1' },
      },
      directory: (siret) => (siret === RECIPIENT.siret ? RECIPIENT : undefined),
      limits: { maxFileBytes: 1e9, maxExtractedBytes: 1e9, maxInvoices: 1_000 },
      hasStylesheet: order.code.hasStylesheet,
      uniqueWithinYear: false,
    })
    for await (const result of tested) results.push(result)
    return results
  } finally {
    await rm(folder, { recursive: true, maxRetries: 10 })
  }
}

const fatalRules = ({ findings }: FormatTestResult): string[] =>
  findings.filter(({ severity }) => severity === 'fatal').map(({ rule }) => rule)

function stateOf(results: readonly FormatTestResult[], mode: ProcessingMode): string {
  return decideFlow({
    mode,
    technicalFailure: false,
    total: results.length,
    bad: results.filter(({ verdict }) => verdict === 'refused').length,
    structureFailed: results.filter(({ structureValid }) => !structureValid).length,
    xsdFailure: 'part',
  }).state
}

describe.each(CODES)('a flow made for $code ($syntax)', (code) => {
  test.each([
    ['of valid invoices', 3, 0],
    ['with a few bad ones', 5, 2],
  ])('%s is judged as its manifest says, in every mode', async (_what, invoices, bad) => {
    const order = { ...ORDER, code, invoices, bad }
    const flow = makeSampleFlow(order)
    expect(parseInboundName(flow.fileName)).toMatchObject({
      name: { interfaceCode: code.code, applicationCode: 'ACM001', followsRecommendation: true },
    })
    const results = await judged(flow, order)
    const seen = results.map(({ file, verdict }) => ({ file: file.split('!')[1], verdict }))
    expect(seen).toEqual(flow.invoices.map(({ file, verdict }) => ({ file, verdict })))
    expect(flow.invoices.filter(({ fault }) => fault !== null)).toHaveLength(bad)
    const asked = flow.invoices.map(({ fault }) => (fault === null ? [] : [fault.rule]))
    expect(results.map(fatalRules)).toEqual(asked)
    for (const mode of code.modes) {
      expect({ mode, state: stateOf(results, mode) }).toEqual({
        mode,
        state: flow.expected[mode],
      })
    }
  })
})

test('a flow of bad invoices only is expected to be rejected in every mode', () => {
  const { expected } = makeSampleFlow({ ...ORDER, bad: ORDER.invoices, rule: 'BR-CO-15' })
  expect(new Set(Object.values(expected))).toEqual(new Set(['IN_REJETE']))
})

describe('the seed', () => {
  const bytes = (order: SampleFlowOrder) => archiveBytes(makeSampleFlow(order).files())

  test('gives the same name, manifest and bytes again', async () => {
    const [one, other] = [makeSampleFlow(ORDER), makeSampleFlow(ORDER)]
    expect(other.fileName).toBe(one.fileName)
    expect(other.invoices).toEqual(one.invoices)
    expect(await bytes(ORDER)).toEqual(await bytes(ORDER))
  })

  test('gives other numbers, another identifier and other bad ones when it is another', () => {
    const one = makeSampleFlow({ ...ORDER, rule: 'BR-CO-15' })
    const others = ['two', 'three'].map((seed) =>
      makeSampleFlow({ ...ORDER, rule: 'BR-CO-15', seed }),
    )
    const names = [one, ...others].map(({ fileName }) => fileName)
    expect(new Set(names).size).toBe(3)
    expect(new Set([one, ...others].flatMap(numbersOf)).size).toBe(15)
    const bad = [one, ...others].map(({ invoices }) =>
      invoices.flatMap(({ ordinal, fault }) => (fault === null ? [] : [ordinal])).join(' '),
    )
    expect(new Set(bad).size).toBeGreaterThan(1)
  })
})

const numbersOf = ({ invoices }: SampleFlow): string[] => invoices.map(({ number }) => number)

test('the rule that is asked for is the one that every bad invoice breaks', () => {
  const { invoices } = makeSampleFlow({ ...ORDER, rule: 'BR-CO-15', bad: 3 })
  const rules = invoices.flatMap(({ fault }) => (fault === null ? [] : [fault.rule]))
  expect(rules).toEqual(['BR-CO-15', 'BR-CO-15', 'BR-CO-15'])
})

test('a rule that no single change of a sample breaks is said to be none', () => {
  expect(() => makeSampleFlow({ ...ORDER, rule: 'BR-NONE' })).toThrow(SampleFault)
})

test('the flow number that is asked for stands in the name', () => {
  const { fileName } = makeSampleFlow({ ...ORDER, sequence: 42 })
  expect(fileName).toBe(`${ORDER.code.code}_ACM001_ACM0011100000000000000042.tar.gz`)
})
