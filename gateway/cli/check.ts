import { Command } from 'commander'
import type { VitalsDocument } from '../api/partners.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import {
  CHECK_FIGURES,
  checkFigures,
  performanceData,
  type CheckedFigure,
  type CheckVerdict,
} from './check-figures.ts'
import type { CommandContext, Language } from './command-context.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit-codes.ts'
import { formatTable, writeJson, writeOut } from './terminal.ts'

type Options = ApiOptions & Readonly<Record<string, unknown>>

/** Exit codes of Nagios plugins, which those of `raccord check --nagios` are. */
const NAGIOS_EXIT = {
  OK: 0,
  WARNING: 1,
  CRITICAL: 2,
  UNKNOWN: 3,
} as const satisfies Record<CheckVerdict, ExitCode>

interface Outcome {
  readonly verdict: CheckVerdict
  /** What is wrong, in few words; empty when all is well. */
  readonly faults: readonly string[]
  readonly figures: readonly CheckedFigure[]
}

/** `raccord check`: the figures a supervision asks for, each against its thresholds. */
export function checkCommand(context: CommandContext): Command {
  const command = withApiOptions(
    new Command('check').description(
      'Hold the figures of a running gateway against thresholds; --nagios for a supervision (exit 0, 1, 2, 3).',
    ),
  )
    .option(
      '--nagios',
      'one line with performance data; exit 0 ok, 1 warning, 2 critical, 3 unknown',
    )
    .option('--json', 'one JSON document')
  for (const { name, warning, critical, meaning } of CHECK_FIGURES) {
    command.option(`--${name} <warning,critical>`, meaning.en, `${warning},${critical}`)
  }
  return command.action(async (options: Options) => {
    const { language } = context
    const isNagios = options['nagios'] === true
    const outcome = await outcomeOf(options, context, isNagios)
    const { verdict, figures } = outcome
    if (options['json'] === true) await writeJson(outcome)
    else await writeOut(isNagios ? nagiosText(outcome) : `${tableText(figures, language)}\n`)
    const exitCode = isNagios
      ? NAGIOS_EXIT[verdict]
      : verdict === 'OK'
        ? EXIT.done
        : EXIT.expectedFailure
    if (exitCode !== EXIT.done) throw new CommandFailure(exitCode, outcome.faults.join('; '))
  })
}

async function outcomeOf(
  options: Options,
  context: CommandContext,
  isNagios: boolean,
): Promise<Outcome> {
  try {
    const figures = CHECK_FIGURES.map((figure) => ({
      ...figure,
      ...thresholdsOf(figure.name, options),
    }))
    const client = await apiClient(options, context)
    const [vitals, unready] = await Promise.all([
      client.json<VitalsDocument>({ path: '/vitals' }),
      notReady(client),
    ])
    const checked = checkFigures(figures, vitals)
    const isAny = (wanted: CheckVerdict): boolean =>
      checked.some(({ verdict }) => verdict === wanted)
    const { isReady, names } = unready
    const verdict =
      !isReady || isAny('CRITICAL')
        ? 'CRITICAL'
        : names.length > 0 || isAny('WARNING')
          ? 'WARNING'
          : 'OK'
    const bad = checked
      .filter((figure) => figure.verdict !== 'OK')
      .map(({ name, value, unit }) => {
        const rules = name === 'alerts' ? ` (${vitals.alerts.rules.join(', ')})` : ''
        return `${name} ${value}${unit}${rules}`
      })
    return { verdict, faults: [...names, ...bad], figures: checked }
  } catch (error) {
    // A supervision reads "critical" in the exit code of a wrong option, and acts on it.
    if (!isNagios || !(error instanceof CommandFailure)) throw error
    const isDown = error.exitCode === EXIT.unreachable || error.exitCode === EXIT.timedOut
    const verdict = isDown ? 'CRITICAL' : 'UNKNOWN'
    return { verdict, faults: [error.message.split('\n')[0] ?? ''], figures: [] }
  }
}

/** What the gateway stands on and is not well: disk, journal, queue, payloads. */
async function notReady(client: ApiClient) {
  const { isReady, checks } = await client.ready()
  const names = checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`)
  return { isReady, names }
}

/** @throws CommandFailure usage */
function thresholdsOf(name: string, options: Options) {
  const given = options[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())]
  const match = /^(\d{1,9}),(\d{1,9})$/.exec(String(given))
  if (match === null) {
    throw new CommandFailure(
      EXIT.usage,
      `--${name} takes two whole numbers: warning,critical.`,
      'raccord check --help shows the defaults.',
    )
  }
  return { warning: Number(match[1]), critical: Number(match[2]) }
}

function nagiosText({ verdict, faults, figures }: Outcome): string {
  // Nothing of what is said may look like the start of the performance data.
  const said = (faults.length === 0 ? 'all is well' : faults.join('; ')).replaceAll('|', '/')
  const data = performanceData(figures)
  return `RACCORD ${verdict} - ${said}${data === '' ? '' : ` | ${data}`}\n`
}

function tableText(figures: readonly CheckedFigure[], language: Language): string {
  const mark = { OK: '✓', WARNING: '!', CRITICAL: '✗', UNKNOWN: '?' } as const
  return formatTable(
    language === 'fr'
      ? ['', 'mesure', 'valeur', 'alerte', 'critique', 'ce que c’est']
      : ['', 'figure', 'value', 'warning', 'critical', 'what it is'],
    figures.map(({ name, value, unit, warning, critical, verdict, meaning }) => [
      mark[verdict],
      name,
      `${value}${unit}`,
      String(warning),
      String(critical),
      meaning[language],
    ]),
  )
}
