import { Command, CommanderError, Option } from 'commander'
import { ERRORS, GatewayError, type ErrorCode } from '../errors.ts'
import type { CommandContext, Language } from './command-context.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit-codes.ts'
import { tell } from './terminal.ts'
import { VERSION } from '../version.ts'

/** In the order of the help; a command is loaded when it is named, all of them for the help. */
const COMMANDS: Readonly<Record<string, (context: CommandContext) => Promise<Command>>> = {
  demo: async (context) => (await import('./demo.ts')).demoCommand(context),
  serve: async (context) => (await import('./serve.ts')).serveCommand(context),
  send: async (context) => (await import('./send.ts')).sendCommand(context),
  listen: async (context) => (await import('./listen.ts')).listenCommand(context),
  connection: async (context) => (await import('./connection.ts')).connectionCommand(context),
  flows: async (context) => (await import('./flows.ts')).flowsCommand(context),
  invoices: async (context) => (await import('./invoices.ts')).invoicesCommand(context),
  returns: async (context) => (await import('./returns.ts')).returnsCommand(context),
  rejections: async (context) => (await import('./rejections.ts')).rejectionsCommand(context),
  partners: async (context) => (await import('./partners.ts')).partnersCommand(context),
  check: async (context) => (await import('./check.ts')).checkCommand(context),
  alerts: async (context) => (await import('./alerts.ts')).alertsCommand(context),
  sessions: async (context) => (await import('./sessions.ts')).sessionsCommand(context),
  refusals: async (context) => (await import('./refusals.ts')).refusalsCommand(context),
  certs: async (context) => (await import('./certs.ts')).certsCommand(context),
  identity: async (context) => (await import('./identity.ts')).identityCommand(context),
  'format-test': async (context) => (await import('./format-test.ts')).formatTestCommand(context),
  samples: async (context) => (await import('./samples.ts')).samplesCommand(context),
  directory: async (context) => (await import('./directory.ts')).directoryCommand(context),
  qualify: async (context) => (await import('./qualify.ts')).qualifyCommand(context),
  faults: async (context) => (await import('./faults.ts')).faultsCommand(context),
  clock: async (context) => (await import('./clock.ts')).clockCommand(context),
  backup: async (context) => (await import('./backup.ts')).backupCommand(context),
  restore: async (context) => (await import('./backup.ts')).restoreCommand(context),
  snapshot: async (context) => (await import('./snapshot.ts')).snapshotCommand(context),
  reset: async (context) => (await import('./snapshot.ts')).resetCommand(context),
  retention: async (context) => (await import('./retention.ts')).retentionCommand(context),
  structures: async (context) => (await import('./structures.ts')).structuresCommand(context),
  subscriptions: async (context) =>
    (await import('./subscriptions.ts')).subscriptionsCommand(context),
  users: async (context) => (await import('./users.ts')).usersCommand(context),
  tokens: async (context) => (await import('./tokens.ts')).tokensCommand(context),
  audit: async (context) => (await import('./audit.ts')).auditCommand(context),
  events: async (context) => (await import('./events.ts')).eventsCommand(context),
  pesit: async (context) => (await import('./pesit.ts')).pesitCommand(context),
  doctor: async (context) => (await import('./doctor.ts')).doctorCommand(context),
  'support-bundle': async (context) =>
    (await import('./support-bundle.ts')).supportBundleCommand(context),
  ready: async (context) => (await import('./ready.ts')).readyCommand(context),
}

