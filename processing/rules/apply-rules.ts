import type { RuleSetName } from '../../config/interface-codes.ts'
import type { Finding } from '../../gateway/flow.ts'
import type { Syntax } from '../formats/invoice-terms.ts'
import type { NodeId, XmlDocument } from '../formats/xml/xml-document.ts'
import { motiveFinding } from '../motives.ts'
import { InvoiceFacts } from './en16931/invoice-facts.ts'
import { ABOVE_ROOT, NOTHING, RulePlan, type PlacePlan, type PlannedCheck } from './rule-plan.ts'
import type { Check, Report, Rule, RuleSubject } from './rule.ts'
import { RULES } from './rules.ts'

/** One rule broken at more places than this in one invoice is not worth listing further. */
const MAX_PLACES_PER_RULE = 50

/** Of the elements of the invoice at hand; used again for the next one. */
let places = new Int32Array(1_024)

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
  const counts = new Map<Rule, number>()
  let rule: Rule
  let check: Check | undefined
  const report: Report = (at, more = {}) => {
    if (isJudged?.(rule.id) === false && rule.sets.includes('en16931')) return
    const count = (counts.get(rule) ?? 0) + 1
    counts.set(rule, count)
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
  const runAll = ({ checks, kinds }: PlacePlan, node: NodeId): void => {
    for (let index = 0; index < checks.length; index += 1) run(checks[index]!, node)
    for (let index = 0; index < kinds.length; index += 1) {
      const kind = kinds[index]!
      const ofKind = kind.checks[kind.of(node, subject)]
      if (ofKind !== undefined) for (const one of ofKind) run(one, node)
    }
  }
  runAll(plan.atRoot, root)
  if (places.length < document.size) places = new Int32Array(document.size * 2)
  for (let node = root; node < end; node += 1) {
    const above = node === root ? ABOVE_ROOT : places[document.parent(node)]!
    const place = plan.placeOf(above, document.name(node), document, root, node)
    places[node] = place
    const planned = plan.at(place, document, root, node)
    if (planned === NOTHING) continue
    runAll(planned, node)
    const { onAttributes } = planned
    if (onAttributes.length === 0) continue
    const endAttribute = document.endAttribute(node)
    for (let at = document.firstAttribute(node); at < endAttribute; at += 1) {
      const name = document.attributeName(at)
      for (let index = 0; index < onAttributes.length; index += 1) {
        const those = onAttributes[index]!
        if (those.name === name) for (const one of those.checks) run(one, node)
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
