import { X509Certificate } from 'node:crypto'
import type { Config } from '../../config/schema.ts'
import type { ConnectionForm } from '../connections/form.ts'
import type { ProcessingMode, ProtocolName } from '../flow.ts'
import { machineActor } from '../accounts/actor.ts'
import type { Gateway } from '../main.ts'
import type { SftpAddress } from '../partner-address.ts'
import type { Language } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** What partners registered from the command line may send. */
const MODES: Readonly<Record<string, ProcessingMode>> = {
  FSO1110A: 'PARTIAL',
  FSO1100A: 'COMPLETE',
}
/** Of the platform's own samples (reference chorus-pro-edi §7.5). */
const DEMO_SIRET = '00000000005719'
const CONNECTION_DAYS = 3_650
const DAY_MILLISECONDS = 86_400_000

/**
 * Registers a certificate as a connection, or finds the one it has.
 * @returns its id, and what to say about the certificate all the same
 * @throws CommandFailure usage, with the reasons, when it is refused
 */
export async function registerPartner(
  gateway: Gateway,
  order: {
    readonly applicationCode: string
    readonly name: string
    /** The certificate, then its chain where the gateway's own test authority is not its issuer. */
    readonly certificatePem: string
    /** Absent: SFTP. */
    readonly protocol?: ProtocolName
    /** Where a partner that is called listens. */
    readonly network?: ConnectionForm['network']
    /** What it may send, and is told; absent: UBL in both modes. */
    readonly modes?: Readonly<Record<string, ProcessingMode>>
  },
  language: Language,
): Promise<{ readonly connectionId: string; readonly warnings: readonly string[] }> {
  const now = Date.now()
  const { network, ...rest } = order
  const registration = await gateway.forms.register({
    ...rest,
    ...(network === undefined ? {} : { network }),
    certificatePem: withTestChain(gateway, order.certificatePem),
    ...(await openDemoStructure(gateway)),
    protocol: order.protocol ?? 'sftp',
    modes: order.modes ?? MODES,
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
    connectionId: registration.connectionId,
    warnings: registration.warnings.map(
      (reason) => `! ${reason.message[language]} → ${reason.remedy[language]}`,
    ),
  }
}

/**
 * The structure whose partners are registered from the command line: a sample of the fictional
 * data set, made when it is missing; none in production.
 */
async function openDemoStructure({ accounts, run }: Gateway): Promise<{ siret?: string }> {
  if (run.environment === 'production') return {}
  if ((await accounts.structures.find(DEMO_SIRET)) === undefined) {
    await accounts.dataSet.generate({ seed: 'demo', count: 3 }, machineActor(''))
  }
  return { siret: DEMO_SIRET }
}

/** What `certs make` hands out is the certificate alone: its issuers are the gateway's own. */
function withTestChain(gateway: Gateway, certificatePem: string): string {
  const { testIntermediatePem, testRootPem } = gateway.identity
  try {
    const leaf = new X509Certificate(certificatePem)
    if (!leaf.verify(new X509Certificate(testIntermediatePem).publicKey)) return certificatePem
  } catch {
    return certificatePem // the registration says what is wrong with it
  }
  const isThere = certificatePem.split('BEGIN CERTIFICATE').length > 2
  return isThere ? certificatePem : `${certificatePem}\n${testIntermediatePem}\n${testRootPem}`
}

/**
 * Where a partner on this machine sends to, and the host keys it meets there.
 * @throws CommandFailure usage when the gateway does not listen for SFTP
 */
export function sftpAddress(
  gateway: Gateway,
  config: Config,
  applicationCode: string,
): { readonly address: SftpAddress; readonly knownHosts: readonly string[] } {
  const listener = gateway.run.listeners.find(({ protocol }) => protocol === 'sftp')
  if (listener === undefined) {
    throw new CommandFailure(EXIT.usage, 'A partner sends over SFTP, and sftp.enabled is false.')
  }
  const isEverywhere = listener.host === '0.0.0.0' || listener.host === '::'
  const host = isEverywhere ? '127.0.0.1' : listener.host
  const names = config.publicHost === '' ? [host] : [host, config.publicHost]
  return {
    address: { protocol: 'sftp', applicationCode, host, port: listener.port },
    knownHosts: names.flatMap((name) => gateway.identity.knownHosts(name, listener.port)),
  }
}
