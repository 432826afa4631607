import { RULE_SET_NAMES, type RuleSetName } from '../../config/interface-codes.ts'
import {
  FACTURX_FAULTS,
  FACTURX_WARNINGS,
} from '../../processing/formats/facturx/facturx-faults.ts'
import { DIRECTORY_RULES } from '../../processing/rules/directory/directory-rules.ts'
import type { Rule } from '../../processing/rules/rule.ts'
import { RULES } from '../../processing/rules/rules.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** docs/rules.md: every rule that an invoice is judged by, out of the tables. */
export function rulesPage(): string {
  const parts = [
    '# Rules',
    GENERATED_MARK,
    INTRODUCTION,
    table(
      ['set', 'rules', 'what it is'],
      RULE_SET_NAMES.map((set) => [
        `\`${set}\``,
        String(RULES.filter(({ sets }) => firstSet(sets) === set).length + extraRules(set)),
        MEANINGS[set],
      ]),
    ),
    ...RULE_SET_NAMES.flatMap((set) => {
      const rules = RULES.filter(({ sets }) => firstSet(sets) === set)
      return rules.length === 0 && set !== 'directory'
        ? []
        : [`## \`${set}\``, table(HEADERS, [...rules.map(row), ...directoryRows(set)])]
    }),
    '## Factur-X',
    FACTURX,
    table(
      ['rule', 'severity', 'what is said', 'what to do'],
      [
        ...Object.entries(FACTURX_FAULTS).map(([id, { message, remedy }]) => [
          `\`${id}\``,
          'fatal',
          message.en,
          remedy.en,
        ]),
        ...Object.entries(FACTURX_WARNINGS).map(([id, { message, remedy }]) => [
          `\`${id}\``,
          'warning',
          message.en,
          remedy.en,
        ]),
      ],
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

const HEADERS = ['rule', 'severity', 'terms', 'UBL', 'CII', 'what is said', 'what to do']

/** A rule of several sets stands with the widest. */
const firstSet = (sets: readonly RuleSetName[]): RuleSetName | undefined =>
  RULE_SET_NAMES.find((name) => sets.includes(name))

function row({ id, severity, terms, ubl, cii, check, message, remedy, sets }: Rule): string[] {
  const isMinimal = sets.includes('chorus-minimal') && sets.includes('en16931')
  const applies = (checks: Rule['ubl']): string =>
    checks !== undefined || check !== undefined ? 'yes' : ''
  return [
    `\`${id}\`${isMinimal ? ' (also minimal)' : ''}`,
    severity,
    terms.join(' '),
    applies(ubl),
    applies(cii),
    message.en,
    remedy.en,
  ]
}

const extraRules = (set: RuleSetName): number => (set === 'directory' ? DIRECTORY_RULES.length : 0)

const directoryRows = (set: RuleSetName): string[][] =>
  set === 'directory'
    ? DIRECTORY_RULES.map(({ id, severity, terms, message, remedy }) => [
        `\`${id}\``,
        typeof severity === 'function' ? '`directory.unknown`' : severity,
        terms.join(' '),
        'yes',
        'yes',
        message.en,
        remedy.en,
      ])
    : []

const INTRODUCTION = `Every invoice is judged in one pass: its structure, the rules of EN 16931, those of Chorus Pro,
and what the directory says of the recipient. An ill-formed file stops at its syntax (\`XML-…\`,
\`FMT-…\`); every other one meets all rules, and none of them stops another. Which sets run for which
interface code: [interface-codes.md](interface-codes.md). \`raccord format-test FILE --rules SET,SET\`
runs any of them; \`raccord samples break FILE --rule ID\` shows what a rule catches.

The official ids stay as published: EN 16931 validation artefacts 1.3.16 (\`BR-…\`, \`UBL-…\`,
\`CII-…\`), Chorus Pro (\`BR-FR-CPRO-…\`, \`G1.…\`, \`S2.…\`), French CTC rules (\`BR-FR-…\`). Ids of
ours start with \`XSD-\`, \`CPRO-\`, \`ID-\`, \`DIR-\`, \`PJ-\`, \`CPP-\`, \`PDF-\`, \`DUP-\`. Each finding has
the same sentences in French.`

const MEANINGS: Readonly<Record<RuleSetName, string>> = {
  structure: 'what the XML schema of the format demands',
  en16931: 'the European standard, as its official artefacts judge',
  'chorus-minimal':
    'those of EN 16931 that minimal flows are held to (number, dates, parties, totals, lines) [simulated]',
  'chorus-pro': 'what the public invoicing portal adds',
  directory: 'recipient known and active, service code, engagement',
  'br-fr': 'the reform of 2026 (XP Z12-012), off unless it is asked for',
}

const FACTURX = `What is said of the PDF around the invoice; the invoice inside is judged as CII. MINIMUM and
BASIC WL hold no lines: rules that need them are left out. With \`invoices.strictFacturX\` the
warnings refuse the file.`
