import { rememberedOfInvoice } from '../remembered.ts'
import { type Check, type Rule, type RuleSubject } from '../rule.ts'
import { must } from './br-fr-rule.ts'
import { isGrouped } from './framework.ts'
import { GroupedLines, type GroupedLine } from './grouped-lines.ts'
import { TRANSACTION } from './places.ts'

/** Checks of invoices with frameworks 8 and 9; other invoices are let through. */

type Applies = (subject: RuleSubject) => boolean
type Checks = Pick<Rule, 'ubl' | 'cii'>

/** Once an invoice. */
export function onInvoice(
  applies: Applies,
  isFine: (lines: GroupedLines) => boolean,
): {
  readonly ubl: readonly Check[]
  readonly cii: readonly Check[]
} {
  const isInvoiceFine = rememberedOfInvoice((subject) => isFine(GroupedLines.of(subject)))
  const check = (at: string): Check =>
    must(at, (_node, subject) => !applies(subject) || isInvoiceFine(subject))
  return { ubl: [check('/')], cii: [check(TRANSACTION)] }
}

/** On each group that hangs below no other. */
export function eachGroup(
  isFine: (lines: GroupedLines, line: GroupedLine, subject: RuleSubject) => boolean,
  applies: Applies = isGrouped,
): Check {
  return {
    at: '/',
    check: (_root, subject, report) => {
      if (!applies(subject)) return
      const lines = GroupedLines.of(subject)
      let last: { line: GroupedLine; isFine: boolean } | undefined
      for (const { line, place } of lines.groups) {
        // A line of UBL may say many times that it begins a group.
        if (last?.line !== line) last = { line, isFine: isFine(lines, line, subject) }
        if (!last.isFine) report(place)
      }
    },
  }
}

export function onGroups(
  isFine: (lines: GroupedLines, line: GroupedLine) => boolean,
  applies: Applies = isGrouped,
): Checks {
  const check = eachGroup(isFine, applies)
  return { ubl: [check], cii: [check] }
}

/** On each line, grouped or not. */
export function eachLine(isFine: (lines: GroupedLines, line: GroupedLine) => boolean): Check {
  return {
    at: '/',
    check: (_root, subject, report) => {
      if (!isGrouped(subject)) return
      const lines = GroupedLines.of(subject)
      for (const line of lines.lines) if (!isFine(lines, line)) report(line.node)
    },
  }
}

export function onLines(isFine: (lines: GroupedLines, line: GroupedLine) => boolean): Checks {
  const check = eachLine(isFine)
  return { ubl: [check], cii: [check] }
}
