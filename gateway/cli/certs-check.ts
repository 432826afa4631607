import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { Command } from 'commander'
import type { CertificatePart } from '../../certs/certificate-checks.ts'
import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { startFolder } from '../../config/start-folder.ts'
import {
  createCertificateChecking,
  type CertificateAnswer,
  type CertificateQuestion,
} from '../certificate-checking.ts'
import { openCertificateTrust } from '../certificate-trust.ts'
import { OffsetClock } from '../clock.ts'
import { identityFolder } from '../identity-folder.ts'
import { openIdentity } from '../identity.ts'
import { createLogger } from '../logger.ts'
import { startOfDayInParis } from '../paris-days.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import { checksText } from './checks-text.ts'
import { protocolOption } from './certificate-protocols.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface CheckOptions extends ApiOptions {
  readonly for: string
  readonly part?: string
  readonly start?: string
  readonly json?: boolean
}

/** `raccord certs check`: what "Certificate(s) checking" of the form says of a file. */
export function certsCheckCommand(context: CommandContext): Command {
  return withApiOptions(
    new Command('check')
      .description('Check a certificate file as the connection form does; exit 1 when it fails.')
      .argument('<file>', 'PKCS#7 (.p7b, .p7c, .spc) with the complete chain')
      .requiredOption('--for <protocol>', 'sftp, as2 or pesit'),
  )
    .option('--part <part>', 'for pesit: client or server (default: as the file is named)')
    .option('--start <date>', 'start of the connection, YYYY-MM-DD')
    .option('--json', 'one JSON document')
    .action(async (name: string, options: CheckOptions) => {
      const question = await questionOf(name, options, context)
      const config = loadConfig({
        environment: context.environment,
        overrides: options.data === undefined ? {} : { data: options.data },
      })
      const here = await checkHere(question, config)
      const isReadable = here.checks.every(
        (line) => line.check !== 'parse' || line.outcome !== 'fail',
      )
      // What may hold a private key stays on this machine.
      const there = isReadable ? await checkThere(question, options, context) : undefined
      const answer = there ?? here
      if (options.json === true) {
        await writeJson({ ...answer, askedGateway: there !== undefined })
      } else {
        await writeOut(checksText(answer.checks, context.language))
        if (isReadable && there === undefined) {
          tell('No gateway was asked: whether another connection has it is not known.')
        }
      }
      if (!answer.isUsable) {
        const failed = answer.checks.filter((line) => line.outcome === 'fail').length
        throw new CommandFailure(
          EXIT.expectedFailure,
          `${name}: ${failed} of ${answer.checks.length} checks failed.`,
        )
      }
    })
}

/** @throws CommandFailure usage */
async function questionOf(
  name: string,
  options: CheckOptions,
  { environment }: CommandContext,
): Promise<CertificateQuestion> {
  const protocol = protocolOption(options.for)
  const path = resolve(startFolder(environment), name)
  const bytes = await readFile(path).catch(() => {
    throw new CommandFailure(EXIT.usage, `There is no readable file ${path}.`)
  })
  const part = protocol === 'pesit' ? pesitPart(path, options.part) : undefined
  return {
    bytes,
    fileName: basename(path),
    protocol,
    ...(part === undefined ? {} : { part }),
    ...(options.start === undefined ? {} : { startsAt: dayOption(options.start) }),
  }
}

/** @throws CommandFailure usage */
function pesitPart(path: string, asked: string | undefined): CertificatePart {
  if (asked === 'client' || asked === 'server') return asked
  const named = /^(client|server)\b/.exec(basename(path))?.[1]
  if (asked === undefined && (named === 'client' || named === 'server')) return named
  throw new CommandFailure(
    EXIT.usage,
    'PeSIT has two certificates, and it is not said which one this is.',
    'Say --part client or --part server.',
  )
}

/** @throws CommandFailure usage */
function dayOption(text: string): number {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
  if (isDay) return startOfDayInParis(text)
  throw new CommandFailure(EXIT.usage, `--start ${text} is no date.`, 'Write it as 2026-12-31.')
}

/** On this machine, with the settings and the test authority of its data folder. */
async function checkHere(
  question: CertificateQuestion,
  config: Config,
): Promise<CertificateAnswer> {
  const log = createLogger('warn')
  const clock = new OffsetClock()
  const folder = identityFolder(config)
  // As the gateway does: its test authority counts in qualification only.
  const isTrusted = config.environment === 'qualification' && existsSync(folder)
  const identity = isTrusted ? await openIdentity({ folder, clock, log }) : undefined
  const check = createCertificateChecking({
    clock,
    environment: config.environment,
    trust: openCertificateTrust(config.certs, identity?.testRootPem, log),
  })
  return check(question)
}

/** By the gateway that runs; undefined when none does. */
async function checkThere(
  question: CertificateQuestion,
  options: ApiOptions,
  context: CommandContext,
): Promise<CertificateAnswer | undefined> {
  try {
    return await (await apiClient(options, context)).checkCertificates(question)
  } catch (error) {
    const isElsewhere = (options.url ?? context.environment['RACCORD_URL']) !== undefined
    const isUnreachable = error instanceof CommandFailure && error.exitCode === EXIT.unreachable
    if (isUnreachable && !isElsewhere) return undefined
    throw error
  }
}
