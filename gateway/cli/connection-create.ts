import { relative, resolve } from 'node:path'
import { Command } from 'commander'
import type { CertificateCheck } from '../../certs/certificate-checks.ts'
import { startFolder } from '../../config/start-folder.ts'
import type { ConnectionDocument } from '../connections/connection-forms.ts'
import type { ProtocolName } from '../flow.ts'
import type { GatewayDocument } from '../gateway-document.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, dataFolder, withApiOptions, type ApiOptions } from './api-options.ts'
import { assumeMissing } from './assumed-form.ts'
import { checkFiles, readCertificateFiles, type CertificateFile } from './certificate-files.ts'
import { protocolOption } from './certificate-protocols.ts'
import { checksText } from './checks-text.ts'
import type { CommandContext, Language } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { readFormFile, type FormFile } from './form-file.ts'
import { formWith, withFormOptions, type FormOptions } from './form-options.ts'
import { folderOfKey, rememberPartnerFolder, writePartnerKit } from './partner-kit.ts'
import { notActivated, submitAndWait } from './submit-and-wait.ts'
import { formatMilliseconds, tell, writeJson, writeOut } from './terminal.ts'

interface CreateOptions extends ApiOptions, FormOptions {
  readonly file?: string
  readonly structure?: string
  readonly protocol?: string
  readonly cert?: string
  readonly serverCert?: string
  readonly applicationCode?: string
  readonly submit?: boolean
  readonly partner?: string
  readonly timeout: string
  readonly json?: boolean
}

/** `raccord connection create`: a form filled in, checked, sent, and a folder to send from. */
export function connectionCreateCommand(context: CommandContext): Command {
  return withFormOptions(
    withApiOptions(
      new Command('create').description(
        'Fill in a connection form; with --submit send it, wait for it, and keep the kit beside the key.',
      ),
    )
      .option('--file <form.yaml>', 'structure, protocol, cert and form from a file; options win')
      .option('--structure <siret>', 'the structure it is for')
      .option('--protocol <name>', 'sftp, as2 or pesit')
      .option('--cert <file>', 'certificate with its chain (.p7b); of PeSIT the client’s')
      .option('--server-cert <file>', 'PeSIT: the certificate of the server')
      .option('--application-code <code>', 'AAA999; operators only, else it is assigned')
      .option('--partner <folder>', 'where the kit goes; default: where the key of --cert is')
      .option('--submit', 'confirm and submit, then wait for the activation')
      .option('--timeout <duration>', 'how long to wait for it', '90s')
      .option('--json', 'one JSON document'),
  ).action(async (options: CreateOptions) => {
    const start = startFolder(context.environment)
    const file: FormFile =
      options.file === undefined ? { form: {} } : await readFormFile(resolve(start, options.file))
    const protocol = protocolOption(options.protocol ?? file.protocol ?? 'sftp', '--protocol')
    const within = (path: string | undefined): string | undefined =>
      path === undefined ? undefined : resolve(start, path)
    const files = await readCertificateFiles(
      protocol,
      within(options.cert) ?? file.cert,
      within(options.serverCert) ?? file.serverCert,
    )
    if (options.submit === true && files.length === 0) {
      throw new CommandFailure(
        EXIT.usage,
        'No connection is submitted without a certificate.',
        `Name it with --cert; a test one: raccord certs make --for ${protocol} --cn NAME --out FOLDER`,
      )
    }
    const client = await apiClient(options, context)
    const { environment } = await client.json<GatewayDocument>({ path: '/gateway' })
    const filled = assumeMissing(
      formWith(file.form, options),
      options.structure ?? file.structure,
      {
        mayAssume: environment === 'qualification',
        isSubmitted: options.submit === true,
      },
    )
    for (const line of filled.assumed) tell(`· ${line[context.language]}`)

    const checks = await checkFiles(client, protocol, files)
    if (checks.some(({ outcome }) => outcome === 'fail')) {
      if (options.json === true) await writeJson({ ok: false, connection: null, checks })
      else await writeOut(checksText(checks, context.language))
      throw refusedCertificate(checks, protocol, context.language)
    }
    const code = options.applicationCode ?? file.applicationCode
    const draft = await client.json<ConnectionDocument>({
      path: '/connections',
      body: {
        siret: filled.siret,
        protocol,
        form: filled.form,
        ...(code === undefined ? {} : { applicationCode: code }),
      },
    })
    const said = await finish(client, draft, files, { ...options, checks, context })
    const folder = within(options.partner) ?? (files[0] && folderOfKey(files[0].path))
    const isActivated = said.connection.state === 'ACTIVATED'
    const written =
      folder !== undefined && isActivated
        ? await writePartnerKit(client, said.connection, folder, context.language)
        : []
    if (folder !== undefined && isActivated) {
      const data = dataFolder(options, context)
      await rememberPartnerFolder(client, data, said.connection.applicationCode, folder)
    }
    if (options.json === true) {
      await writeJson({
        ok: options.submit !== true || isActivated,
        ...said,
        assumed: filled.assumed,
        partner: folder ?? null,
        files: written,
      })
    } else {
      await describe(said, { ...options, folder, written, context })
    }
    if (options.submit === true && !isActivated)
      throw notActivated(said.connection, context.language)
  })
}

