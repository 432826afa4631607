import type { BilingualText } from '../../../gateway/flow.ts'
import type { StructureIssue } from '../../formats/tree-reader.ts'
import { MOTIVES } from '../../motives.ts'
import type { Rule } from '../rule.ts'

/** What reading finds against the schema of the format, one rule per kind (`XSD-<kind>`). */
const REASONS: Readonly<Record<StructureIssue['kind'], (issue: StructureIssue) => BilingualText>> =
  {
    CARDINALITY: ({ name }) => ({
      en: `${name} may come once only.`,
      fr: `${name} ne peut figurer qu’une fois.`,
    }),
    DECIMAL: (issue) => ({
      en: `${issue.name} holds ${shown(issue)}, which is no decimal number (digits, a dot, no comma, no space).`,
      fr: `${issue.name} contient ${shown(issue)}, qui n’est pas un nombre décimal (chiffres, point, ni virgule ni espace).`,
    }),
    DATE: (issue) => ({
      en: `${issue.name} holds ${shown(issue)}, which is no existing date of the form YYYY-MM-DD.`,
      fr: `${issue.name} contient ${shown(issue)}, qui n’est pas une date existante de la forme AAAA-MM-JJ.`,
    }),
    BOOLEAN: (issue) => ({
      en: `${issue.name} holds ${shown(issue)} in place of true or false.`,
      fr: `${issue.name} contient ${shown(issue)} au lieu de true ou false.`,
    }),
    BASE64: ({ name }) => ({
      en: `${name} does not hold valid base64.`,
      fr: `${name} ne contient pas de base64 valide.`,
    }),
  }

/** At most 200 characters of what a sender wrote, escaped. */
const shown = ({ value = '' }: StructureIssue): string => JSON.stringify(value.slice(0, 200))

const { message, remedy, platformText } = MOTIVES.ERR_XSD_001

export const STRUCTURE_RULES: readonly Rule[] = (
  Object.keys(REASONS) as StructureIssue['kind'][]
).map((kind) => ({
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
      if (issue.kind === kind) report(issue.place, { detail: REASONS[kind](issue) })
    }
  },
}))
