import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import type { IssuedCertificate, LeafPurpose } from '../../certs/authority.ts'
import type { CertificatePart } from '../../certs/certificate-checks.ts'
import { certificateSha256 } from '../../certs/fingerprint.ts'
import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { startFolder } from '../../config/start-folder.ts'
import { OffsetClock } from '../clock.ts'
import { identityFolder } from '../identity-folder.ts'
import { openIdentity } from '../identity.ts'
import { createLogger } from '../logger.ts'
import {
  DEFECT_NOTE,
  makePartnerCredentials,
  type PartnerCredentials,
} from '../partner-credentials.ts'
import { readRunFile } from '../run-file.ts'
import { ApiClient } from './api-client.ts'
import { CERTIFICATE_PARTS, KEY_NAMES, keyOption, protocolOption } from './certificate-protocols.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

interface MakeOptions {
  readonly for: string
  readonly cn: string
  readonly out: string
  readonly days: string
  readonly key: string
  readonly dns: readonly string[]
  readonly defect?: string
  readonly data?: string
  readonly json?: boolean
}

/** `raccord certs make`: a key made here, a certificate of the gateway's test authority. */
export function certsMakeCommand(context: CommandContext): Command {
  return new Command('make')
    .description('Make a key and a certificate with its chain; the key stays on this machine.')
    .requiredOption('--for <protocol>', 'sftp, as2 or pesit')
    .requiredOption('--cn <name>', 'common name of the certificate')
    .requiredOption('--out <folder>', 'where key, certificate, chain and bundle (.p7b) go')
    .option('--key <kind>', `kind of key: ${KEY_NAMES}`, 'rsa:3072')
    .option('--days <count>', 'validity', '365')
    .option(
      '--dns <name>',
      'a name of the partner’s server, for as2 and pesit (may be repeated)',
      (name: string, all: readonly string[]) => [...all, name],
      [],
    )
    .option('--defect <name>', 'one wrong thing, to see it refused: raccord certs defects')
    .option('--data <folder>', 'data folder whose test authority signs (RACCORD_DATA)')
    .option('--json', 'one JSON document')
    .action(async (options: MakeOptions) => {
      const protocol = protocolOption(options.for)
      const key = keyOption(options.key, protocol)
      const days = wholeNumber(options.days, '--days', { minimum: 1, maximum: 3_650 })
      const config = loadConfig({
        environment: context.environment,
        overrides: options.data === undefined ? {} : { data: options.data },
      })
      const folder = resolve(startFolder(context.environment), options.out)
      const made: MadePart[] = []
      for (const { part, purpose } of CERTIFICATE_PARTS[protocol]) {
        const order = {
          folder,
          part,
          purpose,
          commonName: options.cn,
          key,
          days,
          dnsNames: purpose === 'client' ? [] : options.dns,
        }
        const credentials =
          options.defect === undefined
            ? await makeGood(order, config)
            : await makeWrong(options.defect, order, config)
        made.push(describe(part, credentials))
      }
      if (options.json === true) {
        const [first] = made
        await writeJson({
          ok: true,
          folder,
          protocol,
          isNew: made.some((one) => one.isNew),
          subject: first?.subject,
          expires: first?.expires,
          certificates: made,
        })
        return
      }
      await writeOut(made.map((one) => lineOf(options.out, one)).join(''))
      for (const { bundle } of made) {
        const file = join(options.out, bundle)
        tell(`→ check it: raccord certs check ${file} --for ${protocol}`)
      }
    })
}

/** `raccord certs defects`: what `--defect` can make, and the check each fails. */
export function certsDefectsCommand(context: CommandContext): Command {
  return new Command('defects')
    .description('List what certs make --defect can make wrong.')
    .option('--json', 'one JSON document')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const { DEFECTS } = await import('../../certs/defects.ts')
      const rows = Object.entries(DEFECTS).map(([name, { fails, what }]) => ({ name, fails, what }))
      if (json === true) await writeJson({ defects: rows })
      else {
        const lines = rows.map(({ name, fails, what }) => [name, fails, what[context.language]])
        await writeOut(`${formatTable(['defect', 'fails', 'what'], lines)}\n`)
      }
    })
}

