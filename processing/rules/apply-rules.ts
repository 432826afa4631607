import type { RuleSetName } from '../../config/interface-codes.ts'
import type { Finding } from '../../gateway/flow.ts'
import { motiveFinding } from '../motives.ts'
import { isAt, makePlan, type PlannedCheck, type RulePlan } from './rule-plan.ts'
import type { Report, Rule, RuleSubject } from './rule.ts'
import { RULES } from './rules.ts'

/** One rule broken at more places than this in one invoice is not worth listing further. */
const MAX_PLACES_PER_RULE = 50

const PLANS = new Map<string, RulePlan>()

function planOf(syntax: 'ubl' | 'cii', sets: readonly RuleSetName[]): RulePlan {
  const key = `${syntax} ${sets.join()}`
  let plan = PLANS.get(key)
  if (plan === undefined) PLANS.set(key, (plan = makePlan(RULES, syntax, sets)))
  return plan
}

/** Applies every rule of these sets; all rules see every invoice, none stops another. */
export function applyRules(
  subject: RuleSubject,
  sets: readonly RuleSetName[],
  origin: { readonly part: number; readonly file: string; readonly invoice?: string },
): Finding[] {
  const { document, root } = subject
  const plan = planOf(subject.invoice.format, sets)
  const findings: Finding[] = []
  const places = new Map<Rule, number>()
  let rule: Rule
  const report: Report = (at, more = {}) => {
    const count = (places.get(rule) ?? 0) + 1
    places.set(rule, count)
    if (count > MAX_PLACES_PER_RULE) return
    const { path, line, column } = typeof at === 'number' ? document.place(at) : at
    findings.push(
      motiveFinding(rule.code, {
        ...origin,
        rule: rule.id,
        severity: rule.severity,
        path,
        line,
        column,
        terms: rule.terms,
        message: rule.message,
        remedy: rule.remedy,
        platformText: rule.platformText,
        ...more,
      }),
    )
  }
  const run = (planned: PlannedCheck, node: number): void => {
    rule = planned.rule
    planned.check(node, subject, report)
  }
  for (const one of plan.perInvoice) {
    rule = one
    one.check?.(subject, report)
  }
  for (const planned of plan.atRoot) run(planned, root)
  for (let node = root; node < document.size; node += 1) {
    for (const planned of plan.byName.get(document.name(node)) ?? []) {
      if (isAt(planned, document, root, node)) run(planned, node)
    }
    for (const planned of plan.everywhere) run(planned, node)
  }
  return findings
}
