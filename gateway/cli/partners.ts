import { Command } from 'commander'
import type { PartnerHealthDocument } from '../api/partners.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { copyToOutput, formatTable, tell, writeJson, writeOut } from './terminal.ts'

interface Options extends ApiOptions {
  readonly limit: string
  readonly csv?: boolean
  readonly json?: boolean
}

/** `raccord partners`: who does not read, does not send, or cannot be reached. */
export function partnersCommand(context: CommandContext): Command {
  return withApiOptions(
    new Command('partners').description(
      'How active partners are, those in trouble first: reports unread, silent since their usual hour, deliveries that fail.',
    ),
  )
    .option('--limit <count>', 'how many at most', '50')
    .option('--csv', 'a table for spreadsheets')
    .option('--json', 'one JSON document')
    .action(async ({ limit, csv, json, ...options }: Options) => {
      const { language } = context
      const client = await apiClient(options, context)
      const path = '/partners/health'
      if (csv === true) {
        const query = { limit, format: 'csv', lang: language }
        return copyToOutput(await client.call({ path, query }))
      }
      const answer = await client.json<{ items: readonly PartnerHealthDocument[] }>({
        path,
        query: { limit },
      })
      if (json === true) return writeJson(answer)
      if (answer.items.length === 0) {
        return tell(language === 'fr' ? 'Aucun partenaire actif.' : 'No partner is active.')
      }
      const header =
        language === 'fr'
          ? ['code', 'partenaire', 'dernier flux', 'silence depuis', 'non lus', 'depuis', 'échecs']
          : ['code', 'partner', 'last flow', 'silent since', 'unread', 'since', 'failures']
      const rows = answer.items.map((one) => [
        one.applicationCode,
        one.name,
        shortTime(one.lastFlowAt),
        shortTime(one.silentSince),
        String(one.unread),
        shortTime(one.oldestUnreadAt),
        one.lastFailure === null ? '0' : `${one.failures} ${one.lastFailure.code}`,
      ])
      await writeOut(`${formatTable(header, rows)}\n`)
    })
}

const shortTime = (at: string | null): string =>
  at === null ? '–' : `${at.slice(0, 16).replace('T', ' ')}Z`
