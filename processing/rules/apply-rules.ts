import type { RuleSetName } from '../../config/interface-codes.ts'
import type { Finding } from '../../gateway/flow.ts'
import type { Syntax } from '../formats/invoice-terms.ts'
import type { NodeId, XmlDocument } from '../formats/xml/xml-document.ts'
import { motiveFinding } from '../motives.ts'
import { InvoiceFacts } from './en16931/invoice-facts.ts'
import { hangsBelow } from './rule-context.ts'
import { RulePlan, type PlannedCheck } from './rule-plan.ts'
import type { Check, Report, Rule, RuleSubject } from './rule.ts'
import { RULES } from './rules.ts'

/** One rule broken at more places than this in one invoice is not worth listing further. */
const MAX_PLACES_PER_RULE = 50

const PLANS = new Map<string, RulePlan>()

function planOf(syntax: Syntax, sets: readonly RuleSetName[]): RulePlan {
  const key = `${syntax} ${sets.join()}`
  let plan = PLANS.get(key)
  if (plan === undefined) PLANS.set(key, (plan = new RulePlan(RULES, syntax, sets)))
  return plan
}

/**
 * Applies every rule of these sets; all rules see every invoice, none stops another.
 * @param isJudged what a profile leaves out of the rules of EN 16931 (Factur-X MINIMUM, BASIC WL)
 */
export function applyRules(
  judged: Omit<RuleSubject, 'facts'>,
  sets: readonly RuleSetName[],
  origin: { readonly part: number; readonly file: string; readonly invoice?: string },
  isJudged?: (ruleId: string) => boolean,
): Finding[] {
  const { document, root } = judged
  const plan = planOf(judged.terms.syntax, sets)
  const end = endOf(document, root)
  const subject = { ...judged, facts: new InvoiceFacts(document, root, end) }
  const findings: Finding[] = []
  const places = new Map<Rule, number>()
  let rule: Rule
  let check: Check | undefined
  const report: Report = (at, more = {}) => {
    if (isJudged?.(rule.id) === false && rule.sets.includes('en16931')) return
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
        remedy: check?.remedy ?? rule.remedy,
        platformText: check?.platformText ?? rule.platformText,
        ...more,
      }),
    )
  }
  const run = (planned: PlannedCheck, node: NodeId): void => {
    rule = planned.rule
    check = planned.check
    planned.check.check(node, subject, report)
  }
  for (const one of plan.perInvoice) {
    rule = one
    check = undefined
    one.check?.(subject, report)
  }
  for (const planned of plan.atRoot) run(planned, root)
  for (let node = root; node < end; node += 1) {
    const name = document.name(node)
    const planned = plan.onElements(document, name, document.name(document.parent(node)))
    for (let index = 0; index < planned.length; index += 1) {
      const one = planned[index]!
      if (hangsBelow(one.context, document, root, node, 2)) run(one, node)
    }
    const lastAttribute = document.endAttribute(node)
    for (let at = document.firstAttribute(node); at < lastAttribute; at += 1) {
      const onAttribute = plan.onAttributes(document, document.attributeName(at), name)
      for (const one of onAttribute) {
        if (hangsBelow(one.context, document, root, node, 1)) run(one, node)
      }
    }
  }
  return findings
}

/** One more than the last element at or below this one. */
function endOf(document: XmlDocument, root: NodeId): NodeId {
  for (let node = root; node >= 0; node = document.parent(node)) {
    const next = document.nextSibling(node)
    if (next >= 0) return next
  }
  return document.size
}
