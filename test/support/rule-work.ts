import { XmlDocument } from '../../processing/formats/xml/xml-document.ts'
import type { Rule } from '../../processing/rules/rule.ts'
import { RULES } from '../../processing/rules/rules.ts'

/** How much each rule looked at, by its id; what stands outside all rules is under `''`. */
export interface RuleWork {
  /** Questions to the document: a child, a sibling, a text, an attribute, the bytes of a text. */
  readonly questions: ReadonlyMap<string, number>
}

const questions = new Map<string, number>()
let ruleId = ''
let asked = 0
let isCounting = false

/** Counts what `work` asks of documents, rule by rule. */
export function countRuleWork(work: () => unknown): RuleWork {
  if (!isCounting) startCounting()
  questions.clear()
  asked = 0
  ruleId = ''
  work()
  add(questions, '', asked)
  return { questions: new Map(questions) }
}

const add = (map: Map<string, number>, key: string, amount: number): void => {
  map.set(key, (map.get(key) ?? 0) + amount)
}

const COUNTED = [
  'parent',
  'name',
  'firstChild',
  'nextSibling',
  'child',
  'next',
  'text',
  'textBytes',
  'hasText',
  'findAttribute',
  'attributeName',
] as const satisfies readonly (keyof XmlDocument)[]

/** For the rest of the process: every document, and every check of every rule. */
function startCounting(): void {
  isCounting = true
  for (const method of COUNTED) {
    const original: (...given: never[]) => unknown = XmlDocument.prototype[method]
    Object.defineProperty(XmlDocument.prototype, method, {
      value(this: XmlDocument, ...given: never[]): unknown {
        asked += 1
        return original.apply(this, given)
      },
    })
  }
  for (const rule of RULES) {
    for (const check of [rule, ...(rule.ubl ?? []), ...(rule.cii ?? [])]) watch(rule, check)
  }
}

function watch(rule: Rule, holder: { readonly check?: unknown }): void {
  const { check } = holder
  if (typeof check !== 'function') return
  Object.defineProperty(holder, 'check', {
    value: (...given: unknown[]): void => {
      add(questions, ruleId, asked)
      asked = 0
      const above = ruleId
      ruleId = rule.id
      check(...given)
      add(questions, ruleId, asked)
      asked = 0
      ruleId = above
    },
  })
}
