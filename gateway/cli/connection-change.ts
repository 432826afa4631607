import { resolve } from 'node:path'
import type { Command } from 'commander'
import { startFolder } from '../../config/start-folder.ts'
import type { CertificateAnswer, ConnectionDocument } from '../connections/connection-forms.ts'
import type { BilingualText } from '../flow.ts'
import { startOfDayInParis } from '../paris-days.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import { readCertificateFile } from './certificate-files.ts'
import { checksText } from './checks-text.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { readFormFile } from './form-file.ts'
import { formWith, withFormOptions, type FormOptions } from './form-options.ts'
import { notActivated, submitAndWait } from './submit-and-wait.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface Options extends ApiOptions {
  readonly json?: boolean
}

const ID = 'id, a unique start of it, or the application code'
const pathOf = (id: string): string => `/connections/${encodeURIComponent(id)}`

const CHECK_FAILED: BilingualText = {
  en: 'A check failed: the form stays as it was.',
  fr: 'Une vérification a échoué : le formulaire reste comme il était.',
}

/** `connection update | certificate | submit`: the form of one that is there. */
export function addConnectionChanges(connection: Command, context: CommandContext): void {
  withFormOptions(
    withApiOptions(
      connection
        .command('update')
        .description('Change the form; of an activated connection it is a change to be submitted.')
        .argument('<id>', ID)
        .option('--file <form.yaml>', 'members of form in the file take the place of those there')
        .option('--submit', 'then confirm and submit, and wait for the activation')
        .option('--timeout <duration>', 'how long to wait for it', '90s')
        .option('--json', 'one JSON document'),
    ),
  ).action(
    async (
      id: string,
      options: Options &
        FormOptions & {
          readonly file?: string
          readonly submit?: boolean
          readonly timeout: string
        },
    ) => {
      const client = await apiClient(options, context)
      const before = await client.json<ConnectionDocument>({ path: pathOf(id) })
      const start = startFolder(context.environment)
      const file =
        options.file === undefined ? {} : (await readFormFile(resolve(start, options.file))).form
      const saved = await client.json<ConnectionDocument>({
        method: 'PUT',
        path: `${pathOf(before.id)}/form`,
        body: formWith({ ...before.form, ...file }, options),
        revision: before.revision,
      })
      const after =
        options.submit === true ? await submitAndWait(client, saved.id, options.timeout) : saved
      await sayState(after, options, context)
      if (options.submit === true && after.state !== 'ACTIVATED')
        throw notActivated(after, context.language)
    },
  )

  withApiOptions(
    connection
      .command('certificate')
      .description('Check a certificate file and keep it in the form; or take one out.')
      .argument('<id>', ID)
      .argument('[file]', 'certificate with its chain (.p7b)')
      .option('--part <part>', 'PeSIT: client or server')
      .option(
        '--starts <time>',
        'a renewal: accepted beside the present one from this day (YYYY-MM-DD, Paris) or time (ISO 8601)',
      )
      .option('--remove <sha256>', 'take this one out')
      .option('--json', 'one JSON document'),
  ).action(
    async (
      id: string,
      file: string | undefined,
      options: Options & {
        readonly part?: string
        readonly starts?: string
        readonly remove?: string
      },
    ) => {
      const client = await apiClient(options, context)
      if (options.remove !== undefined) {
        const path = `${pathOf(id)}/certificates/${encodeURIComponent(options.remove)}`
        const left = await client.json<ConnectionDocument>({ method: 'DELETE', path })
        return sayState(left, options, context)
      }
      if (file === undefined) {
        throw new CommandFailure(
          EXIT.usage,
          'Which certificate?',
          'Name its file, or --remove SHA256.',
        )
      }
      const answer = await client.json<CertificateAnswer>({
        path: `${pathOf(id)}/certificates`,
        query: { part: options.part, startsAt: startOf(options.starts) },
        body: await readCertificateFile(resolve(startFolder(context.environment), file)),
      })
      if (options.json === true) await writeJson(answer)
      else await writeOut(checksText(answer.checks, context.language))
      if (!answer.isKept) {
        throw new CommandFailure(EXIT.expectedFailure, CHECK_FAILED[context.language])
      }
      if (options.json !== true) {
        const hint = context.language === 'fr' ? 'l’envoyer :' : 'send it:'
        tell(`→ ${hint} raccord connection submit ${answer.connection.applicationCode}`)
      }
    },
  )

  withApiOptions(
    connection
      .command('submit')
      .description('Confirm and submit the form, and wait for the activation.')
      .argument('<id>', ID)
      .option('--timeout <duration>', 'how long to wait for it', '90s')
      .option('--json', 'one JSON document'),
  ).action(async (id: string, options: Options & { readonly timeout: string }) => {
    const client = await apiClient(options, context)
    const after = await submitAndWait(client, encodeURIComponent(id), options.timeout)
    await sayState(after, options, context)
    if (after.state !== 'ACTIVATED') throw notActivated(after, context.language)
  })
}

