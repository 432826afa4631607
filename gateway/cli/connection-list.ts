import { Option, type Command } from 'commander'
import type { ConnectionDocument, ConnectionSummary } from '../connections/connection-forms.ts'
import type { BilingualText } from '../flow.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { connectionsTable, describeConnection } from './connection-text.ts'
import { readPages } from './pages.ts'
import { copyToOutput, tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

interface Criteria extends ApiOptions {
  readonly structure?: string
  readonly partner?: string
  readonly applicationCode?: string
  readonly protocol?: string
  readonly state?: string
  readonly code?: string
  readonly expiresBefore?: string
  readonly json?: boolean
}

const MAX_LISTED = 10_000
const NONE: BilingualText = {
  en: 'No connection matches.\n→ make one: raccord connection create --help',
  fr: 'Aucun raccordement ne correspond.\n→ en créer un : raccord connection create --help',
}
const MORE: BilingualText = {
  en: 'There are more: --limit, or export.',
  fr: 'Il y en a d’autres : --limit, ou export.',
}

/** `connection list | show | export`. */
export function addConnectionReading(connection: Command, context: CommandContext): void {
  withCriteria(connection.command('list').description('Search connections, newest first.'))
    .option('--limit <count>', 'how many at most', '50')
    .option('--json', 'one JSON document')
    .action(async (options: Criteria & { readonly limit: string }) => {
      const limit = wholeNumber(options.limit, '--limit', { minimum: 1, maximum: MAX_LISTED })
      const client = await apiClient(options, context)
      const page = await readPages<ConnectionSummary>(client, {
        path: '/connections',
        query: criteria(options),
        member: 'connections',
        limit,
      })
      if (options.json === true) return writeJson({ connections: page.items, next: page.next })
      if (page.items.length === 0) {
        return tell(NONE[context.language])
      }
      await writeOut(`${connectionsTable(page.items, context.language)}\n`)
      if (page.next !== null) tell(MORE[context.language])
    })

  withApiOptions(
    connection.command('show').description('Show one connection, and what it may do next.'),
  )
    .argument('<id>', 'id, a unique start of it, or the application code')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Criteria) => {
      const client = await apiClient(options, context)
      const path = `/connections/${encodeURIComponent(id)}`
      const document = await client.json<ConnectionDocument>({ path })
      if (options.json === true) await writeJson(document)
      else await writeOut(`${describeConnection(document, context.language)}\n`)
    })

  withCriteria(
    connection
      .command('export')
      .description('Write connections to standard output; yaml can be imported elsewhere.'),
  )
    .argument('[id]', 'only this one, as yaml or json')
    .addOption(
      new Option('--format <format>', 'csv and json: lines; yaml: whole connections').choices([
        'csv',
        'json',
        'yaml',
      ]),
    )
    .option('--json', 'the same as --format json')
    .action(async (id: string | undefined, options: Criteria & { readonly format?: string }) => {
      const client = await apiClient(options, context)
      const asked = options.json === true ? 'json' : options.format
      const response =
        id === undefined
          ? await client.call({
              path: '/connections/export',
              query: { ...criteria(options), format: asked ?? 'csv', lang: context.language },
            })
          : await client.call({
              path: `/connections/${encodeURIComponent(id)}/export`,
              query: { format: asked ?? 'yaml' },
            })
      await copyToOutput(response)
    })
}

function withCriteria(command: Command): Command {
  return withApiOptions(command)
    .option('--structure <siret>', 'of this structure')
    .option('--partner <name>', 'part of the partner’s name')
    .option('--application-code <code>', 'AAA999')
    .option('--protocol <name>', 'sftp, as2 or pesit')
    .option('--state <status>', 'code or label, in English or French')
    .option('--code <code>', 'interface code subscribed to')
    .option('--expires-before <date>', 'a certificate ends before')
}

function criteria(options: Criteria): Readonly<Record<string, string | undefined>> {
  const { structure, partner, applicationCode, protocol, state, code, expiresBefore } = options
  return {
    siret: structure,
    partner,
    applicationCode,
    protocol,
    state,
    code,
    certificateExpiresBefore: expiresBefore,
  }
}
