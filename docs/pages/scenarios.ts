import { loadCatalogue } from '../../processing/scenarios/catalogue.ts'
import type { StepKindRow } from '../../processing/scenarios/step-kind-row.ts'
import { STEP_KINDS } from '../../processing/scenarios/step-kinds.ts'
import { MISBEHAVIOURS } from '../../gateway/cli/self-partner/misbehaviours.ts'

/** docs/scenarios.md: how to write a scenario, what steps there are, and the catalogue. */
export function scenariosPage(): string {
  return [
    HEAD,
    '## Steps / Étapes\n',
    ...Object.entries<StepKindRow>(STEP_KINDS).map(stepSection),
    '## Catalogue\n',
    '| Scenario | Protocols | Proves | Prouve |\n| --- | --- | --- | --- |',
    ...loadCatalogue().map(
      ({ id, protocols, purpose, isAlone, parameters = [] }) =>
        `| \`${id}\`${isAlone ? ' (alone)' : ''}${parameters.map(({ name, value }) => `<br>${name}=${value}`).join('')} | ${protocols.join(' ')} | ${purpose.en} | ${purpose.fr} |`,
    ),
    '\n## Misbehaviours / Écarts de conduite\n',
    '`raccord qualify run … --self --misbehave HOW` has our own partner side go wrong, to see a scenario fail.\n',
    '| How | Meaning | Sens |\n| --- | --- | --- |',
    ...Object.entries(MISBEHAVIOURS).map(
      ([name, { meaning }]) => `| \`${name}\` | ${meaning.en} | ${meaning.fr} |`,
    ),
    '',
  ].join('\n')
}

function stepSection([name, row]: readonly [string, StepKindRow]): string {
  const parameters = Object.entries(row.parameters).map(([parameter, value]) => {
    const choices = value.kind === 'choice' ? ` (${value.choices.join(', ')})` : ''
    const byDefault = value.default === '' ? '–' : `\`${value.default}\``
    return `- \`${parameter}\`: ${value.meaning.en} / ${value.meaning.fr} Default: ${byDefault}${choices}`
  })
  return [
    `### \`${row.verb}: ${name}\`\n`,
    `${row.meaning.en}\n`,
    `*${row.meaning.fr}*\n`,
    ...(parameters.length === 0 ? [] : [...parameters, '']),
  ].join('\n')
}

const HEAD = `<!-- Written by \`npm run generate\` out of the tables of steps and scenarios. -->

# Qualification scenarios

A scenario proves one thing about a connection. It waits for the partner's system, acts on the gateway, and
judges by the journal:

\`\`\`
raccord qualify list --connection ACM001
raccord qualify run nominal batch-partial batch-complete --connection ACM001 --self --evidence proof.html
raccord qualify verify proof-nominal.html
\`\`\`

Without \`--self\` the partner's own system has to do what each step asks for; the command says what, and how long
there is for it. A run is **passed**, **failed** (the partner did something else, or did not do it in time) or
**not conclusive** (nothing was heard of it at all, somebody cancelled, or the gateway itself could not). It lives in
the journal and goes on after a restart. One run goes on at a time on a connection; several connections at once. Those
marked *alone* move the clock, the keys or the door of everybody, and ask for the permission \`clock.write\`.
Whatever a run has put (faults, the clock) ends with it. Nothing of this works in production.

A person may set another verdict beside a result (\`raccord qualify override\`); both are shown, with the reason.

## Writing one

A file of YAML, anywhere; \`raccord qualify check mine.yaml\` says all that is wrong with it, with line and cause, and
\`raccord qualify run mine.yaml --connection ACM001 --self\` runs it. Those that come with the program lie in
\`processing/scenarios/catalogue/\`:

\`\`\`yaml
id: my-batch
title: { en: Three invoices, fr: Trois factures }
purpose: { en: A batch is integrated whole., fr: Un lot est intégré entier. }
protocols: [sftp, as2, pesit]
needs: { mode: PARTIAL }     # or COMPLETE; code: FEN1200A; unknownRecipients: refuse; asyncMdn: honour
parameters:                  # a run may give others: --input count=5
  count: { default: 3, minimum: 1, maximum: 500, meaning: { en: Invoices, fr: Factures } }
references: ['TC-12']        # test cases in the plans of others
steps:
  - expect: flow             # the partner does something
    within: 10m
    with: { as: batch, invoices: $count }
  - check: state             # the gateway's record says
    with: { flow: batch, is: IN_INTEGRE }
  - do: return-flow          # the gateway does something
    with: { flow: batch, move: again }
  - confirm: question        # the tester says
    say: { en: Is it shown?, fr: Est-ce affiché ? }
\`\`\`

\`alone: true\` is wanted where a step moves the clock or renews a key, and where a fault acts at the door: it would meet
every partner. What a run has put (faults, the clock, the gateway's next key) ends with it.

A flow is known by the name that \`as\` gave it. \`say\` replaces the words of the table. Order does not matter where the
partner is quicker than the scenario: a flow that came since the run began and that no step has counted is the next one.
`
