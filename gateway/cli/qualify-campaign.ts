import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { parse } from 'yaml'
import { startFolder } from '../../config/start-folder.ts'
import type {
  CampaignComparison,
  CampaignDocument,
  CampaignResult,
  CoverageRow,
} from '../qualification/campaign.ts'
import type { RunDocument } from '../qualification/qualification.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import {
  campaignLines,
  comparisonText,
  coverageText,
  itemLine,
  resultsText,
} from './campaign-text.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { formatOf, keepEvidence } from './qualify-evidence.ts'
import { followRun, openPlayer, patienceOf, type PlayerOptions } from './qualify-run.ts'
import type { SelfPartner } from './self-partner/self-partner.ts'
import { formatTable, writeJson, writeOut } from './terminal.ts'

interface JsonOptions extends ApiOptions {
  readonly json?: boolean
}

interface RunOptions extends PlayerOptions {
  readonly evidence?: readonly string[]
  readonly json?: boolean
}

const LOOK_MILLISECONDS = 300

/** `raccord qualify campaign list | show | run | result | compare | coverage | cancel`. */
export function qualifyCampaignCommand(context: CommandContext): Command {
  const { language } = context
  const campaign = new Command('campaign').description(
    'Named sets of scenarios, run as a whole, their results frozen and compared.',
  )

  withApiOptions(campaign.command('list').description('The campaigns that come with the gateway.'))
    .option('--json', 'one JSON document')
    .action(async (options: JsonOptions) => {
      const client = await apiClient(options, context)
      const { items } = await client.json<{ readonly items: readonly CampaignDocument[] }>({
        path: '/campaigns',
      })
      if (options.json === true) return await writeJson({ campaigns: items })
      const heads = {
        en: ['campaign', 'version', 'protocols', 'scenarios', 'what'],
        fr: ['campagne', 'version', 'protocoles', 'scénarios', 'objet'],
      }
      const rows = items.map(({ id, version, protocols, scenarios, title }) => [
        id,
        version,
        protocols.join(' '),
        String(scenarios.length),
        title[language],
      ])
      await writeOut(`${formatTable(heads[language], rows)}\n`)
    })

  withApiOptions(
    campaign
      .command('show')
      .description('A campaign with its scenarios, as JSON: a start for one’s own.'),
  )
    .argument('<campaign>', 'id')
    .action(async (id: string, options: ApiOptions) => {
      const client = await apiClient(options, context)
      await writeJson(await client.json({ path: `/campaigns/${encodeURIComponent(id)}` }))
    })

  withApiOptions(campaign.command('run').description('Run a campaign on a connection, to its end.'))
    .argument('<campaign>', 'id of one that is shipped, or a YAML or JSON file of one’s own')
    .requiredOption('--connection <id>', 'id or application code')
    .option('--self', 'our own partner side plays the partner, by the keys of its folder')
    .option('--partner <folder>', 'with --self: its folder; default: the one known here')
    .option('--patience <duration>', 'no step waits longer')
    .option('--evidence <file...>', 'what proves it: .html, .json, .xml (JUnit), .svg or .zip')
    .option('--json', 'one JSON document')
    .action(async (name: string, options: RunOptions) => {
      for (const file of options.evidence ?? []) formatOf(file)
      const chosen = await chosenCampaign(name, context)
      const client = await apiClient(options, context)
      const player = options.self === true ? await openPlayer(client, options, context) : undefined
      let result: CampaignResult
      try {
        result = await client.json<CampaignResult>({
          path: `/connections/${encodeURIComponent(options.connection)}/campaigns`,
          body: { ...chosen, isSelf: player !== undefined, ...patienceOf(options) },
        })
        result = await follow(client, result, options, { player, context })
      } finally {
        await player?.close()
      }
      for (const file of options.evidence ?? []) {
        await keepEvidence(client, [result.id], file, context)
      }
      if (options.json === true) await writeJson(result)
      else await writeOut(`${campaignLines(result, language).at(-1)}\n`)
      if (result.state === 'PASSED') return
      throw new CommandFailure(
        EXIT.expectedFailure,
        'Not every scenario passed.',
        `What came of each: raccord qualify campaign result ${result.id}`,
      )
    })

  withApiOptions(campaign.command('result').description('A result; without an id, the last ones.'))
    .argument('[result]', 'id (cpr_…)')
    .option('--connection <id>', 'of that connection alone')
    .option('--json', 'one JSON document')
    .action(
      async (id: string | undefined, options: JsonOptions & { readonly connection?: string }) => {
        const client = await apiClient(options, context)
        if (id === undefined) {
          const query = { connection: options.connection, limit: '20' }
          const page = await client.json<{ readonly items: readonly CampaignResult[] }>({
            path: '/campaign-results',
            query,
          })
          if (options.json === true) return await writeJson(page)
          return await writeOut(`${resultsText(page.items, language)}\n`)
        }
        const result = await client.json<CampaignResult>({ path: resultPath(id) })
        if (options.json === true) return await writeJson(result)
        await writeOut(`${campaignLines(result, language).join('\n')}\n`)
      },
    )

  withApiOptions(
    campaign.command('compare').description('What got worse or better since the last time.'),
  )
    .argument('<result>', 'id (cpr_…)')
    .option('--with <result>', 'another than the last of the same campaign before it')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: JsonOptions & { readonly with?: string }) => {
      const client = await apiClient(options, context)
      const comparison = await client.json<CampaignComparison>({
        path: `${resultPath(id)}/comparison`,
        query: { with: options.with },
      })
      if (options.json === true) await writeJson(comparison)
      else await writeOut(`${comparisonText(comparison, language)}\n`)
      if (comparison.items.every(({ change }) => change !== 'worse')) return
      throw new CommandFailure(EXIT.expectedFailure, 'Something got worse.')
    })

  withApiOptions(
    campaign
      .command('coverage')
      .description('What is proved of a connection by code, mode and protocol, and what is not.'),
  )
    .requiredOption('--connection <id>', 'id or application code')
    .option('--json', 'one JSON document')
    .action(async (options: JsonOptions & { readonly connection: string }) => {
      const client = await apiClient(options, context)
      const coverage = await client.json<{ readonly items: readonly CoverageRow[] }>({
        path: `/connections/${encodeURIComponent(options.connection)}/coverage`,
      })
      if (options.json === true) return await writeJson(coverage)
      await writeOut(`${coverageText(coverage.items, language)}\n`)
    })

  withApiOptions(
    campaign.command('cancel').description('End a campaign: what has not begun is not run.'),
  )
    .argument('<result>', 'id (cpr_…)')
    .action(async (id: string, options: ApiOptions) => {
      const client = await apiClient(options, context)
      const path = `${resultPath(id)}/cancel`
      const result = await client.json<CampaignResult>({ method: 'POST', path })
      await writeOut(`${campaignLines(result, language).join('\n')}\n`)
    })
  return campaign
}

