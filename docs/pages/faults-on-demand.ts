import { FAULTS, type FaultParameter, type FaultRow } from '../../gateway/faults/fault-table.ts'
import { GENERATED_MARK, table } from './markdown.ts'

const GROUPS: Readonly<Record<FaultRow['group'], string>> = {
  any: 'Any protocol',
  processing: 'Processing and reports',
  sftp: 'SFTP',
  as2: 'AS2',
  pesit: 'PeSIT',
}

/** `docs/faults-on-demand.md`: the catalogue of faults that can be put on purpose. */
export function faultsOnDemandPage(): string {
  const rows = Object.entries<FaultRow>(FAULTS)
  const sections = Object.entries(GROUPS).map(
    ([group, title]) => `## ${title}

${table(
  ['fault', 'values', 'point', 'what is seen'],
  rows
    .filter(([, row]) => row.group === group)
    .map(([name, row]) => [
      `\`${name}\`<br>${row.label.en}`,
      Object.entries(row.parameters).map(parameterText).join('<br>') || '–',
      `\`${row.point}\``,
      `${row.seen.en}<br>_${row.seen.fr}_`,
    ]),
)}`,
  )
  return `# Faults on demand

${GENERATED_MARK}

How does your software behave when the gateway does not? In qualification a fault can be put on purpose:

\`\`\`
raccord faults list --kinds
raccord faults add no-answer --connection ACM001 --next 1
raccord faults add slow-line kilobytesPerSecond=64 --protocol sftp --for 10m
raccord faults list
raccord faults clear --all
\`\`\`

A fault is scoped by connection, protocol and interface code, acts so many times (\`--next\`) or in a share of the
cases (\`--chance\`), and ends by itself, after 15 minutes unless said. Faults at \`accept\` act before it is known who
calls: only the protocol scopes them; the code of a flow is known once it has a name, so over AS2 not before the
receipt, and never at \`authenticate\` or \`dialogue\` of PeSIT. Each hit is in the timeline of the flow it touched (\`injected: …\`), in the log and in
\`raccord_faults_active\`. With several processes each knows of a fault within a second, and may act on a hit that
another has just used up. In production none can be put.

\`test/e2e/fault-matrix.test.ts\` meets each of these with OpenSSH, curl and OpenSSL, or a PeSIT partner written from the
reference alone: with \`npm test\` on one protocol each, with \`npm run test:long\` on all it acts on; a row without such an
observation fails both.

**Not here yet: faults of the Chorus Pro API** (a revoked token, an expired technical password, a 403 on one family of
calls, a business error in a 200, HTML behind a 502, quotas). Raccord twins the EDI gateway; the API of Chorus Pro is
not simulated, so there is nothing to put them on. Only what also exists in a flow can be met: a state that nobody has
published (\`report-unknown-status\`, \`life-cycle-unknown-status\`), a flow integrated in part, the same flow twice.

The clock is moved in the same way: \`raccord clock advance 7d\`, \`raccord clock set 2027-01-31T08:00:00Z\`, \`raccord clock reset\`.

${sections.join('\n\n')}
`
}

function parameterText([name, parameter]: readonly [string, FaultParameter]): string {
  switch (parameter.kind) {
    case 'number':
      return `\`${name}=${parameter.default}\` ${parameter.unit}, ${parameter.minimum}–${parameter.maximum}`
    case 'choice':
      return `\`${name}\`: ${parameter.choices.map((choice) => `\`${choice}\``).join(', ')}`
    case 'text':
      return `\`${name}=${parameter.default}\``
  }
}
