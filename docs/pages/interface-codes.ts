import { INTERFACE_CODES, type InterfaceCode } from '../../config/interface-codes.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** docs/interface-codes.md: the catalogue, with how sure we are of each row. */
export function interfaceCodesPage(): string {
  const rows = (direction: InterfaceCode['direction']) =>
    table(
      ['code', 'family', 'content', 'syntax', 'stylesheet', 'rules', 'built', 'mark'],
      INTERFACE_CODES.filter((row) => row.direction === direction).map((row) => [
        `\`${row.code}\``,
        row.family,
        `${row.title.en}<br>_${row.title.fr}_`,
        `\`${row.syntax}\``,
        row.hasStylesheet ? 'yes' : 'no',
        row.ruleSets.join(', '),
        row.available ? 'yes' : 'not yet',
        row.fidelity,
      ]),
    )
  const parts = [
    '# Interface codes',
    GENERATED_MARK,
    INTRODUCTION,
    '## Received from partners',
    rows('in'),
    '## Sent to partners',
    rows('out'),
  ]
  return `${parts.join('\n\n')}\n`
}

const INTRODUCTION = `An interface code says what a flow contains: three letters, four digits, one version letter. \`F…\`
is a flow, \`C…\` the report on it. A connection chooses for each code: no connection, Complete (one
bad invoice refuses the flow) or Partial (the good invoices are integrated).

_Mark_: **documented** by the operator; **seen** in public code; **simulated**: our choice, where
nothing public says how the real gateway does it. Codes of the block 9000–9999 are ours, so that they
are recognised at sight. A code that is not built yet is refused with its own sentence.`
