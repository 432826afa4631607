import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { readBundle } from '../../certs/bundle.ts'
import { readEndEntity } from '../../certs/end-entity.ts'
import { pem } from '../../certs/pem.ts'
import type { Config } from '../../config/schema.ts'
import { startFolder } from '../../config/start-folder.ts'
import type { Gateway } from '../main.ts'
import { writePartnerAddress } from '../partner-folder.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { registerPartner, sftpAddress } from './partner-registration.ts'
import { sftpCommand } from './sftp-command.ts'

/** Adds `--partner sftp:CERT`, which may be given several times. */
export function withPartnerOption(command: Command): Command {
  return command.option(
    '--partner <sftp:certificate>',
    'register one more partner by its certificate (PEM, DER or PKCS#7); it stays registered (may be repeated)',
    (value: string, all: readonly string[]) => [...all, value],
    [],
  )
}

/**
 * Registers the certificates of `--partner` and says for each how to connect. Where the key lies
 * beside the certificate, that folder becomes one to `raccord send` from.
 * @throws CommandFailure usage, with the reasons, when one is refused
 */
export async function registerGuests(
  gateway: Gateway,
  partners: readonly string[],
  config: Config,
  context: CommandContext,
): Promise<readonly string[]> {
  const lines: string[] = []
  for (const { file, certificatePem } of await readCertificates(partners, context)) {
    const applicationCode = guestCode(gateway, certificatePem)
    const { warnings } = await registerPartner(
      gateway,
      { applicationCode, name: `Guest ${applicationCode}`, certificatePem },
      context.language,
    )
    const beside = join(dirname(file), 'client.key')
    const hasKey = existsSync(beside)
    const folder = hasKey ? dirname(file) : join(config.data, 'partners', applicationCode)
    const { address, knownHosts } = sftpAddress(gateway, config, applicationCode)
    await writePartnerAddress(folder, address, knownHosts)
    const command = sftpCommand(
      { ...address, knownHostsFile: join(folder, 'known_hosts') },
      hasKey ? beside : 'YOUR-KEY',
      config.sftp.algorithms,
    )
    lines.push(`${file} is ${applicationCode}: ${command}`, ...warnings)
  }
  return lines
}

/** Tells the partner folders of this data folder where the gateway listens this time. */
export async function refreshPartnerFolders(gateway: Gateway, config: Config): Promise<void> {
  for (const { applicationCode, protocol } of gateway.connections.list()) {
    const folder = join(config.data, 'partners', applicationCode)
    if (protocol !== 'sftp' || !existsSync(folder)) continue
    const { address, knownHosts } = sftpAddress(gateway, config, applicationCode)
    await writePartnerAddress(folder, address, knownHosts)
  }
}

/** Looked at before anything starts or is registered: one wrong file stops them all. */
async function readCertificates(
  partners: readonly string[],
  context: CommandContext,
): Promise<readonly { readonly file: string; readonly certificatePem: string }[]> {
  return Promise.all(
    partners.map(async (partner) => {
      const path = /^sftp:(.+)$/.exec(partner)?.[1]
      if (path === undefined) {
        throw new CommandFailure(
          EXIT.usage,
          `--partner ${partner} is not understood.`,
          'Write it as sftp:certificate.pem.',
        )
      }
      const file = resolve(startFolder(context.environment), path)
      try {
        return { file, certificatePem: pemOf(await readFile(file)) }
      } catch {
        throw new CommandFailure(EXIT.usage, `There is no readable file ${file}.`)
      }
    }),
  )
}

/** PKCS#7 and DER become PEM; what cannot be read stays, for the registration to say why. */
function pemOf(bytes: Buffer): string {
  const reading = readBundle(bytes)
  if ('fault' in reading || reading.bundle.form === 'pem') return bytes.toString('utf8')
  return reading.bundle.certificates.map(({ der }) => pem('CERTIFICATE', der)).join('')
}

/** The code this certificate has already, else the next free one: TST001, TST002… */
function guestCode(gateway: Gateway, certificatePem: string): string {
  const certificate = readEndEntity(Buffer.from(certificatePem))
  const [known] =
    certificate === undefined ? [] : gateway.connections.findByCertificate(certificate.sha256)
  if (known !== undefined) return known.applicationCode
  for (let number = 1; ; number += 1) {
    const code = `TST${String(number).padStart(3, '0')}`
    if (gateway.connections.findByApplicationCode(code) === undefined) return code
  }
}
