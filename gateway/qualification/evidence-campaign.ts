import type { CampaignEvidence } from './evidence.ts'
import { tableOf, type EvidenceWords } from './evidence-words.ts'
import { html } from './html-text.ts'

/** What a campaign adds: each scenario's result, what changed since the last, what is covered. */
export function campaignSections(
  { result, comparison, coverage }: CampaignEvidence,
  words: EvidenceWords,
): string {
  const { say, of, heads } = words
  const changed = (comparison?.items ?? []).filter(({ change }) => change !== 'same')
  return `<section><h2>${say('campaign')}</h2>
${tableOf(
  heads('scenario', 'result', 'got'),
  result.items.map((item) => [html(item.scenario), words.result(item.result), of(item.note)]),
)}
${
  comparison === null
    ? ''
    : `<h3>${say('comparison')}</h3><p>${html(`${comparison.before.id} (${comparison.before.version}, ${comparison.before.at})`)}</p>
${
  changed.length === 0
    ? `<p>${say('noChange')}</p>`
    : tableOf(
        heads('scenario', 'before', 'now', 'result'),
        changed.map(({ scenario, before, now, change }) => [
          html(scenario),
          words.result(before),
          words.result(now),
          say(change),
        ]),
      )
}`
}
<h3>${say('coverage')}</h3>
${tableOf(
  `${heads('code', 'mode', 'protocol')}<th scope="col"></th>${heads('messages', 'provedBy')}`,
  coverage.map(({ interfaceCode, mode, protocol, direction, flows, scenarios }) => [
    html(interfaceCode),
    html(mode),
    protocol,
    say(direction),
    String(flows),
    scenarios.length === 0
      ? `<span class="NOT_RUN">${say('notProved')}</span>`
      : html(scenarios.join(', ')),
  ]),
)}</section>`
}