interface Order {
  readonly folder: string
  readonly part: CertificatePart
  readonly purpose: LeafPurpose
  readonly commonName: string
  readonly key: ReturnType<typeof keyOption>
  readonly days: number
  readonly dnsNames: readonly string[]
}

async function makeGood(order: Order, config: Config): Promise<PartnerCredentials> {
  if (existsSync(join(order.folder, DEFECT_NOTE))) {
    throw new CommandFailure(
      EXIT.usage,
      `What lies in ${order.folder} was made wrong on purpose.`,
      'Make good certificates in another folder (--out).',
    )
  }
  return makePartnerCredentials({
    ...order,
    sign: (request) => sign(request, order, config),
    now: Date.now(),
  })
}

/** By the authority in the data folder of this machine, and in qualification only. */
async function makeWrong(
  defect: string,
  order: Order,
  config: Config,
): Promise<PartnerCredentials> {
  const { isDefect, DEFECT_NAMES } = await import('../../certs/defects.ts')
  if (!isDefect(defect)) {
    throw new CommandFailure(
      EXIT.usage,
      `--defect ${defect} is not known.`,
      `Use one of ${DEFECT_NAMES.join(', ')}.`,
    )
  }
  const run = await readRunFile(config.data)
  if ((run?.environment ?? config.environment) !== 'qualification') {
    throw new CommandFailure(
      EXIT.usage,
      'Wrong certificates are made in qualification only.',
      'Use the data folder of a gateway in qualification.',
    )
  }
  const { makeDefectiveCredentials } = await import('../defective-credentials.ts')
  return makeDefectiveCredentials({
    ...order,
    defect,
    identityFolder: identityFolder(config),
    clock: new OffsetClock(),
    log: createLogger('warn'),
  })
}

/** By the gateway that runs, else by the authority kept in the data folder. */
async function sign(
  requestPem: string,
  { purpose, days, dnsNames }: Order,
  config: Config,
): Promise<IssuedCertificate> {
  const run = await readRunFile(config.data)
  if (run !== undefined && run.url !== null) {
    try {
      const order = { request: requestPem, purpose, days, dnsNames }
      return await ApiClient.ofRun(run).testCertificate(order)
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.unreachable) throw error
    }
  }
  const identity = await openIdentity({
    folder: identityFolder(config),
    clock: new OffsetClock(),
    log: createLogger('warn'),
  })
  const issued = await identity.signRequest({ requestPem, purpose, days, dnsNames })
  if (issued === undefined) {
    throw new CommandFailure(EXIT.usage, 'The common name cannot be put in a certificate.')
  }
  return issued
}

interface MadePart {
  readonly part: CertificatePart
  readonly key: string
  readonly certificate: string
  readonly bundle: string
  readonly chain: string
  readonly certificatesInBundle: number
  readonly subject: string
  readonly sha256: string
  readonly expires: string
  readonly isNew: boolean
}

function describe(part: CertificatePart, made: PartnerCredentials): MadePart {
  const certificate = new X509Certificate(made.certificatePem)
  const { key, bundle, chain } = made.files
  return {
    part,
    key,
    certificate: made.files.certificate,
    bundle,
    chain,
    certificatesInBundle: made.certificatesInBundle,
    subject: certificate.subject,
    sha256: certificateSha256(certificate),
    expires: certificate.validToDate.toISOString(),
    isNew: made.isNew,
  }
}

function lineOf(folder: string, made: MadePart): string {
  const [key, certificate, bundle] = [made.key, made.certificate, made.bundle].map((name) =>
    join(folder, name),
  )
  const count = made.certificatesInBundle
  const what = `chain, ${count} certificate${count === 1 ? '' : 's'}`
  const kept = made.isNew ? '' : '   (kept)'
  const expires = made.expires.slice(0, 10)
  return `  ${key}  ${certificate}  ${bundle} (${what})      expires ${expires}${kept}\n`
}
