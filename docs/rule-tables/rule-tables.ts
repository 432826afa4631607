import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { shared, sharedFolder } from '../../test/support/shared.ts'

/** Tables of the EN 16931 rules that `npm run generate` writes, by file. */
const TABLES = {
  'processing/tables/code-lists.ts': codeLists,
  'processing/tables/occurrence-rules.ts': occurrenceRules,
} as const

export const RULE_TABLE_PATHS = Object.keys(TABLES) as (keyof typeof TABLES)[]

/** A table as a module. Where the data is not at hand, what is committed is taken as current. */
export function ruleTable(path: keyof typeof TABLES): string {
  if (sharedFolder === undefined) {
    return readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')
  }
  const lines = ['// Written by `npm run generate`; origin and licence are in NOTICE.', '']
  return `${[...lines, ...TABLES[path]()].join('\n')}\n`
}

const load = (file: string): unknown =>
  JSON.parse(readFileSync(shared(`data/invoices/${file}`), 'utf8'))

/** Code lists by our name for them, codes parted by a blank. */
function codeLists(): readonly string[] {
  const { baseline, lists } = load('codelists.json') as {
    readonly baseline: string
    readonly lists: Readonly<Record<string, { readonly values: readonly string[] }>>
  }
  // Two lists of countries are the same in CII: one is enough.
  const names = Object.keys(lists).filter((name) => name !== 'country_cii15')
  return [
    `/** Code lists as the ${baseline} use them (UNTDID, ISO, CEF): codes parted by a blank. */`,
    'export const CODE_LISTS = {',
    ...names.map((name) => {
      const key = name === 'country_cii14' ? 'countryCii' : name
      return `  ${key}: '${lists[name]!.values.join(' ')}',`
    }),
    '} as const',
  ]
}

interface IndexedRule {
  readonly id: string
  readonly syntax: 'ubl' | 'cii'
  readonly flag: 'fatal' | 'warning'
  readonly reportedAt?: string
  readonly forbids?: string
  readonly atMostOne?: string
}

/**
 * Rules that only say what an element must not hold, or hold once: those whose context and path the
 * index gives. A block starts with syntax, kind, severity and context (as in `Check.at`); each line
 * of it is an id and a path below the context, or anywhere when it starts with `//`.
 */
function occurrenceRules(): readonly string[] {
  const { baseline, rules } = load('rules.json') as {
    readonly baseline: string
    readonly rules: readonly IndexedRule[]
  }
  const blocks = new Map<string, string[]>()
  for (const rule of rules) {
    const kind = rule.forbids === undefined ? 'once' : 'forbidden'
    const steps = rule.forbids ?? rule.atMostOne
    const at = contextOf(rule)
    if (steps === undefined || at === undefined || !isPlain(rule, steps)) continue
    const head = `${rule.syntax} ${kind} ${rule.flag} ${at}`
    blocks.set(head, [...(blocks.get(head) ?? []), `${rule.id} ${steps}`])
  }
  return [
    `/** Index of the ${baseline}; notation: docs/rule-tables/rule-tables.ts. */`,
    'export const OCCURRENCE_RULES = `',
    [...blocks].map(([head, lines]) => [head, ...lines].join('\n')).join('\n\n'),
    '`',
  ]
}

/** Business rules, and paths with more to them, are written by hand. */
const isPlain = ({ id, atMostOne }: IndexedRule, steps: string): boolean =>
  !id.startsWith('BR-') &&
  (atMostOne === undefined || /^[^/@][^@]*$/.test(steps)) &&
  !BY_HAND.has(id)

/** Their context has a condition that the index does not give. */
const BY_HAND: ReadonlySet<string> = new Set([
  'UBL-SR-30',
  'UBL-SR-31',
  'CII-DT-010',
  'CII-DT-011',
  'CII-DT-012',
])

/** As in `Check.at`; undefined = several contexts, or one with a condition. */
function contextOf({ reportedAt }: IndexedRule): string | undefined {
  if (reportedAt === undefined || reportedAt.includes('*')) return undefined
  if (reportedAt === '/ubl:Invoice | /cn:CreditNote') return '/'
  if (reportedAt === '/rsm:CrossIndustryInvoice') return '/'
  const root = '/rsm:CrossIndustryInvoice/'
  if (reportedAt.startsWith(root)) return reportedAt.slice(root.length)
  if (reportedAt.startsWith('//')) return reportedAt.includes(' | ') ? undefined : reportedAt
  return reportedAt
    .split(' | ')
    .map((context) => `//${context}`)
    .join(' | ')
}
