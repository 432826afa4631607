import type { Config } from '../../config/schema.ts'
import type { ProcessingMode } from '../flow.ts'
import type { Gateway } from '../main.ts'
import type { PartnerAddress } from '../partner-folder.ts'
import type { Language } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** What partners registered from the command line may send. */
const MODES: Readonly<Record<string, ProcessingMode>> = {
  FSO1110A: 'PARTIAL',
  FSO1100A: 'COMPLETE',
}
const CONNECTION_DAYS = 3_650
const DAY_MILLISECONDS = 86_400_000

/**
 * Registers a certificate as an SFTP connection, or finds the one it has.
 * @returns its id, and what to say about the certificate all the same
 * @throws CommandFailure usage, with the reasons, when it is refused
 */
export async function registerPartner(
  gateway: Gateway,
  order: {
    readonly applicationCode: string
    readonly name: string
    readonly certificatePem: string
  },
  language: Language,
): Promise<{ readonly connectionId: string; readonly warnings: readonly string[] }> {
  const now = Date.now()
  const registration = await gateway.connections.register({
    ...order,
    protocol: 'sftp',
    modes: MODES,
    validFrom: now - DAY_MILLISECONDS,
    validUntil: now + CONNECTION_DAYS * DAY_MILLISECONDS,
  })
  if (registration.outcome === 'refused') {
    const reasons = registration.reasons.map(
      (reason) => `${reason.message[language]} → ${reason.remedy[language]}`,
    )
    throw new CommandFailure(EXIT.usage, reasons.join('\n'))
  }
  return {
    connectionId: registration.connection.id,
    warnings: registration.warnings.map(
      (reason) => `! ${reason.message[language]} → ${reason.remedy[language]}`,
    ),
  }
}

/**
 * Where a partner on this machine sends to, and the host keys it meets there.
 * @throws CommandFailure usage when the gateway does not listen for SFTP
 */
export function sftpAddress(
  gateway: Gateway,
  config: Config,
  applicationCode: string,
): { readonly address: PartnerAddress; readonly knownHosts: readonly string[] } {
  const listener = gateway.run.listeners.find(({ protocol }) => protocol === 'sftp')
  if (listener === undefined) {
    throw new CommandFailure(EXIT.usage, 'A partner sends over SFTP, and sftp.enabled is false.')
  }
  const isEverywhere = listener.host === '0.0.0.0' || listener.host === '::'
  const host = isEverywhere ? '127.0.0.1' : listener.host
  const names = config.publicHost === '' ? [host] : [host, config.publicHost]
  return {
    address: { applicationCode, host, port: listener.port },
    knownHosts: names.flatMap((name) => gateway.identity.knownHosts(name, listener.port)),
  }
}
