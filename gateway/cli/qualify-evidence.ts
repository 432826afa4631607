import { createWriteStream } from 'node:fs'
import { extname, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { startFolder } from '../../config/start-folder.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { copyToOutput, tell, writeOut } from './terminal.ts'

const FORMATS = ['html', 'json', 'junit', 'badge', 'zip'] as const
type Format = (typeof FORMATS)[number]

const ENDINGS: Readonly<Record<string, Format>> = {
  '.html': 'html',
  '.htm': 'html',
  '.json': 'json',
  '.xml': 'junit',
  '.svg': 'badge',
  '.zip': 'zip',
}

interface EvidenceOptions extends ApiOptions {
  readonly format?: Format
  readonly output?: string
}

/** `raccord qualify evidence`: what proves runs, or a campaign, written out. */
export function qualifyEvidenceCommand(context: CommandContext): Command {
  return withApiOptions(new Command('evidence'))
    .description('The evidence of runs as one record, or of a campaign: to a file, or written out.')
    .argument('<ids...>', 'of runs (run_…), or one result of a campaign (cpr_…)')
    .option('--format <format>', `${FORMATS.join(', ')}; else by the name of the file, or html`)
    .option('-o, --output <file>', 'a file: .html, .json, .xml (JUnit), .svg (badge) or .zip')
    .action(async (ids: readonly string[], { format, output, ...options }: EvidenceOptions) => {
      if (format !== undefined && !FORMATS.includes(format)) {
        throw new CommandFailure(EXIT.usage, `--format is one of ${FORMATS.join(', ')}.`)
      }
      const client = await apiClient(options, context)
      if (output !== undefined) return await keepEvidence(client, ids, output, context, format)
      await copyToOutput(await askEvidence(client, ids, format ?? 'html', context))
    })
}

/** `raccord qualify watch`: a link to the page of a run as it goes on. */
export function qualifyWatchCommand(context: CommandContext): Command {
  return withApiOptions(new Command('watch'))
    .description('A link for the browser: the evidence page of a run, which follows it.')
    .argument('<run>', 'id of the run')
    .action(async (id: string, options: ApiOptions) => {
      const client = await apiClient(options, context)
      await writeOut(`${await watchUrl(client, id, context)}\n`)
    })
}

/** Whoever has it sees this run for some hours. */
export async function watchUrl(
  client: ApiClient,
  run: string,
  { language }: Pick<CommandContext, 'language'>,
): Promise<string> {
  const path = `/runs/${encodeURIComponent(run)}/live`
  const { url } = await client.json<{ readonly url: string }>({ method: 'POST', path })
  return `${url}?lang=${language}`
}

/**
 * Writes the evidence of runs, or of a campaign, to a file, in the format of its name.
 * @throws CommandFailure usage for a name that says none
 */
export async function keepEvidence(
  client: ApiClient,
  ids: readonly string[],
  name: string,
  context: CommandContext,
  format: Format = formatOf(name),
): Promise<void> {
  const file = resolve(startFolder(context.environment), name)
  const response = await askEvidence(client, ids, format, context)
  if (response.body === null) return
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream(file))
  tell(`  ${file}`)
}

/** @throws CommandFailure usage */
export function formatOf(name: string): Format {
  const ending = extname(name).toLowerCase()
  const format = ending === '' ? 'html' : ENDINGS[ending]
  if (format !== undefined) return format
  throw new CommandFailure(
    EXIT.usage,
    `${name} says no kind of evidence.`,
    `Name it ${Object.keys(ENDINGS).join(', ')}.`,
  )
}

async function askEvidence(
  client: ApiClient,
  ids: readonly string[],
  format: Format,
  { language }: Pick<CommandContext, 'language'>,
): Promise<Response> {
  const [first = ''] = ids
  const query = { format, lang: language }
  if (ids.length > 1) {
    return client.call({ path: '/evidence', query: { ...query, runs: ids.join(',') } })
  }
  const of = first.startsWith('cpr_') ? 'campaign-results' : 'runs'
  return client.call({ path: `/${of}/${encodeURIComponent(first)}/evidence`, query })
}
