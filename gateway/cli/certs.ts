import { X509Certificate } from 'node:crypto'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import type { IssuedCertificate } from '../../certs/authority.ts'
import { loadConfig } from '../../config/load.ts'
import { startFolder } from '../../config/start-folder.ts'
import { OffsetClock } from '../clock.ts'
import { openIdentity } from '../identity.ts'
import { createLogger } from '../logger.ts'
import { makePartnerCredentials } from '../partner-folder.ts'
import { readRunFile } from '../run-file.ts'
import { ApiClient } from './api-client.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { tell, writeJson } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

interface MakeOptions {
  readonly for: string
  readonly cn: string
  readonly out: string
  readonly days: string
  readonly bits: string
  readonly data?: string
  readonly json?: boolean
}

/** `raccord certs make`: a key made here, a certificate of the gateway's test authority. */
export function certsCommand(context: CommandContext): Command {
  const certs = new Command('certs').description('Make certificates to try with.')
  certs
    .command('make')
    .description('Make a key and a certificate with its chain; the key stays on this machine.')
    .requiredOption('--for <protocol>', 'sftp')
    .requiredOption('--cn <name>', 'common name of the certificate')
    .requiredOption('--out <folder>', 'where client.key, client.pem, chain.pem, client.pub go')
    .option('--days <count>', 'validity', '365')
    .option('--bits <count>', 'size of the RSA key', '3072')
    .option('--data <folder>', 'data folder whose test authority signs (RACCORD_DATA)')
    .option('--json', 'one JSON document')
    .action(async (options: MakeOptions) => {
      if (options.for !== 'sftp') {
        throw new CommandFailure(
          EXIT.usage,
          `--for ${options.for} is not known.`,
          'Use --for sftp.',
        )
      }
      const bits = wholeNumber(options.bits, '--bits', { minimum: 2_048, maximum: 8_192 })
      const days = wholeNumber(options.days, '--days', { minimum: 1, maximum: 3_650 })
      const config = loadConfig({
        environment: context.environment,
        overrides: options.data === undefined ? {} : { data: options.data },
      })
      const made = await makePartnerCredentials({
        folder: resolve(startFolder(context.environment), options.out),
        commonName: options.cn,
        key: { type: 'rsa', bits },
        sign: (request) => sign(request, days, config.data),
        now: Date.now(),
      })
      const certificate = new X509Certificate(made.certificatePem)
      const expires = certificate.validToDate.toISOString()
      const { folder, isNew } = made
      if (options.json === true) {
        await writeJson({ ok: true, folder, isNew, subject: certificate.subject, expires })
        return
      }
      tell(`${folder}: client.key  client.pem  chain.pem  client.pub${isNew ? '' : '   (kept)'}`)
      tell(`${certificate.subject}   expires ${expires.slice(0, 10)}`)
      tell(`→ register it: npm start -- --partner sftp:${join(folder, 'client.pem')}`)
    })
  return certs
}

/** By the gateway that runs, else by the authority kept in the data folder. */
async function sign(request: string, days: number, dataFolder: string): Promise<IssuedCertificate> {
  const run = await readRunFile(dataFolder)
  if (run !== undefined && run.url !== null) {
    try {
      return await ApiClient.ofRun(run).testCertificate(request, 'client', days)
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.unreachable) throw error
    }
  }
  const identity = await openIdentity({
    folder: join(dataFolder, 'identity'),
    clock: new OffsetClock(),
    log: createLogger('warn'),
  })
  const issued = await identity.signRequest({ requestPem: request, purpose: 'client', days })
  if (issued === undefined) {
    throw new CommandFailure(EXIT.usage, 'The common name cannot be put in a certificate.')
  }
  return issued
}