/** A day is the first instant of it in Paris, like the days of the form. */
function startOf(starts: string | undefined): string | undefined {
  if (starts === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(starts)) return starts
  const isDay = !Number.isNaN(Date.parse(`${starts}T00:00:00Z`))
  return isDay ? new Date(startOfDayInParis(starts)).toISOString() : starts
}

interface Move {
  readonly name: string
  readonly what: string
  /** The option that becomes the body, and the member it is. */
  readonly body?: { readonly member: string; readonly flag: string; readonly isRequired: boolean }
}

const MOVES: readonly Move[] = [
  { name: 'activate', what: 'Put a submitted form in force now (operators).' },
  {
    name: 'refuse',
    what: 'Refuse a submitted form (operators).',
    body: { member: 'motive', flag: '--motive <text>', isRequired: true },
  },
  {
    name: 'deactivate',
    what: 'Close a connection for good; a transfer in hand finishes.',
    body: { member: 'reason', flag: '--reason <text>', isRequired: false },
  },
  {
    name: 'block',
    what: 'Cut its sessions and refuse new ones until it is unblocked (operators).',
    body: { member: 'reason', flag: '--reason <text>', isRequired: true },
  },
  { name: 'unblock', what: 'Let its sessions in again (operators).' },
  { name: 'duplicate', what: 'Make a new draft of it, without certificates and dates.' },
]

/** `connection activate | refuse | deactivate | block | unblock | duplicate`. */
export function addConnectionMoves(connection: Command, context: CommandContext): void {
  for (const { name, what, body } of MOVES) {
    const command = withApiOptions(
      connection.command(name).description(what).argument('<id>', ID),
    ).option('--json', 'one JSON document')
    if (body?.isRequired === true) command.requiredOption(body.flag, 'why')
    else if (body !== undefined) command.option(body.flag, 'why')
    command.action(async (id: string, options: Options & Readonly<Record<string, unknown>>) => {
      const client = await apiClient(options, context)
      const after = await move(client, `${pathOf(id)}/${name}`, body, options)
      await sayState(after, options, context)
    })
  }
}

function move(
  client: ApiClient,
  path: string,
  body: Move['body'],
  options: Readonly<Record<string, unknown>>,
): Promise<ConnectionDocument> {
  const said = body === undefined ? undefined : options[body.member]
  const content = body === undefined || said === undefined ? {} : { body: { [body.member]: said } }
  return client.json<ConnectionDocument>({ method: 'POST', path, ...content })
}

/** Where a connection stands now, and the next thing to try. */
export async function sayState(
  document: ConnectionDocument,
  { json }: { readonly json?: boolean },
  { language }: CommandContext,
): Promise<void> {
  if (json === true) return writeJson(document)
  const { id, applicationCode, stateLabel, state, blocked } = document
  const mark = blocked ? { en: '  blocked', fr: '  bloqué' }[language] : ''
  await writeOut(`  ${id}  ${applicationCode}  ${stateLabel[language]}${mark}\n`)
  const lacksCertificate = state === 'DRAFT' && document.certificates.length === 0
  const next = lacksCertificate ? 'certificate' : blocked ? 'unblock' : NEXT[state]
  if (next !== undefined) {
    const file = lacksCertificate ? (language === 'fr' ? ' FICHIER.p7b' : ' FILE.p7b') : ''
    tell(`→ raccord connection ${next} ${applicationCode}${file}`)
  }
}

const NEXT: Partial<Readonly<Record<ConnectionDocument['state'], string>>> = {
  DRAFT: 'submit',
  SENT: 'show',
  SENT_UPDATED: 'show',
  ACTIVATED: 'kit',
  DEACTIVATED: 'duplicate',
}
