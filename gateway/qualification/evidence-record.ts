import { evidenceVerdict, type EvidenceDocument, type RunEvidence } from './evidence.ts'
import { factsOf, pairs, secondsBetween, tableOf, type EvidenceWords } from './evidence-words.ts'
import { html } from './html-text.ts'
import type { RunDocument } from './qualification.ts'
import { resultBadge } from './result-badge.ts'

/** What is signed: parties, scope, verdict, reserves, signatures. */
export function recordHead(evidence: EvidenceDocument, words: EvidenceWords): string {
  const { say, of, result } = words
  const { runs, campaign } = evidence
  const verdict = evidenceVerdict(
    runs.map(({ run }) => run),
    campaign,
  )
  const reserves = reservesOf(evidence, words)
  const first = runs[0]?.run
  const title =
    campaign?.result.campaign.title ?? (runs.length === 1 ? first?.scenario.title : null)
  const badge = campaign?.result.campaign.id ?? (runs.length === 1 ? first?.scenario.id : undefined)
  const held =
    verdict !== 'PASSED'
      ? ''
      : ` <span>${say(reserves.length > 0 ? 'withReserves' : 'without')}</span>`
  return `<header><h1>${say('title')}</h1><p class="note">${say('simulated')}</p>
${title === null || title === undefined ? '' : `<p><strong>${of(title)}</strong></p>`}</header>
<h2>${say('parties')}</h2>
${partiesOf(runs, words)}
<h2>${say('scope')}</h2>
${scopeOf(evidence, words)}
${tableOf(
  words.heads('scenario', 'result', 'judged', 'seconds', 'references') + '<th scope="col">Id</th>',
  runs.map(({ run }) => [
    of(run.scenario.title),
    result(run.state),
    run.override === null ? '' : result(run.override.verdict),
    secondsBetween(run.startedAt, run.endedAt),
    html(run.scenario.references.join(', ')),
    `<code>${run.id}</code>`,
  ]),
)}
<h2>${say('verdict')}</h2>
<p class="verdict">${result(verdict)}${held} ${badge === undefined ? '' : resultBadge(badge, verdict, words.language)}</p>
<h3>${say('reserves')}</h3>
${reserves.length === 0 ? `<p>${say('noReserve')}</p>` : `<ul>${reserves.map((text) => `<li>${text}</li>`).join('')}</ul>`}
<div class="signatures"><h2>${say('signatures')}</h2>
<table class="sign"><thead><tr>${words.heads('forPartner', 'forTester')}</tr></thead><tbody><tr><td></td><td></td></tr></tbody></table></div>`
}

function partiesOf(runs: readonly RunEvidence[], { say }: EvidenceWords): string {
  const connections = new Map(runs.map(({ run }) => [run.connectionId, run]))
  const rows = [...connections.values()].flatMap((run) => [
    [say('partner'), html(`${run.facts.partner} (${run.applicationCode})`)] as const,
    [say('connection'), `<code>${html(run.connectionId)}</code>`] as const,
    ...run.facts.certificates.map(
      ({ subject, sha256, notAfter }) =>
        [
          say('certificates'),
          `${html(subject)}, → ${notAfter.slice(0, 10)}<br><code>SHA-256 ${html(sha256)}</code>`,
        ] as const,
    ),
  ])
  const keys = uniqueKeys(runs.map(({ run }) => run))
  return factsOf([
    ...rows,
    [say('gateway'), html(`Raccord (${runs[0]?.run.facts.environment ?? 'qualification'})`)],
    ...keys.map(
      ([kind, fingerprint]) =>
        [say('gatewayKeys'), `${html(kind)}<br><code>${html(fingerprint)}</code>`] as const,
    ),
  ])
}

function uniqueKeys(runs: readonly RunDocument[]): readonly (readonly [string, string])[] {
  const known = new Map<string, readonly [string, string]>()
  for (const { facts } of runs) {
    for (const { kind, fingerprint } of facts.gatewayKeys ?? []) {
      known.set(fingerprint, [kind, fingerprint])
    }
  }
  return [...known.values()]
}

function scopeOf(
  { runs, campaign, madeBy, madeAt }: EvidenceDocument,
  words: EvidenceWords,
): string {
  const { say, of } = words
  const documents = runs.map(({ run }) => run)
  const every = (value: (run: RunDocument) => string): string =>
    [...new Set(documents.map(value))].map(html).join('<br>')
  const begun = documents.map(({ startedAt }) => startedAt).toSorted()[0] ?? madeAt
  const ends = documents.map(({ endedAt }) => endedAt ?? '…').toSorted()
  return factsOf([
    ...(campaign === null
      ? []
      : [
          [
            say('campaign'),
            `${html(`${campaign.result.campaign.id} ${campaign.result.campaign.version}`)}: ${of(campaign.result.campaign.purpose)}<br><code>${campaign.result.id}</code>`,
          ] as const,
          [say('references'), html(campaign.result.campaign.references.join(', ')) || '–'] as const,
        ]),
    [say('protocol'), every(({ protocol }) => protocol)],
    [say('codes'), every(({ facts }) => pairs(facts.codes))],
    [
      say('played'),
      [...new Set(documents.map(({ isSelf }) => say(isSelf ? 'self' : 'real')))].join(', '),
    ],
    [say('startedBy'), every(({ startedBy }) => startedBy)],
    [say('madeBy'), `${html(madeBy)}, ${madeAt}`],
    [say('time'), `${begun} → ${ends.at(-1) ?? '…'}`],
    [say('clock'), [...new Set(documents.map((run) => clockOf(run, words)))].join('<br>')],
    [
      say('versions'),
      every(({ facts }) => `raccord ${facts.versions.raccord}, Node ${facts.versions.node}`),
    ],
  ])
}

function clockOf({ facts }: RunDocument, { say }: EvidenceWords): string {
  const offset = facts.clockOffsetMilliseconds
  return offset === 0 ? say('clockTrue') : `${say('clockAhead')} ${offset / 1_000} s`
}

/** What keeps a verdict from being plain: what was not run or proved nothing, and what people said. */
function reservesOf({ runs, campaign }: EvidenceDocument, words: EvidenceWords): string[] {
  const { say, of, result } = words
  const notRun = (campaign?.result.items ?? [])
    .filter((item) => item.result === 'NOT_RUN')
    .map(({ scenario, note }) => `${html(scenario)}: ${result('NOT_RUN')} ${of(note)}`)
  return [
    ...notRun,
    ...runs.flatMap(({ run }) => {
      const name = of(run.scenario.title)
      const { note, override } = run
      return [
        ...(note === null ? [] : [`${name}: ${of(note)}`]),
        ...(override === null ? [] : [...(override.earlier ?? []), override]).map(
          ({ verdict, by, at, reason }) =>
            `${name}: ${result(verdict)}, ${say('override')} (${html(by)}, ${at}): ${html(reason)}; ${say('insteadOf')} ${result(run.state)}`,
        ),
      ]
    }),
  ]
}
