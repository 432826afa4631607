import type {
  CampaignComparison,
  CampaignItem,
  CampaignResult,
  CoverageRow,
  ItemResult,
} from '../qualification/campaign.ts'
import type { Language } from './command-context.ts'
import { formatTable } from './terminal.ts'

type Word = Readonly<Record<Language, string>>

const RESULTS: Readonly<Record<ItemResult | 'RUNNING', Word>> = {
  PASSED: { en: '✓ passed', fr: '✓ réussi' },
  FAILED: { en: '✗ failed', fr: '✗ échoué' },
  NOT_CONCLUSIVE: { en: '? not conclusive', fr: '? non concluant' },
  NOT_RUN: { en: '– not run', fr: '– non déroulé' },
  RUNNING: { en: '… under way', fr: '… en cours' },
}
const CHANGES: Readonly<Record<CampaignComparison['items'][number]['change'], Word>> = {
  worse: { en: 'worse', fr: 'moins bien' },
  better: { en: 'better', fr: 'mieux' },
  same: { en: 'same', fr: 'identique' },
  new: { en: 'new', fr: 'nouveau' },
  gone: { en: 'gone', fr: 'disparu' },
}

const wordOf = (result: ItemResult | null, language: Language): string =>
  result === null ? '·' : RESULTS[result][language]

/** `nominal  ✓ passed  run_…`, with why where it did not. */
export function itemLine(
  { scenario, result, run, note }: CampaignItem,
  language: Language,
): string {
  const line = `${scenario.padEnd(20)} ${wordOf(result, language).padEnd(18)} ${run ?? ''}`
  return note === null ? line.trimEnd() : `${line.trimEnd()}\n    ${note[language]}`
}

/** Each scenario, then what all come to. */
export function campaignLines(result: CampaignResult, language: Language): readonly string[] {
  const { id, campaign, items, state, applicationCode } = result
  const passed = items.filter((item) => item.result === 'PASSED').length
  const of = { en: 'of', fr: 'sur' }[language]
  return [
    ...items.map((item) => itemLine(item, language)),
    `${campaign.id} ${campaign.version} ${applicationCode} ${RESULTS[state][language]}  ${passed} ${of} ${items.length}  ${id}`,
  ]
}

export function resultsText(results: readonly CampaignResult[], language: Language): string {
  const heads = {
    en: ['result', 'campaign', 'connection', 'began', 'passed', 'result'],
    fr: ['résultat', 'campagne', 'raccordement', 'début', 'réussis', 'résultat'],
  }
  return formatTable(
    heads[language],
    results.map(({ id, campaign, applicationCode, startedAt, items, state }) => [
      id,
      `${campaign.id} ${campaign.version}`,
      applicationCode,
      startedAt,
      `${items.filter((item) => item.result === 'PASSED').length}/${items.length}`,
      RESULTS[state][language],
    ]),
  )
}

export function comparisonText({ before, now, items }: CampaignComparison, language: Language) {
  const heads = {
    en: ['scenario', 'before', 'now', 'change'],
    fr: ['scénario', 'avant', 'maintenant', 'évolution'],
  }
  const changed = items.filter(({ change }) => change !== 'same')
  const none = { en: 'No result changed.', fr: 'Aucun résultat n’a changé.' }
  const rows = changed.map((item) => [
    item.scenario,
    wordOf(item.before, language),
    wordOf(item.now, language),
    CHANGES[item.change][language],
  ])
  return [
    `${before.id} (${before.version}) → ${now.id} (${now.version})`,
    changed.length === 0 ? none[language] : formatTable(heads[language], rows),
  ].join('\n')
}

export function coverageText(rows: readonly CoverageRow[], language: Language): string {
  const heads = {
    en: ['code', 'mode', 'protocol', '', 'flows', 'proved by'],
    fr: ['code', 'mode', 'protocole', '', 'flux', 'prouvé par'],
  }
  const directions = {
    sent: { en: 'sent', fr: 'envoyé' },
    received: { en: 'received', fr: 'reçu' },
  }
  const not = { en: '– not proved', fr: '– non prouvé' }[language]
  return formatTable(
    heads[language],
    rows.map(({ interfaceCode, mode, protocol, direction, flows, scenarios }) => [
      interfaceCode,
      mode,
      protocol,
      directions[direction][language],
      String(flows),
      scenarios.length === 0 ? not : scenarios.join(' '),
    ]),
  )
}
