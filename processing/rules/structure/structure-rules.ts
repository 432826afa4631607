import { ISSUE_KINDS } from '../../formats/structure/structure-issue.ts'
import { structureText } from '../../formats/structure/structure-texts.ts'
import { MOTIVES } from '../../motives.ts'
import type { Rule } from '../rule.ts'
import { termsOfIssue } from './issue-terms.ts'

const { message, remedy, platformText } = MOTIVES.ERR_XSD_001

/** What reading finds against the schema of the format, one rule per kind (`XSD-<kind>`). */
export const STRUCTURE_RULES: readonly Rule[] = ISSUE_KINDS.map((kind) => ({
  id: `XSD-${kind}`,
  sets: ['structure'],
  severity: 'fatal',
  terms: [],
  code: 'ERR_XSD_001',
  message,
  remedy,
  platformText,
  check: ({ issues }, report) => {
    for (const issue of issues) {
      if (issue.kind !== kind) continue
      report(issue.place, { ...structureText(issue), terms: termsOfIssue(issue) })
    }
  },
}))
