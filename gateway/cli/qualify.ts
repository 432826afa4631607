import { Command } from 'commander'
import type { RunDocument, ScenarioDocument } from '../qualification/qualification.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext, Language } from './command-context.ts'
import { qualifyCampaignCommand } from './qualify-campaign.ts'
import { qualifyCheckCommand } from './qualify-check.ts'
import { qualifyConfirmCommand } from './qualify-confirm.ts'
import { qualifyEvidenceCommand, qualifyWatchCommand } from './qualify-evidence.ts'
import { qualifyRunCommand } from './qualify-run.ts'
import { resultLines, runText, scenarioText } from './qualify-text.ts'
import { qualifyVerifyCommand } from './qualify-verify.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'

interface Options extends ApiOptions {
  readonly json?: boolean
}

const HEADS: Readonly<Record<Language, readonly string[]>> = {
  en: ['scenario', 'protocols', 'what', 'last result'],
  fr: ['scénario', 'protocoles', 'objet', 'dernier résultat'],
}

/** `raccord qualify list | show | run | check | campaign | confirm | cancel | override | evidence | verify …`. */
export function qualifyCommand(context: CommandContext): Command {
  const { language } = context
  const qualify = new Command('qualify').description(
    'Prove a connection by scenarios, and keep the evidence (qualification only).',
  )

  withApiOptions(
    qualify.command('list').description('The scenarios; with --connection, those that fit it.'),
  )
    .option('--connection <id>', 'those of its protocol, each with its last result')
    .option('--json', 'one JSON document')
    .action(async (options: Options & { readonly connection?: string }) => {
      const client = await apiClient(options, context)
      const { items } = await client.json<{ readonly items: readonly ScenarioDocument[] }>({
        path: '/scenarios',
      })
      const { connection } = options
      const runs =
        connection === undefined
          ? []
          : (
              await client.json<{ readonly items: readonly RunDocument[] }>({
                path: '/runs',
                query: { connection, limit: '500' },
              })
            ).items
      const protocol =
        connection === undefined
          ? undefined
          : (
              await client.json<{ readonly protocol: string }>({
                path: `/connections/${encodeURIComponent(connection)}`,
              })
            ).protocol
      const fitting = items.filter(
        ({ protocols }) => protocol === undefined || protocols.some((one) => one === protocol),
      )
      if (options.json === true) return await writeJson({ scenarios: fitting, runs })
      const rows = fitting.map(({ id, protocols, title }) => {
        const last = runs.find(({ scenario }) => scenario.id === id)
        return [id, protocols.join(' '), title[language], last?.state.toLowerCase() ?? '']
      })
      await writeOut(`${formatTable(HEADS[language], rows)}\n`)
      tell(
        `→ raccord qualify run nominal batch-partial batch-complete --connection ${connection ?? 'ID'} --self`,
      )
    })

  withApiOptions(qualify.command('show').description('A scenario, or a run with every step.'))
    .argument('<id>', 'of a scenario or a run')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Options) => {
      const client = await apiClient(options, context)
      const path = encodeURIComponent(id)
      if (id.startsWith('run_')) {
        const run = await client.json<RunDocument>({ path: `/runs/${path}` })
        return options.json === true
          ? await writeJson(run)
          : await writeOut(`${runText(run, language)}\n`)
      }
      const scenario = await client.json<ScenarioDocument>({ path: `/scenarios/${path}` })
      if (options.json === true) await writeJson(scenario)
      else await writeOut(`${scenarioText(scenario, language)}\n`)
    })

  qualify.addCommand(qualifyRunCommand(context).exitOverride())
  qualify.addCommand(qualifyCheckCommand(context).exitOverride())

  qualify.addCommand(qualifyCampaignCommand(context).exitOverride())
  qualify.addCommand(qualifyConfirmCommand(context).exitOverride())

  withApiOptions(
    qualify.command('give-up').description('What a run waits for will not come: the step is over.'),
  )
    .argument('<run>', 'id of the run')
    .action(async (id: string, options: Options) => {
      await change(id, 'give-up', undefined, options)
    })

  withApiOptions(qualify.command('cancel').description('End a run: not conclusive.'))
    .argument('<run>', 'id of the run')
    .option('--reason <text>', 'kept with the run')
    .action(async (id: string, options: Options & { readonly reason?: string }) => {
      await change(
        id,
        'cancel',
        options.reason === undefined ? {} : { reason: options.reason },
        options,
      )
    })

  withApiOptions(qualify.command('override').description('Set another verdict beside the result.'))
    .argument('<run>', 'id of the run')
    .argument('<verdict>', 'passed, failed or not-conclusive')
    .requiredOption('--reason <text>', 'why; both results are shown')
    .action(async (id: string, verdict: string, options: Options & { readonly reason: string }) => {
      const body = { verdict: verdict.toUpperCase().replace('-', '_'), reason: options.reason }
      await change(id, 'override', body, options)
    })

  qualify.addCommand(qualifyEvidenceCommand(context).exitOverride())
  qualify.addCommand(qualifyWatchCommand(context).exitOverride())
  qualify.addCommand(qualifyVerifyCommand(context).exitOverride())

  async function change(id: string, move: string, body: unknown, options: Options): Promise<void> {
    const client = await apiClient(options, context)
    const path = `/runs/${encodeURIComponent(id)}/${move}`
    const run = await client.json<RunDocument>({ method: 'POST', path, body })
    await writeOut(`${resultLines(run, language).join('\n')}\n`)
  }
  return qualify
}
