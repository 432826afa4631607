import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Finding } from '../../gateway/flow.ts'
import { checkInvoice } from '../../test/support/check-invoice.ts'
import { EN16931_POLICY } from '../../test/support/judge-file.ts'
import { describeWithShared, shared } from '../../test/support/shared.ts'
import { EN16931_RULES } from './en16931/en16931-rules.ts'

/** One case of the shared expectations: what the official artefacts say of a file. */
interface Case {
  readonly file: string
  readonly syntax: 'ubl-invoice' | 'ubl-creditnote' | 'cii'
  /** Of a fragment, wrapped to be readable, only what the rules say is compared. */
  readonly kind: 'document' | 'fragment'
  readonly accept: boolean
  readonly xsdValid: boolean
  readonly en16931: {
    readonly fatal: readonly string[]
    readonly warning?: readonly string[]
    readonly at?: readonly { readonly id: string; readonly path: string; readonly line: number }[]
    /** The reference engine stopped on this file: it must be refused, by whatever rule. */
    readonly oracleError?: boolean
  }
  /** What the published unit tests of the artefacts say of one rule. */
  readonly unitAsserts?: readonly {
    readonly rule: string
    readonly expect: 'success' | 'error' | 'warning'
  }[]
}

/** How many of how many agree. */
class Score {
  right = 0
  all = 0
  readonly wrong: string[] = []

  note(isRight: boolean, what: () => string): void {
    this.all += 1
    if (isRight) this.right += 1
    else if (this.wrong.length < 20) this.wrong.push(what())
  }

  get share(): string {
    if (this.all === 0) return '–'
    return `${((100 * this.right) / this.all).toFixed(2)} % of ${this.all}`
  }
}

class Figures {
  readonly structure = new Score()
  readonly verdicts = new Score()
  readonly fatalSets = new Score()
  readonly places = new Score()
  readonly unitAssertions = new Score()
  readonly warningSets = new Score()
}

const IDS: ReadonlySet<string> = new Set(EN16931_RULES.map(({ id }) => id))
const SOURCES = [
  ['en16931-unit', 'ubl-invoice'],
  ['en16931-unit', 'ubl-creditnote'],
  ['en16931-unit', 'cii'],
  ['en16931-examples', 'ubl-invoice'],
  ['en16931-examples', 'ubl-creditnote'],
  ['en16931-examples', 'cii'],
  ['xrechnung-testsuite', 'ubl-invoice'],
  ['xrechnung-testsuite', 'cii'],
  ['own', 'ubl-invoice'],
  ['own', 'ubl-creditnote'],
  ['own', 'cii'],
] as const

const idsOf = (findings: readonly Finding[], severity: Finding['severity']): Set<string> =>
  new Set(findings.filter((one) => one.severity === severity).map(({ rule }) => rule))

const listed = (ids: Iterable<string>): string => [...new Set(ids)].toSorted().join()

/** Counted off as they are found: a place may be reported twice by one rule. */
function notePlaces(score: Score, { file, en16931 }: Case, fatal: readonly Finding[]): void {
  const found = new Map<string, number>()
  for (const { rule, path, line } of fatal) {
    const place = `${rule} ${path} ${line}`
    found.set(place, (found.get(place) ?? 0) + 1)
  }
  for (const { id, path, line } of en16931.at ?? []) {
    const place = `${id} ${path} ${line}`
    const left = found.get(place) ?? 0
    score.note(left > 0, () => `${file}: not reported ${place}`)
    if (left > 0) found.set(place, left - 1)
  }
  for (const [place, left] of found) {
    if (left > 0) score.note(false, () => `${file}: reported in excess ${place}`)
  }
}

function judge(one: Case, figures: Figures): void {
  const { file, syntax, kind, accept, xsdValid, en16931 } = one
  const { findings, isCorrect, structureFailed } = checkInvoice(
    { part: 1, file, bytes: readFileSync(shared(`data/invoices/${file}`)) },
    { ...EN16931_POLICY, format: syntax === 'cii' ? 'cii' : 'ubl' },
  )
  if (kind === 'document') {
    figures.verdicts.note(isCorrect === accept, () => `${file}: accepted is ${isCorrect}`)
    figures.structure.note(
      structureFailed !== xsdValid,
      () => `${file}: valid for the schema is ${!structureFailed}`,
    )
  }
  if (en16931.oracleError === true) {
    figures.fatalSets.note(!isCorrect, () => `${file}: accepted, the reference engine stops on it`)
    return
  }
  const official = findings.filter(({ rule }) => IDS.has(rule))
  const fatal = idsOf(official, 'fatal')
  const warning = idsOf(official, 'warning')
  figures.fatalSets.note(
    listed(fatal) === listed(en16931.fatal),
    () => `${file}: ${listed(fatal)} in place of ${listed(en16931.fatal)}`,
  )
  figures.warningSets.note(
    listed(warning) === listed(en16931.warning ?? []),
    () => `${file}: ${listed(warning)} in place of ${listed(en16931.warning ?? [])}`,
  )
  notePlaces(
    figures.places,
    one,
    official.filter(({ severity }) => severity === 'fatal'),
  )
  for (const { rule, expect: expected } of one.unitAsserts ?? []) {
    const speaks = warning.has(rule) || (expected !== 'warning' && fatal.has(rule))
    figures.unitAssertions.note(
      speaks === (expected !== 'success'),
      () => `${file}: ${rule} is to be ${expected}`,
    )
  }
}

describeWithShared('against the official artefacts', () => {
  const total = new Figures()
  const read = (): readonly Case[] =>
    (
      JSON.parse(readFileSync(shared('data/invoices/expectations.json'), 'utf8')) as {
        readonly cases: readonly Case[]
      }
    ).cases

  test.each(SOURCES)('%s, %s: the same verdicts, rules and places', (folder, syntax) => {
    const figures = new Figures()
    const chosen = read().filter(
      (one) => one.file.startsWith(`${folder}/`) && one.syntax === syntax,
    )
    for (const one of chosen) judge(one, figures)
    process.stdout.write(
      `${folder}, ${syntax}, ${chosen.length} cases: structure ${figures.structure.share}, verdicts ${figures.verdicts.share}, sets of fatal rules ${figures.fatalSets.share}, places ${figures.places.share}, unit assertions ${figures.unitAssertions.share}, sets of warnings ${figures.warningSets.share}\n`,
    )
    for (const [name, score] of Object.entries(figures) as [keyof Figures, Score][]) {
      total[name].all += score.all
      total[name].right += score.right
      expect(score.wrong, name).toEqual([])
    }
  })

  test('every case is compared, every published assertion holds', () => {
    const cases = read()
    process.stdout.write(
      `all ${cases.length} cases: structure ${total.structure.share}, verdicts ${total.verdicts.share}, sets of fatal rules ${total.fatalSets.share}, places ${total.places.share}, unit assertions ${total.unitAssertions.share}, sets of warnings ${total.warningSets.share}\n`,
    )
    expect(total.fatalSets.all).toBe(cases.length)
    expect(total.unitAssertions.right).toBe(1_139)
  })
})
