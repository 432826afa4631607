import { Command } from 'commander'
import type { RefusalDocument } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext, Language } from './command-context.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

/** `raccord refusals`: what was refused at the door, why, and what to do about it. */
export function refusalsCommand(context: CommandContext): Command {
  return withApiOptions(
    new Command('refusals').description(
      'List what was refused at the door: no flow exists, the reason is here. Newest first.',
    ),
  )
    .option('--connection <id>', 'connection id')
    .option('--limit <count>', 'how many at most', '20')
    .option('--json', 'one JSON document')
    .action(
      async (
        options: ApiOptions & {
          readonly connection?: string
          readonly limit: string
          readonly json?: boolean
        },
      ) => {
        const client = await apiClient(options, context)
        const refusals = await client.refusals({
          limit: options.limit,
          ...(options.connection === undefined ? {} : { connection: options.connection }),
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
  ]
  return [
    `${refusal.at.slice(0, 19).replace('T', ' ')}Z  ${refusal.code}  ${refusal.protocol}  ${refusal.peer}`,
    `  ${refusal.message[language]}`,
    ...details.map((detail) => `    ${detail}`),
    `  → ${refusal.remedy[language]}`,
  ].join('\n')
}
