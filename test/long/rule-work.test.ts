import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { checkInvoices, type CheckPolicy } from '../../processing/check-invoices.ts'
import { makeCppDocument } from '../../processing/formats/cpp/sample.ts'
import { Random } from '../fuzz/random.ts'
import { EN16931_POLICY } from '../support/judge-file.ts'
import { mergeInvoices, repeatElements } from '../support/repeated-elements.ts'
import { countRuleWork, type RuleWork } from '../support/rule-work.ts'
import { sharedFolder } from '../support/shared.ts'

const TIMES = 100
const SEEDS = [1, 2, 3]
/** Twice the document: twice the work, and some for the first findings of a rule. */
const MOST_GROWTH = 2.7
/** Up to here a rule may have begun to find what it did not before. */
const FEW_QUESTIONS = 20_000

const EVERY_RULE: CheckPolicy = {
  ...EN16931_POLICY,
  format: null,
  ruleSets: ['structure', 'en16931', 'chorus-minimal', 'chorus-pro', 'directory', 'br-fr'],
}

const ROOTS = ['ubl:Invoice', 'cn:CreditNote', 'rsm:CrossIndustryInvoice', 'CPPFactureMixte']

test('twice the repetitions of every element are twice the work of every rule', () => {
  const kinds = mergeInvoices(examples())
  const grown: string[] = []
  for (const root of ROOTS) {
    const kind = kinds.get(root)
    if (kind === undefined) throw new Error(`there is no example of ${root}`)
    for (const isEmpty of [false, true]) {
      for (const isFullLast of [false, true]) {
        const ratios: number[] = []
        for (const seed of SEEDS) {
          const [small, large] = [TIMES, 2 * TIMES].map((times) =>
            worked(repeatElements(kind, { times, isEmpty, isFullLast }, new Random(seed))),
          ) as [Worked, Worked]
          ratios.push(large.milliseconds / small.milliseconds)
          for (const [rule, questions] of large.work.questions) {
            const growth = questions / (small.work.questions.get(rule) ?? 0)
            if (questions > FEW_QUESTIONS && growth > MOST_GROWTH) {
              grown.push(`${root} ${rule || 'outside rules'}: ${questions}, ${growth.toFixed(1)}x`)
            }
          }
        }
        const copies = isEmpty ? 'empty' : 'full'
        const median = ratios.toSorted((left, right) => left - right)[ratios.length >> 1] ?? 0
        process.stdout.write(
          `${root}, ${copies} copies, the full one ${isFullLast ? 'last' : 'first'}: ${TIMES} to ${2 * TIMES} repetitions take ${median.toFixed(2)}x the time\n`,
        )
      }
    }
  }
  expect(grown).toEqual([])
})

interface Worked {
  readonly work: RuleWork
  readonly milliseconds: number
}

function worked(xml: string): Worked {
  const bytes = Buffer.from(xml)
  const start = performance.now()
  const work = countRuleWork(() => checkInvoices({ part: 1, file: 'x.xml', bytes }, EVERY_RULE))
  return { work, milliseconds: performance.now() - start }
}

/** Our samples, and the shared cases where they are there. */
function* examples(): Generator<Buffer> {
  const own = resolve(import.meta.dirname, '../samples/invoices')
  const folders = [own]
  if (sharedFolder !== undefined) {
    for (const name of ['own', 'en16931-examples']) {
      folders.push(resolve(sharedFolder, 'data/invoices', name))
    }
  }
  for (const folder of folders) {
    for (const name of readdirSync(folder)) {
      if (/\.xml$/i.test(name)) yield readFileSync(join(folder, name))
    }
  }
  const supplierSiret = '00000000005719'
  const recipientSiret = '00000000005734'
  const invoice = { number: '1', issueDate: '2026-11-22', supplierSiret, recipientSiret }
  yield Buffer.from(makeCppDocument([invoice]))
}