const resultPath = (id: string): string => `/campaign-results/${encodeURIComponent(id)}`

/** A name that ends in .yaml, .yml or .json is a file. @throws CommandFailure usage */
async function chosenCampaign(
  name: string,
  { environment }: CommandContext,
): Promise<{ readonly campaign: string } | { readonly document: unknown }> {
  if (!/\.(ya?ml|json)$/.test(name)) return { campaign: name }
  const file = resolve(startFolder(environment), name)
  try {
    return { document: parse(await readFile(file, 'utf8')) as unknown }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : ''
    throw new CommandFailure(EXIT.usage, `${file} cannot be read as a campaign: ${why}`)
  }
}

/** Plays or follows each run as it begins, until the campaign has ended. */
async function follow(
  client: ApiClient,
  first: CampaignResult,
  options: RunOptions,
  around: { readonly player: SelfPartner | undefined; readonly context: CommandContext },
): Promise<CampaignResult> {
  const { player, context } = around
  const met = new Set<string>()
  let said = 0
  let result = first
  for (;;) {
    for (const item of result.items.slice(said)) {
      if (item.result === null) break
      said += 1
      if (options.json !== true) await writeOut(`${itemLine(item, context.language)}\n`)
    }
    if (result.state !== 'RUNNING') return result
    const item = result.items.find(({ run, result: end }) => run !== null && end === null)
    if (item?.run !== undefined && item.run !== null && !met.has(item.run)) {
      met.add(item.run)
      const run = await client.json<RunDocument>({ path: `/runs/${item.run}` })
      if (player !== undefined) await player.play(run)
      else await followRun(client, run, options, context)
    } else await sleep(LOOK_MILLISECONDS)
    result = await client.json<CampaignResult>({ path: resultPath(first.id) })
  }
}
