import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { startFolder } from '../../config/start-folder.ts'
import type { Config } from '../../config/schema.ts'
import type { Gateway } from '../main.ts'
import type { ProcessingMode } from '../flow.ts'
import { makePartnerFolder, type PartnerFolder } from '../partner-folder.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** The demo's partner on SFTP, as the portal would number it. */
const APPLICATION_CODE = 'ACM001'
const MODES: Readonly<Record<string, ProcessingMode>> = {
  FSO1110A: 'PARTIAL',
  FSO1100A: 'COMPLETE',
}
const CONNECTION_DAYS = 3_650
const CERTIFICATE_DAYS = 365
const DAY_MILLISECONDS = 86_400_000

/** The demo's partner: registered with the gateway, its folder ready to send from. */
export interface DemoPartner {
  readonly folder: PartnerFolder
  readonly connectionId: string
}

/** Makes the demo's partner, or finds the one an earlier demo made in this data folder. */
export async function openDemoPartner(gateway: Gateway, config: Config): Promise<DemoPartner> {
  const listener = gateway.run.listeners.find(({ protocol }) => protocol === 'sftp')
  if (listener === undefined) {
    throw new CommandFailure(EXIT.usage, 'The demo sends over SFTP, and sftp.enabled is false.')
  }
  const isEverywhere = listener.host === '0.0.0.0' || listener.host === '::'
  const host = isEverywhere ? '127.0.0.1' : listener.host
  const published = config.publicHost === '' ? [host] : [host, config.publicHost]
  const folder = await makePartnerFolder({
    folder: join(config.data, 'partners', APPLICATION_CODE),
    commonName: `${APPLICATION_CODE} (demo partner)`,
    now: Date.now(),
    sign: async (requestPem) => {
      const issued = await gateway.identity.signRequest({
        requestPem,
        purpose: 'client',
        days: CERTIFICATE_DAYS,
      })
      if (issued === undefined) throw new Error('the test authority refused our own request')
      return issued
    },
    address: { applicationCode: APPLICATION_CODE, host, port: listener.port },
    knownHosts: published.flatMap((name) => gateway.identity.knownHosts(name, listener.port)),
  })
  const connectionId = await register(gateway, {
    applicationCode: APPLICATION_CODE,
    name: 'ACME (demo partner)',
    certificatePem: folder.certificatePem,
  })
  return { folder, connectionId }
}

/**
 * Registers the certificates of `--partner sftp:FILE` and says for each how to connect.
 * @throws CommandFailure usage, with the reasons, when one is refused
 */
export async function registerGuests(
  gateway: Gateway,
  partners: readonly string[],
  context: CommandContext,
): Promise<readonly string[]> {
  const lines: string[] = []
  for (const partner of partners) {
    const path = /^sftp:(.+)$/.exec(partner)?.[1]
    if (path === undefined) {
      throw new CommandFailure(
        EXIT.usage,
        `--partner ${partner} is not understood.`,
        'Write it as sftp:certificate.pem.',
      )
    }
    const file = resolve(startFolder(context.environment), path)
    const certificatePem = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new CommandFailure(EXIT.usage, `${file} cannot be read: ${String(cause)}.`)
    })
    const applicationCode = guestCode(gateway, certificatePem)
    await register(gateway, { applicationCode, name: `Guest ${applicationCode}`, certificatePem })
    const listener = gateway.run.listeners.find(({ protocol }) => protocol === 'sftp')
    lines.push(
      `Registered ${path} as ${applicationCode}: sftp -P ${listener?.port ?? 2222} -i YOUR-KEY ${applicationCode}@${listener?.host ?? 'localhost'}`,
    )
  }
  return lines
}

/** The code this certificate has already, else the next free one: TST001, TST002… */
function guestCode(gateway: Gateway, certificatePem: string): string {
  const known = gateway.connections
    .list()
    .find((connection) => connection.certificate?.pem.trim() === certificatePem.trim())
  if (known !== undefined) return known.applicationCode
  for (let number = 1; ; number += 1) {
    const code = `TST${String(number).padStart(3, '0')}`
    if (gateway.connections.findByApplicationCode(code) === undefined) return code
  }
}

async function register(
  gateway: Gateway,
  order: {
    readonly applicationCode: string
    readonly name: string
    readonly certificatePem: string
  },
): Promise<string> {
  const now = Date.now()
  const registration = await gateway.connections.register({
    ...order,
    protocol: 'sftp',
    modes: MODES,
    validFrom: now - DAY_MILLISECONDS,
    validUntil: now + CONNECTION_DAYS * DAY_MILLISECONDS,
  })
  if (registration.outcome !== 'refused') return registration.connection.id
  throw new CommandFailure(
    EXIT.usage,
    registration.reasons.map((reason) => `${reason.message.en} → ${reason.remedy.en}`).join('\n'),
  )
}
