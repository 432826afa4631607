import { Command, Option } from 'commander'
import type { RefusalDocument } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { CommandContext, Language } from './command-context.ts'
import { momentText } from './moment.ts'
import { copyToOutput, formatTable, tell, writeJson, writeOut } from './terminal.ts'

/** `raccord refusals`: what was refused at the door, why, and what to do about it. */
export function refusalsCommand(context: CommandContext): Command {
  return withApiOptions(
    new Command('refusals').description(
      'List what was refused at the door: no flow exists, the reason is here. Newest first.',
    ),
  )
    .option('--connection <id>', 'connection id')
    .option('--since <time>', 'in the last 1h, 2d…, or from a time (ISO 8601)')
    .addOption(new Option('--by <what>', 'counted instead of listed').choices(['reason']))
    .option('--limit <count>', 'how many at most', '20')
    .option('--csv', 'a table for spreadsheets')
    .option('--json', 'one JSON document')
    .action(
      async (
        options: ApiOptions & {
          readonly connection?: string
          readonly since?: string
          readonly by?: 'reason'
          readonly csv?: boolean
          readonly limit: string
          readonly json?: boolean
        },
      ) => {
        const client = await apiClient(options, context)
        const since = momentText(options.since)
        const { limit, connection, by } = options
        if (by !== undefined && connection !== undefined) {
          throw new CommandFailure(EXIT.usage, '--by reason counts those of every connection.')
        }
        const path = by === undefined ? '/refusals' : '/refusals/summary'
        const query = { limit, since, connection }
        if (options.csv === true) {
          const shape = { format: 'csv', lang: context.language }
          return copyToOutput(await client.call({ path, query: { ...query, ...shape } }))
        }
        if (by !== undefined) {
          const summary = await client.json<Summary>({ path, query })
          if (options.json === true) return writeJson(summary)
          return writeOut(`${summaryText(summary, context.language)}\n`)
        }
        const { refusals } = await client.json<{ readonly refusals: readonly RefusalDocument[] }>({
          path,
          query,
        })
        if (options.json === true) await writeJson({ refusals })
        else if (refusals.length === 0) tell('Nothing was refused at the door.')
        else {
          const texts = refusals.map((refusal) => refusalText(refusal, context.language))
          await writeOut(`${texts.join('\n')}\n`)
        }
      },
    )
}

/** What was refused, the operator's reason, what came and what was wanted, and the remedy. */
export function refusalText(refusal: RefusalDocument, language: Language): string {
  const details = [
    refusal.reason,
    ...(refusal.offered === null ? [] : [`offered: ${refusal.offered}`]),
    ...(refusal.wanted === null ? [] : [`wanted: ${refusal.wanted}`]),
    ...nearestText(refusal.nearest, language),
  ]
  return [
    `${refusal.at.slice(0, 19).replace('T', ' ')}Z  ${refusal.code}  ${refusal.protocol}  ${refusal.peer}`,
    `  ${refusal.message[language]}`,
    ...details.map((detail) => `    ${detail}`),
    `  → ${refusal.remedy[language]}`,
  ].join('\n')
}

interface Summary {
  readonly items: readonly (Pick<
    RefusalDocument,
    'code' | 'protocol' | 'reason' | 'nearest' | 'remedy'
  > & { readonly refusals: number; readonly peers: number; readonly lastAt: string })[]
}

function summaryText({ items }: Summary, language: Language): string {
  return formatTable(
    language === 'fr'
      ? ['refus', 'adresses', 'protocole', 'code', 'dernier', 'motif', 'le plus proche']
      : ['refusals', 'addresses', 'protocol', 'code', 'last', 'reason', 'nearest'],
    items.map(({ refusals, peers, protocol, code, lastAt, reason, nearest }) => [
      String(refusals),
      String(peers),
      protocol,
      code,
      `${lastAt.slice(0, 16).replace('T', ' ')}Z`,
      reason,
      nearestText(nearest, language).join(''),
    ]),
  )
}

function nearestText(nearest: RefusalDocument['nearest'], language: Language): string[] {
  if (nearest === null) return []
  const { connectionId = '?', differs = '' } = nearest
  return [
    language === 'fr'
      ? `au plus près : ${connectionId}, diffère : ${differs}`
      : `nearest: ${connectionId}, differs: ${differs}`,
  ]
}
