import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import {
  DirectoryFileFault,
  readDirectoryXml,
  writeDirectoryXml,
} from '../../processing/directory/far0037.ts'
import type { DirectoryDocument, DirectoryEntry } from '../directory/directory.ts'
import type { BilingualText } from '../flow.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext, Language } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { addList, optionText } from './list-output.ts'
import { readPages } from './pages.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface Options extends ApiOptions {
  readonly json?: boolean
}

interface SetOptions extends Options {
  readonly name?: string
  readonly active?: boolean
  readonly needsService?: boolean
  readonly needsEngagement?: boolean
  readonly needsServiceOrEngagement?: boolean
  readonly service?: readonly string[]
}

const YES: BilingualText = { en: 'yes', fr: 'oui' }
const NO: BilingualText = { en: 'no', fr: 'non' }
/** One request of an import holds as many (gateway/api/directory.ts). */
const IMPORTED_AT_ONCE = 500
const MAX_EXPORTED = 1_000_000

/** `raccord directory`: the public structures that invoices may be sent to, and what they ask for. */
export function directoryCommand(context: CommandContext): Command {
  const directory = new Command('directory').description(
    'See and edit the directory of public structures; read and write it as the platform publishes it.',
  )

  addList<DirectoryDocument>(
    directory
      .command('list')
      .description('List structures, by SIRET.')
      .option('--text <text>', 'the beginning of a SIRET, or part of a name')
      .option('--active', 'active ones only'),
    context,
    {
      path: () => '/directory',
      query: (options) => ({
        text: optionText(options, 'text'),
        active: options['active'] === true ? 'true' : undefined,
      }),
      columns: [
        { title: { en: 'SIRET', fr: 'SIRET' }, text: ({ siret }) => siret },
        { title: { en: 'name', fr: 'nom' }, text: ({ name }) => name },
        {
          title: { en: 'active', fr: 'active' },
          text: ({ isActive }, language) => (isActive ? YES : NO)[language],
        },
        { title: { en: 'asks for', fr: 'exige' }, text: asksFor },
        {
          title: { en: 'services', fr: 'services' },
          text: ({ services }) => String(services.length),
        },
      ],
      empty: {
        en: 'No structure matches.\n→ raccord directory import FILE.xml',
        fr: 'Aucune structure ne correspond.\n→ raccord directory import FICHIER.xml',
      },
    },
  )

  withApiOptions(directory.command('show').description('What the directory says of a structure.'))
    .argument('<siret>', 'the structure')
    .option('--json', 'one JSON document')
    .action(async (siret: string, options: Options) => {
      const client = await apiClient(options, context)
      const entry = await client.json<DirectoryDocument>({ path: pathOf(siret) })
      if (options.json === true) await writeJson(entry)
      else await writeOut(entryText(entry, context.language))
    })

  withApiOptions(
    directory.command('set').description('Add a structure, or change what is known of it.'),
  )
    .argument('<siret>', 'the structure')
    .option('--name <name>', 'its name')
    .option('--active', 'it can receive invoices')
    .option('--no-active', 'it cannot')
    .option('--needs-service', 'every invoice names a service')
    .option('--no-needs-service', 'it need not')
    .option('--needs-engagement', 'every invoice gives an engagement number')
    .option('--no-needs-engagement', 'it need not')
    .option('--needs-service-or-engagement', 'one of the two at least')
    .option('--no-needs-service-or-engagement', 'it need not')
    .option(
      '--service <code...>',
      'its services, in place of those it had; CODE:engagement asks for an engagement number, CODE:inactive takes nothing',
    )
    .option('--json', 'one JSON document')
    .action(async (siret: string, options: SetOptions) => {
      const client = await apiClient(options, context)
      const known = await client
        .json<DirectoryDocument>({ path: pathOf(siret) })
        .catch((error: unknown) => {
          if (error instanceof CommandFailure && options.name !== undefined) return undefined
          throw error
        })
      const body = { ...withoutKey(known), ...changesOf(options) }
      const entry = await client.json<DirectoryDocument>({
        method: 'PUT',
        path: pathOf(siret),
        body,
      })
      if (options.json === true) await writeJson(entry)
      else await writeOut(entryText(entry, context.language))
    })

  withApiOptions(directory.command('remove').description('Take a structure out.'))
    .argument('<siret>', 'the structure')
    .action(async (siret: string, options: Options) => {
      const client = await apiClient(options, context)
      await client.call({ method: 'DELETE', path: pathOf(siret) })
      tell(context.language === 'fr' ? `${siret} est retirée.` : `${siret} is taken out.`)
    })

  withApiOptions(
    directory
      .command('import')
      .description('Add the structures of a directory file (CPPStructuresPartenaires, or JSON).'),
  )
    .argument('<file>', 'as FAR0037A carries it, or as `directory export --json` writes it')
    .option('--json', 'one JSON document')
    .action(async (file: string, options: Options) => {
      const entries = await readEntries(file)
      const client = await apiClient(options, context)
      let imported = 0
      for (let start = 0; start < entries.length; start += IMPORTED_AT_ONCE) {
        const structures = entries.slice(start, start + IMPORTED_AT_ONCE)
        const path = '/directory/import'
        imported += (await client.json<{ imported: number }>({ path, body: { structures } }))
          .imported
      }
      if (options.json === true) await writeJson({ imported })
      else
        tell(
          context.language === 'fr'
            ? `${imported} structures importées.`
            : `${imported} structures imported.`,
        )
    })

  withApiOptions(
    directory
      .command('export')
      .description('Write the directory as the platform publishes it (CPPStructuresPartenaires).'),
  )
    .option('--json', 'one JSON document instead')
    .action(async (options: Options) => {
      const client = await apiClient(options, context)
      const { items } = await readPages<DirectoryDocument>(client, {
        path: '/directory',
        limit: MAX_EXPORTED,
      })
      if (options.json === true) return writeJson({ structures: items.map(plain) })
      for (const piece of writeDirectoryXml(items)) await writeOut(piece)
    })

  withApiOptions(
    directory
      .command('send')
      .description('Send it to a connection as a return flow (FAR0037A), whole or what changed.'),
  )
    .argument('<connection>', 'its id, or its application code')
    .option('--since <duration>', 'only what changed in the last 1h, 2d…')
    .option('--json', 'one JSON document')
    .action(async (connection: string, options: Options & { readonly since?: string }) => {
      const client = await apiClient(options, context)
      const since =
        options.since === undefined
          ? {}
          : { since: new Date(Date.now() - parseDuration(options.since)).toISOString() }
      const body = { connection, ...since }
      const sent = await client.json<{ name: string; bytes: number }>({
        path: '/directory/flows',
        body,
      })
      if (options.json === true) await writeJson(sent)
      else tell(`${sent.name}  ${sent.bytes} bytes`)
    })
  return directory
}

