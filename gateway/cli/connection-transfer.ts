import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { parseAllDocuments } from 'yaml'
import { startFolder } from '../../config/start-folder.ts'
import type { ConnectionDocument, ConnectionImport } from '../connections/connection-forms.ts'
import type { ProbeReport } from '../connections/probe/probe.ts'
import { readOpenAs2Documents, type OpenAs2ImportOptions } from './openas2-import.ts'
import { apiClient, dataFolder, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { fetchKit, rememberPartnerFolder, writePartnerKit } from './partner-kit.ts'
import { copyToOutput, tell, writeJson, writeOut } from './terminal.ts'

interface Options extends ApiOptions {
  readonly json?: boolean
}

const ID = 'id, a unique start of it, or the application code'
const pathOf = (id: string): string => `/connections/${encodeURIComponent(id)}`

/** `connection promote | import`: from one gateway to another. */
export function addConnectionTransfer(connection: Command, context: CommandContext): void {
  withApiOptions(
    connection
      .command('promote')
      .description('Write a proven qualification connection, to be imported in production.')
      .argument('<id>', ID)
      .option('--json', 'JSON instead of YAML'),
  ).action(async (id: string, options: Options) => {
    const client = await apiClient(options, context)
    const format = options.json === true ? 'json' : 'yaml'
    await copyToOutput(await client.call({ path: `${pathOf(id)}/promotion`, query: { format } }))
    tell(
      context.language === 'fr'
        ? '→ le garder dans un fichier, puis : raccord connection import FICHIER --url … --token …'
        : '→ keep it in a file, then: raccord connection import FILE --url … --token …',
    )
  })

  withApiOptions(
    connection
      .command('import')
      .description('Make drafts of exported connections; their codes are assigned anew.')
      .argument('<file>', 'YAML or JSON, one or several documents')
      .option('--openas2', 'the file is the partnerships.xml of an OpenAS2')
      .option('--gateway <name>', 'with --openas2: the gateway in it, by name or AS2 id', 'CPP001')
      .option('--structure <siret>', 'with --openas2: the structure that its partners are of')
      .option('--json', 'one JSON document'),
  ).action(async (file: string, options: Options & OpenAs2ImportOptions) => {
    const client = await apiClient(options, context)
    const path = resolve(startFolder(context.environment), file)
    const imported: ConnectionImport[] = []
    const documents =
      options.openas2 === true
        ? await readOpenAs2Documents(client, path, options)
        : await readDocuments(path)
    for (const body of documents) {
      imported.push(await client.json<ConnectionImport>({ path: '/connections/import', body }))
    }
    if (options.json === true) return writeJson({ imported })
    for (const { connection: made, notes } of imported) {
      await writeOut(
        `  ${made.id}  ${made.applicationCode}  ${made.stateLabel[context.language]}  ${made.name}\n`,
      )
      for (const note of notes) tell(`    ! ${note[context.language]}`)
      tell(`→ raccord connection submit ${made.applicationCode}`)
    }
  })
}

/** @throws CommandFailure usage */
async function readDocuments(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandFailure(EXIT.usage, `There is no readable file ${path}.`)
  })
  const documents = parseAllDocuments(text)
  if (!Array.isArray(documents)) return []
  const faults = documents.flatMap(({ errors }) => errors.map(({ message }) => `  ✗ ${message}`))
  if (faults.length > 0) {
    throw new CommandFailure(EXIT.usage, [`${path} is no YAML.`, ...faults].join('\n'))
  }
  return documents.map((document) => document.toJS() as unknown)
}

/** `connection kit | probe`. */
export function addConnectionKit(connection: Command, context: CommandContext): void {
  withApiOptions(
    connection
      .command('kit')
      .description(
        'Get the kit (--lang fr: in French): a zip with all a partner needs but its key.',
      )
      .argument('<id>', ID)
      .option('--out <file>', 'the zip; default: kit-CODE.zip')
      .option('--partner <folder>', 'make this folder, where the key is, one to send from')
      .option('--json', 'one JSON document'),
  ).action(
    async (id: string, options: Options & { readonly out?: string; readonly partner?: string }) => {
      const client = await apiClient(options, context)
      const document = await client.json<ConnectionDocument>({ path: pathOf(id) })
      const { applicationCode } = document
      const start = startFolder(context.environment)
      const files: string[] = []
      if (options.partner !== undefined) {
        const folder = resolve(start, options.partner)
        files.push(...(await writePartnerKit(client, document, folder, context.language)))
        const data = dataFolder(options, context)
        await rememberPartnerFolder(client, data, applicationCode, folder)
      }
      if (options.partner === undefined || options.out !== undefined) {
        const file = resolve(start, options.out ?? `kit-${applicationCode}.zip`)
        await writeFile(file, await fetchKit(client, document.id, context.language))
        files.push(file)
      }
      if (options.json === true) await writeJson({ ok: true, applicationCode, files })
      else await writeOut(`${files.map((file) => `  ${file}`).join('\n')}\n`)
      if (options.json !== true && options.partner !== undefined) {
        tell(
          context.language === 'fr'
            ? `→ envoyer : raccord send FICHIER --partner ${options.partner} --wait`
            : `→ send: raccord send FILE --partner ${options.partner} --wait`,
        )
      }
    },
  )

  withApiOptions(
    connection
      .command('probe')
      .description(
        'Try the way from the gateway to the partner, step by step; exit 1 when it fails.',
      )
      .argument('<id>', ID)
      .option('--json', 'one JSON document'),
  ).action(async (id: string, options: Options) => {
    const client = await apiClient(options, context)
    const path = `${pathOf(id)}/probe`
    const report = await client.json<ProbeReport>({ method: 'POST', path })
    if (options.json === true) await writeJson(report)
    else await writeOut(`${probeText(report, context.language)}\n`)
    if (report.outcome === 'fail') {
      throw new CommandFailure(
        EXIT.expectedFailure,
        context.language === 'fr'
          ? 'Le chemin vers le partenaire n’est pas ouvert.'
          : 'The way to the partner is not open.',
      )
    }
  })
}

const SIGNS = { pass: '✓', warning: '!', fail: '✗' } as const

function probeText({ steps }: ProbeReport, language: 'en' | 'fr'): string {
  return steps
    .flatMap(({ outcome, label, message, remedy, milliseconds }) => [
      `  ${SIGNS[outcome]} ${label[language]}: ${message[language]}  ${milliseconds} ms`,
      ...(remedy === null ? [] : [`    → ${remedy[language]}`]),
    ])
    .join('\n')
}
