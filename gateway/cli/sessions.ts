import { Command } from 'commander'
import type { SessionDocument } from '../sessions/session-documents.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext, Language } from './command-context.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'

interface Options extends ApiOptions {
  readonly json?: boolean
}

interface ListOptions extends Options {
  readonly all?: boolean
  readonly connection?: string
  readonly protocol?: string
  readonly limit: string
}

/** `raccord sessions`: who is connected, since when, doing what; and an end to it. */
export function sessionsCommand(context: CommandContext): Command {
  const { language } = context
  const sessions = new Command('sessions').description('See who is connected, and cut a session.')

  withApiOptions(
    sessions.command('list').description('Who is connected now; with --all, ended ones too.'),
  )
    .option('--all', 'ended ones too')
    .option('--connection <id>', 'of this connection only (id or application code)')
    .option('--protocol <protocol>', 'sftp, as2 or pesit only')
    .option('--limit <count>', 'how many at most', '50')
    .option('--json', 'one JSON document')
    .action(async (options: ListOptions) => {
      const client = await apiClient(options, context)
      const { all, connection, protocol, limit } = options
      const found = await client.json<{ readonly sessions: readonly SessionDocument[] }>({
        path: '/partner-sessions',
        query: { state: all === true ? 'all' : undefined, connection, protocol, limit },
      })
      if (options.json === true) return await writeJson(found)
      if (found.sessions.length === 0) return tell(NOBODY[language])
      await writeOut(`${formatTable(HEADS[language], found.sessions.map(rowOf))}\n`)
    })

  withApiOptions(sessions.command('show').description('One session: facts, files, bytes.'))
    .argument('<id>', ID)
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Options) => {
      const client = await apiClient(options, context)
      const session = await client.json<SessionDocument>({ path: pathOf(id) })
      if (options.json === true) await writeJson(session)
      else await writeOut(sessionText(session, language))
    })

  withApiOptions(
    sessions.command('cut').description('End a session at once; the partner may come again.'),
  )
    .argument('<id>', ID)
    .option('--reason <text>', 'why', '')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Options & { readonly reason: string }) => {
      const client = await apiClient(options, context)
      const session = await client.json<SessionDocument>({
        method: 'POST',
        path: `${pathOf(id)}/cut`,
        body: { reason: options.reason },
      })
      if (options.json === true) return await writeJson(session)
      await writeOut(`${session.id}  ${session.outcome ?? ''}\n`)
      const { applicationCode } = session
      if (applicationCode !== null) tell(`→ raccord connection block ${applicationCode} --reason …`)
    })
  return sessions
}

const ID = 'of the session, or a unique start of it'
const NOBODY = { en: 'Nobody is connected.', fr: 'Personne n’est connecté.' }
const HEADS: Readonly<Record<Language, readonly string[]>> = {
  en: ['id', 'protocol', 'partner', 'from', 'since', 'in', 'out', 'doing'],
  fr: ['id', 'protocole', 'partenaire', 'depuis', 'début', 'reçus', 'envoyés', 'en cours'],
}

const pathOf = (id: string): string => `/partner-sessions/${encodeURIComponent(id)}`

const rowOf = (session: SessionDocument): readonly string[] => [
  session.id,
  session.protocol,
  session.applicationCode ?? '?',
  session.peer,
  shortTime(session.startedAt),
  String(session.bytesIn ?? ''),
  String(session.bytesOut ?? ''),
  session.outcome ?? doingText(session),
]

const doingText = ({ doing }: SessionDocument): string =>
  doing.map(({ direction, name }) => `${direction === 'in' ? '→' : '←'} ${name}`).join(', ')

function sessionText(session: SessionDocument, language: Language): string {
  const heads = HEADS[language]
  const row = rowOf(session)
  const lines = [
    ...heads.map((head, index) => [head, row[index] ?? ''] as const),
    ...Object.entries(session.fields),
    ...(session.cut === null ? [] : [['cut', `${session.cut.by}: ${session.cut.reason}`] as const]),
  ]
  const width = Math.max(...lines.map(([name]) => name.length))
  return lines
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(width)}  ${value}\n`)
    .join('')
}

const shortTime = (iso: string): string => iso.slice(0, 19).replace('T', ' ')
