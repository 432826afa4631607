import { Command } from 'commander'
import type { AlertDocument } from '../alerts/alert-document.ts'
import type { ChannelTest, SilenceDocument } from '../alerts/alerts.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext, Language } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'

interface Options extends ApiOptions {
  readonly json?: boolean
}

interface SilenceOptions extends Options {
  readonly rule?: string
  readonly connection?: string
  readonly for: string
  readonly reason?: string
}

interface RuleDocument {
  readonly name: string
  readonly isOn: boolean
  readonly label: Readonly<Record<Language, string>>
  readonly meaning: Readonly<Record<Language, string>>
  readonly settings: Readonly<Record<string, number | readonly number[]>>
}

/** `raccord alerts`: what is wrong, who deals with it, what nobody wants to hear of. */
export function alertsCommand(context: CommandContext): Command {
  const { language } = context
  const alerts = new Command('alerts').description('See what is wrong, and say who deals with it.')

  withApiOptions(alerts.command('list').description('Open alerts; with --all, resolved ones too.'))
    .option('--all', 'resolved ones too')
    .option('--rule <rule>', 'of this rule only; raccord alerts rules has them')
    .option('--connection <id>', 'of this partner only (id or application code)')
    .option('--limit <count>', 'how many at most', '50')
    .option('--json', 'one JSON document')
    .action(async (options: Options & Readonly<Record<string, string | boolean | undefined>>) => {
      const client = await apiClient(options, context)
      const { alerts: found } = await client.json<{ readonly alerts: readonly AlertDocument[] }>({
        path: '/alerts',
        query: {
          state: options['all'] === true ? 'all' : undefined,
          rule: options['rule'] as string | undefined,
          connection: options['connection'] as string | undefined,
          limit: options['limit'] as string | undefined,
        },
      })
      if (options.json === true) return await writeJson({ alerts: found })
      if (found.length === 0) return tell(TEXT.none[language])
      await writeOut(`${formatTable(TEXT.heads[language], found.map(rowOf(language)))}\n`)
    })

  withApiOptions(alerts.command('show').description('One alert: cause, remedy, who deals with it.'))
    .argument('<id>', 'of the alert, or a unique start of it')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Options) => {
      const client = await apiClient(options, context)
      const alert = await client.json<AlertDocument>({ path: pathOf(id) })
      if (options.json === true) await writeJson(alert)
      else await writeOut(alertText(alert, language))
    })

  withApiOptions(alerts.command('ack').description('Say that you deal with an alert.'))
    .argument('<id>', 'of the alert, or a unique start of it')
    .option('--note <text>', 'what you do', '')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Options & { readonly note: string }) => {
      const client = await apiClient(options, context)
      const alert = await client.json<AlertDocument>({
        method: 'POST',
        path: `${pathOf(id)}/acknowledgement`,
        body: { note: options.note },
      })
      if (options.json === true) await writeJson(alert)
      else await writeOut(alertText(alert, language))
    })

  withApiOptions(
    alerts
      .command('silence')
      .description('Have nobody told for a while; without options, list what is silenced.'),
  )
    .option('--rule <rule>', 'of this rule only')
    .option('--connection <id>', 'of this partner only (id or application code)')
    .option('--for <time>', '30m, 8h, 7d…', '8h')
    .option('--reason <text>', 'why; with it the silence begins')
    .option('--json', 'one JSON document')
    .action(async (options: SilenceOptions) => {
      const client = await apiClient(options, context)
      const { rule, connection, reason } = options
      if (reason === undefined) {
        if (rule !== undefined || connection !== undefined) {
          throw new CommandFailure(EXIT.usage, TEXT.why[language], '--reason "…"')
        }
        const found = await client.json<{ readonly silences: readonly SilenceDocument[] }>({
          path: '/alert-silences',
        })
        if (options.json === true) return await writeJson(found)
        if (found.silences.length === 0) return tell(TEXT.noSilence[language])
        const rows = found.silences.map(silenceRow)
        return await writeOut(`${formatTable(TEXT.silenceHeads[language], rows)}\n`)
      }
      const silence = await client.json<SilenceDocument>({
        method: 'POST',
        path: '/alert-silences',
        body: {
          ...(rule === undefined ? {} : { rule }),
          ...(connection === undefined ? {} : { connection }),
          seconds: Math.ceil(parseDuration(options.for) / 1_000),
          reason,
        },
      })
      if (options.json === true) return await writeJson(silence)
      await writeOut(`${silence.id}\n`)
      tell(`${silence.until}   → raccord alerts unsilence ${silence.id}`)
    })

  withApiOptions(alerts.command('unsilence').description('End a silence before its time.'))
    .argument('<id>', 'of the silence')
    .action(async (id: string, options: Options) => {
      const client = await apiClient(options, context)
      await client.call({ method: 'DELETE', path: `/alert-silences/${encodeURIComponent(id)}` })
    })

  withApiOptions(alerts.command('rules').description('What is looked after, and its thresholds.'))
    .option('--json', 'one JSON document')
    .action(async (options: Options) => {
      const client = await apiClient(options, context)
      const found = await client.json<{ readonly rules: readonly RuleDocument[] }>({
        path: '/alert-rules',
      })
      if (options.json === true) return await writeJson(found)
      const rows = found.rules.map(ruleRow(language))
      await writeOut(`${formatTable(TEXT.ruleHeads[language], rows)}\n`)
    })

  withApiOptions(
    alerts.command('test').description('Send a test on every channel; exit 1 when one fails.'),
  )
    .option('--json', 'one JSON document')
    .action(async (options: Options) => {
      const client = await apiClient(options, context)
      const found = await client.json<{ readonly tests: readonly ChannelTest[] }>({
        method: 'POST',
        path: '/alert-tests',
      })
      const { tests } = found
      if (options.json === true) await writeJson(found)
      else if (tests.length === 0) tell(TEXT.noChannel[language])
      else await writeOut(`${formatTable(TEXT.testHeads[language], tests.map(testRow))}\n`)
      const bad = tests.filter(({ state }) => state !== 'sent')
      if (bad.length === 0) return
      throw new CommandFailure(EXIT.expectedFailure, bad.map(({ target }) => target).join(', '))
    })
  return alerts
}