/**
 * Runs one `raccord` command and ends the process with its exit code, once a reader, however slow,
 * has taken all that was written.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const context: CommandContext = { environment: process.env, language: languageOf(argv) }
  // A reader that went away (head, a closed pager) has had enough: no failure of ours.
  process.stdout.on('error', () => process.exit(EXIT.done))
  process.stderr.on('error', () => {})
  // What nobody caught: nothing can be relied on any more, and a restart takes up all that was
  // acknowledged.
  process.on('uncaughtException', (error) => {
    process.exit(explain(error, context.language, argv))
  })
  const exitCode = await execute(argv, context)
  await Promise.all([process.stdout, process.stderr].map(drained))
  process.exit(exitCode)
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}

async function execute(argv: readonly string[], context: CommandContext): Promise<ExitCode> {
  try {
    const program = await buildProgram(argv, context)
    await program.parseAsync([...argv], { from: 'user' })
    return EXIT.done
  } catch (error) {
    return explain(error, context.language, argv)
  }
}

async function buildProgram(argv: readonly string[], context: CommandContext): Promise<Command> {
  const program = new Command('raccord')
    .description('A simulated EDI gateway of Chorus Pro: real SFTP, real verdicts, real reports.')
    .version(VERSION)
    .addOption(
      new Option('--lang <language>', 'language of messages').choices(['en', 'fr']).default('en'),
    )
    .showHelpAfterError('→ raccord --help lists the commands')
    .exitOverride()
  const named = COMMANDS[commandOf(argv) ?? '']
  for (const load of named === undefined ? Object.values(COMMANDS) : [named]) {
    const command = await load(context)
    program.addCommand(withUsageErrors(command, 'raccord'))
  }
  return program
}

/** However deep it stands, a wrong use of a command is told with where its help is, and exit 2. */
function withUsageErrors(command: Command, parent: string): Command {
  const called = `${parent} ${command.name()}`
  for (const child of command.commands) withUsageErrors(child, called)
  return command.exitOverride().showHelpAfterError(`→ ${called} --help`)
}

/** Says on standard error what went wrong and what to try next, and gives the exit code. */
function explain(error: unknown, language: Language, argv: readonly string[]): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof CommandFailure) {
    tell(error.message)
    const help =
      error.exitCode === EXIT.usage ? `raccord ${commandOf(argv) ?? ''} --help` : undefined
    const nextStep = error.nextStep ?? help
    if (nextStep !== undefined) tell(`→ ${nextStep}`)
    return error.exitCode
  }
  if (error instanceof GatewayError) {
    tell(`${error.message} [${error.code}]`)
    tell(`→ ${language === 'fr' ? ERRORS[error.code].remedy.fr : error.remedy}`)
    return EXIT_OF_ERROR[error.code] ?? EXIT.bug
  }
  tell(
    `A bug of raccord: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  )
  return EXIT.bug
}

/** The rest are bugs, or a gateway that lost its journal. */
const EXIT_OF_ERROR: Partial<Record<ErrorCode, ExitCode>> = {
  CONFIG_INVALID: EXIT.usage,
  PARTNER_FOLDER_INCOMPLETE: EXIT.usage,
  DATA_FOLDER_UNUSABLE: EXIT.expectedFailure,
  DATA_FOLDER_IN_USE: EXIT.expectedFailure,
  IDENTITY_UNREADABLE: EXIT.expectedFailure,
  NOT_IN_PRODUCTION: EXIT.expectedFailure,
  IDENTITY_KEY_WAITS: EXIT.expectedFailure,
  PORT_IN_USE: EXIT.expectedFailure,
  BACKUP_UNFIT: EXIT.expectedFailure,
  BACKUP_DAMAGED: EXIT.expectedFailure,
  BACKUP_PLACE_TAKEN: EXIT.expectedFailure,
  STORE_FULL: EXIT.expectedFailure,
  STORE_UNFIT: EXIT.expectedFailure,
}

/** The first word that is neither an option nor the value of one. */
function commandOf(argv: readonly string[]): string | undefined {
  return argv.find((word, index) => !word.startsWith('-') && argv[index - 1] !== '--lang')
}

function languageOf(argv: readonly string[]): Language {
  const index = argv.indexOf('--lang')
  return argv[index + 1] === 'fr' || argv.includes('--lang=fr') ? 'fr' : 'en'
}
