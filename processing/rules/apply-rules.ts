import type { RuleSetName } from '../../config/interface-codes.ts'
import type { Finding } from '../../gateway/flow.ts'
import { motiveFinding } from '../motives.ts'
import type { RuleSubject } from './rule.ts'
import { RULES } from './rules.ts'

/** One rule broken at more places than this in one invoice is not worth listing further. */
const MAX_PLACES_PER_RULE = 50

/** Applies every rule of these sets; all rules see every invoice, none stops another. */
export function applyRules(
  subject: RuleSubject,
  sets: readonly RuleSetName[],
  origin: { readonly part: number; readonly file: string; readonly invoice?: string },
): Finding[] {
  const findings: Finding[] = []
  for (const rule of RULES) {
    if (!rule.sets.some((set) => sets.includes(set))) continue
    let places = 0
    rule.check(subject, (place, more = {}) => {
      places += 1
      if (places > MAX_PLACES_PER_RULE) return
      const { path, line, column } = place
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
    })
  }
  return findings
}