/** @param checks those of its file, one of which failed */
function refusedCertificate(
  checks: readonly CertificateCheck[],
  protocol: ProtocolName,
  language: Language,
): CommandFailure {
  const failed = checks.filter(({ outcome }) => outcome === 'fail')
  const isServing = failed.some(({ check }) => check === 'uniqueness')
  const make = `raccord certs make --for ${protocol} --cn NAME --out ANOTHER-FOLDER`
  const [message, list, another] =
    language === 'fr'
      ? [
          'Le certificat est refusé ; aucun raccordement n’a été créé.',
          'Celui qui l’a, si vous le voyez : raccord connection list. Sinon, un autre certificat : ',
          'Un certificat de test valable : ',
        ]
      : [
          'The certificate is refused; no connection was made.',
          'Which one has it, if you may see it: raccord connection list. Else another certificate: ',
          'A good test certificate: ',
        ]
  return new CommandFailure(EXIT.expectedFailure, message, (isServing ? list : another) + make)
}

interface Said {
  readonly connection: ConnectionDocument
  readonly checks: readonly CertificateCheck[]
  /** From submission to activation. */
  readonly milliseconds: number | null
}

/** Certificates, submission, and the wait for what comes of it. */
async function finish(
  client: ApiClient,
  draft: ConnectionDocument,
  files: readonly CertificateFile[],
  options: {
    readonly submit?: boolean
    readonly timeout: string
    readonly checks: readonly CertificateCheck[]
    readonly context: CommandContext
  },
): Promise<Said> {
  const { checks } = options
  let connection = draft
  for (const { bytes, part } of files) {
    const path = `/connections/${draft.id}/certificates`
    const answer = await client.json<{ connection: ConnectionDocument }>({
      path,
      query: { part },
      body: bytes,
    })
    connection = answer.connection
  }
  if (options.submit !== true) return { connection, checks, milliseconds: null }
  try {
    const start = performance.now()
    connection = await submitAndWait(client, draft.id, options.timeout)
    return { connection, checks, milliseconds: performance.now() - start }
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.expectedFailure) throw error
    throw new CommandFailure(
      error.exitCode,
      options.context.language === 'fr'
        ? `${draft.applicationCode} reste en brouillon. ${error.message}`
        : `${draft.applicationCode} stays a draft. ${error.message}`,
      `${options.context.language === 'fr' ? 'Complétez-le :' : 'Complete it:'} raccord connection update ${draft.applicationCode} … --submit`,
    )
  }
}

async function describe(
  { connection, checks, milliseconds }: Said,
  shown: {
    readonly folder: string | undefined
    readonly written: readonly string[]
    readonly context: CommandContext
  },
): Promise<void> {
  const { language } = shown.context
  const warnings = checks.filter(({ outcome }) => outcome === 'warning')
  if (warnings.length > 0) await writeOut(checksText(warnings, language))
  const { id, applicationCode, stateLabel } = connection
  const fr = language === 'fr'
  const took = milliseconds === null ? '' : ` (${formatMilliseconds(milliseconds)})`
  const kit =
    shown.written[0] === undefined ? '' : `      kit: ${near(shown.written[0], shown.context)}`
  await writeOut(`  ${id}  ${applicationCode}  ${stateLabel[language]}${took}${kit}\n`)
  if (connection.state === 'DRAFT') {
    tell(
      `→ ${fr ? 'le compléter, puis :' : 'complete it, then:'} raccord connection submit ${applicationCode}`,
    )
  } else if (connection.state === 'ACTIVATED' && shown.folder !== undefined) {
    const folder = near(shown.folder, shown.context)
    tell(
      fr
        ? `→ envoyer : raccord send FICHIER --partner ${folder} --wait`
        : `→ send: raccord send FILE --partner ${folder} --wait`,
    )
    tell(
      `→ ${fr ? 'prouver :' : 'prove:'} raccord qualify run nominal --connection ${applicationCode} --self --evidence proof.html`,
    )
  } else if (connection.state === 'ACTIVATED') {
    const folder = fr ? 'DOSSIER-DE-VOTRE-CLÉ' : 'FOLDER-OF-YOUR-KEY'
    tell(`→ raccord connection kit ${applicationCode} --partner ${folder}`)
  }
}

/** A path as the person would type it. */
function near(path: string, { environment }: CommandContext): string {
  const short = relative(startFolder(environment), path)
  return short.startsWith('..') ? path : short || '.'
}
