import { loadCampaigns } from '../../processing/scenarios/campaign-catalogue.ts'
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
    '\n## Campaigns that are shipped / Campagnes fournies\n',
    '| Campaign | Version | Protocols | Scenarios | Title | Titre |\n| --- | --- | --- | --- | --- | --- |',
    ...loadCampaigns(loadCatalogue()).map(
      ({ id, version, protocols, scenarios, title }) =>
        `| \`${id}\` | ${version} | ${protocols.join(' ')} | ${scenarios.length} | ${title.en} | ${title.fr} |`,
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
raccord qualify run nominal batch-partial batch-complete --connection ACM001 --self --evidence proof.html proof.zip
raccord qualify verify proof.html
\`\`\`

Without \`--self\` the partner's own system has to do what each step asks for; the command says what, and how long
there is for it. A run is **passed**, **failed** (the partner did something else, or did not do it in time) or
**not conclusive** (nothing was heard of it at all, somebody cancelled, or the gateway itself could not). It lives in
the journal and goes on after a restart. One run goes on at a time on a connection; several connections at once. Those
marked *alone* move the clock, the keys or the door of everybody, and ask for the permission \`clock.write\`.
Whatever a run has put (faults, the clock) ends with it. Nothing of this works in production.

A person may set another verdict beside a result (\`raccord qualify override\`); both are shown, with the
reason, and so is each verdict that it replaces.

**Watching.** A run that waits for the partner's system prints a link for the browser (\`raccord qualify watch RUN\` gives
another): the evidence page itself, which changes as steps pass, with what has to be done now and the time left.
Whoever has the link sees this run for 12 hours, without signing in, and nothing else; who gave
it away is in the audit.

**Questions.** What only the partner's system shows is asked: \`raccord qualify confirm RUN yes --comment TEXT --attach
screen.png\`. Files (PDF, PNG, JPEG, text, CSV, XML, JSON, ZIP; 10 MiB each, 20 a run) are kept with who put them and when,
and are part of the evidence.

## Evidence

One record of one run or several, by the name of the file (\`--evidence FILE…\`, \`raccord qualify evidence ID… -o FILE\`,
\`GET /runs/{id}/evidence\`, \`GET /evidence?runs=…\`; French with \`--lang fr\`):

| File | What it is |
| --- | --- |
| \`.html\` | the record to be signed: parties with certificates and keys, scope, clock, software, who ran it, verdict, reserves (with overrides and their reasons), signatures; then each run with steps, faults, messages, attachments and transcripts; opens offline, prints on A4 |
| \`.json\` | the same as data |
| \`.xml\` | JUnit: a suite a scenario, a case a step |
| \`.svg\` | a badge |
| \`.zip\` | all of it, with every message, transcript and attachment whole, and \`SHA256SUMS\` (\`sha256sum -c\` checks it too) |

Page and JSON carry messages up to 1 MiB, 24 MiB in all; the archive carries up to 2 GiB. What is left out, or retention has taken,
is named by its SHA-256, in the archive in \`LEFT-OUT.txt\`. \`raccord qualify verify FILE\` checks HTML, JSON and ZIP
to the last letter. It finds changes, it does not say who made the file: sign it for that.

## Campaigns

A campaign is a named, versioned set of scenarios, run as a whole on a connection:

\`\`\`
raccord qualify campaign list
raccord qualify campaign run sftp-standard --connection ACM001 --self --evidence campaign.zip campaign.html
raccord qualify campaign result --connection ACM001       # the last ones; with an id, one
raccord qualify campaign compare cpr_…                    # what got worse or better since the last; exit 1 if worse
raccord qualify campaign coverage --connection ACM001     # code × mode × protocol: what is proved, what is not
\`\`\`

The gateway begins each scenario when the one before has ended, also after a restart; what came of each is frozen then (a
later override stands beside its run). A scenario that the connection does not fit is not run, which is a reserve, no
failure. \`volume\` is in none of those that are shipped: a campaign gives no inputs, so run it by itself, with the
number you want (\`raccord qualify run volume --input count=50\`). \`raccord qualify campaign show first-steps\` writes one as JSON; one's own is a file of YAML or JSON:

\`\`\`yaml
id: our-acceptance
version: '2026-11'
title: { en: Our acceptance, fr: Notre recette }
purpose: { en: What we ask of a release., fr: Ce que nous demandons à une version. }
protocols: [sftp]
scenarios: [nominal, batch-partial, duplicate]
references: ['Plan 7']       # test plans of others
\`\`\`

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