const pathOf = (siret: string): string => `/directory/${encodeURIComponent(siret)}`

/** @throws CommandFailure when the file cannot be read, or is no directory */
export async function readEntries(file: string): Promise<readonly DirectoryEntry[]> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(EXIT.usage, `${file} cannot be read (${error.code}).`)
  })
  try {
    if (bytes.toString('utf8', 0, 64).trimStart().startsWith('{')) {
      return (JSON.parse(bytes.toString()) as { structures: readonly DirectoryEntry[] }).structures
    }
    return readDirectoryXml(bytes)
  } catch (error) {
    if (!(error instanceof DirectoryFileFault) && !(error instanceof SyntaxError)) throw error
    throw new CommandFailure(
      EXIT.usage,
      `${file} is no directory file: ${error.message.replace(/\.$/, '')}.`,
      'It is CPPStructuresPartenaires in XML, as the platform publishes it.',
    )
  }
}

/** An entry as it is written: without what only the gateway says. */
function plain({
  origin: _origin,
  updatedAt: _updatedAt,
  ...entry
}: DirectoryDocument): DirectoryEntry {
  return entry
}

function withoutKey(known: DirectoryDocument | undefined): object {
  if (known === undefined) return {}
  const { siret: _siret, ...rest } = plain(known)
  return rest
}

function changesOf(options: SetOptions): object {
  const { name, active, needsService, needsEngagement, needsServiceOrEngagement, service } = options
  const changes = {
    name,
    isActive: active,
    needsService,
    needsEngagement,
    needsServiceOrEngagement,
    services: service?.map((text) => {
      const [code = '', ...marks] = text.split(':')
      return {
        code,
        isActive: !marks.includes('inactive'),
        needsEngagement: marks.includes('engagement'),
      }
    }),
  }
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

const OBLIGATIONS = [
  ['needsService', { en: 'service', fr: 'service' }],
  ['needsEngagement', { en: 'engagement', fr: 'engagement' }],
  ['needsServiceOrEngagement', { en: 'service or engagement', fr: 'service ou engagement' }],
] as const

function asksFor(entry: DirectoryEntry, language: Language): string {
  const asked = OBLIGATIONS.filter(([key]) => entry[key]).map(([, text]) => text[language])
  return asked.join(', ') || '—'
}

function entryText(entry: DirectoryDocument, language: Language): string {
  const isFrench = language === 'fr'
  const state = entry.isActive
    ? { en: 'active', fr: 'active' }
    : { en: 'inactive: its invoices are refused', fr: 'inactive : ses factures sont refusées' }
  const lines = [
    `  ${entry.siret}  ${entry.name}`,
    `  ${state[language]}`,
    `  ${isFrench ? 'exige' : 'asks for'}: ${asksFor(entry, language)}`,
    ...entry.services.map(({ code, name, isActive, needsEngagement }) => {
      const marks = [
        ...(isActive ? [] : [isFrench ? 'inactif' : 'inactive']),
        ...(needsEngagement ? [isFrench ? 'engagement exigé' : 'asks for an engagement'] : []),
      ]
      return `    ${code}  ${name ?? ''}${marks.length > 0 ? `  (${marks.join(', ')})` : ''}`
    }),
  ]
  return `${lines.join('\n')}\n`
}
