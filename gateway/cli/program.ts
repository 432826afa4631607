import { Command, CommanderError, Option } from 'commander'
import { ERRORS, GatewayError, type ErrorCode } from '../errors.ts'
import { certsCommand } from './certs.ts'
import type { CommandContext, Language } from './command-context.ts'
import { connectionCommand } from './connection.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit-codes.ts'
import { flowsCommand } from './flows.ts'
import { identityCommand } from './identity.ts'
import { readyCommand } from './ready.ts'
import { refusalsCommand } from './refusals.ts'
import { sendCommand } from './send.ts'
import { serveCommand } from './serve.ts'
import { tell } from './terminal.ts'
import { auditCommand } from './audit.ts'
import { eventsCommand } from './events.ts'
import { structuresCommand } from './structures.ts'
import { subscriptionsCommand } from './subscriptions.ts'
import { tokensCommand } from './tokens.ts'
import { usersCommand } from './users.ts'
import { VERSION } from '../version.ts'

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
    process.exit(explain(error, context.language))
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
    await buildProgram(context).parseAsync([...argv], { from: 'user' })
    return EXIT.done
  } catch (error) {
    return explain(error, context.language)
  }
}

function buildProgram(context: CommandContext): Command {
  const program = new Command('raccord')
    .description('A simulated EDI gateway of Chorus Pro: real SFTP, real verdicts, real reports.')
    .version(VERSION)
    .addOption(
      new Option('--lang <language>', 'language of messages').choices(['en', 'fr']).default('en'),
    )
    .showHelpAfterError('(raccord --help lists the commands)')
    .exitOverride()
  for (const command of [
    demoCommand(context),
    serveCommand(context),
    sendCommand(context),
    connectionCommand(context),
    flowsCommand(context),
    refusalsCommand(context),
    certsCommand(context),
    identityCommand(context),
    structuresCommand(context),
    subscriptionsCommand(context),
    usersCommand(context),
    tokensCommand(context),
    auditCommand(context),
    eventsCommand(context),
    doctorCommand(context),
    readyCommand(context),
  ]) {
    program.addCommand(command.exitOverride())
    for (const child of command.commands) child.exitOverride()
  }
  return program
}

/** Says on standard error what went wrong and what to try next, and gives the exit code. */
function explain(error: unknown, language: Language): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof CommandFailure) {
    tell(error.message)
    if (error.nextStep !== undefined) tell(`→ ${error.nextStep}`)
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
  IDENTITY_KEY_WAITS: EXIT.expectedFailure,
  PORT_IN_USE: EXIT.expectedFailure,
  STORE_FULL: EXIT.expectedFailure,
}

function languageOf(argv: readonly string[]): Language {
  const index = argv.indexOf('--lang')
  return argv[index + 1] === 'fr' || argv.includes('--lang=fr') ? 'fr' : 'en'
}