const pathOf = (id: string): string => `/alerts/${encodeURIComponent(id)}`

const TEXT = {
  none: { en: 'No alert is open.', fr: 'Aucune alerte n’est ouverte.' },
  noSilence: { en: 'Nothing is silenced.', fr: 'Rien n’est mis en sourdine.' },
  noChannel: {
    en: 'No channel is set: alerts.email (with mail.server), alerts.webhooks. They are in the log all the same.',
    fr: 'Aucun canal n’est réglé : alerts.email (avec mail.server), alerts.webhooks. Elles sont dans le journal tout de même.',
  },
  why: { en: 'Why is it silenced?', fr: 'Pourquoi cette sourdine ?' },
  heads: {
    en: ['id', 'severity', 'rule', 'what', 'since', 'state'],
    fr: ['id', 'gravité', 'règle', 'quoi', 'depuis', 'état'],
  },
  silenceHeads: {
    en: ['id', 'rule', 'connection', 'until', 'by', 'reason'],
    fr: ['id', 'règle', 'raccordement', 'jusqu’à', 'par', 'raison'],
  },
  ruleHeads: {
    en: ['rule', 'on', 'thresholds', 'what it looks at'],
    fr: ['règle', 'active', 'seuils', 'ce qu’elle regarde'],
  },
  testHeads: {
    en: ['channel', 'to', 'state', 'failure'],
    fr: ['canal', 'vers', 'état', 'échec'],
  },
} as const satisfies Readonly<
  Record<string, Readonly<Record<Language, string | readonly string[]>>>
>

const rowOf = (language: Language) => (alert: AlertDocument) => [
  alert.id,
  alert.severity,
  alert.rule,
  alert.title[language],
  shortTime(alert.openedAt),
  stateOf(alert, language),
]

function stateOf({ resolvedAt, acknowledged, isSilenced }: AlertDocument, language: Language) {
  if (resolvedAt !== null)
    return `${{ en: 'over', fr: 'terminée' }[language]} ${shortTime(resolvedAt)}`
  if (acknowledged !== null) return acknowledged.by
  if (isSilenced) return { en: 'silenced', fr: 'en sourdine' }[language]
  return { en: 'open', fr: 'ouverte' }[language]
}

function alertText(alert: AlertDocument, language: Language): string {
  const names = {
    en: ['cause', 'remedy', 'rule', 'since', 'state', 'note'],
    fr: ['cause', 'remède', 'règle', 'depuis', 'état', 'note'],
  }[language]
  const values = [
    alert.cause[language],
    alert.remedy[language],
    `${alert.rule} (${alert.ruleLabel[language]}), ${alert.severity}`,
    shortTime(alert.openedAt),
    stateOf(alert, language),
    alert.acknowledged?.note ?? '',
  ]
  const lines = values.flatMap((value, index) =>
    value === '' ? [] : [`${(names[index] ?? '').padEnd(8)} ${value}`],
  )
  return `${alert.title[language]}\n${lines.join('\n')}\n`
}

const silenceRow = (one: SilenceDocument) => [
  one.id,
  one.rule ?? '*',
  one.connectionId ?? '*',
  shortTime(one.until),
  one.createdBy,
  one.reason,
]

const ruleRow = (language: Language) => (rule: RuleDocument) => [
  rule.name,
  rule.isOn ? '✓' : '',
  Object.entries(rule.settings)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join('/') : String(value)}`)
    .join(' '),
  rule.meaning[language],
]

const testRow = ({ channel, target, state, failure }: ChannelTest) => [
  channel,
  target,
  state,
  failure ?? '',
]

const shortTime = (iso: string): string => iso.slice(0, 19).replace('T', ' ')
