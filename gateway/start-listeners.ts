import type { Config } from '../config/schema.ts'
import type { QueueReceipt } from '../protocols/as2/incoming-post.ts'
import type { Listener, ListenerServices } from '../protocols/listener.ts'
import type { Identity } from './identity.ts'
import { startAs2 } from './start-as2.ts'
import type { IdentityCertificate } from './identity-certificates.ts'
import { pesitAddress, sftpAddress } from './own-addresses.ts'

export interface ListenerStart {
  readonly config: Config
  readonly services: ListenerServices
  readonly identity: Identity
  readonly queueReceipt: QueueReceipt
  /** Told of each listener as it starts, so that it is stopped whatever becomes of the next. */
  readonly started: (listener: Listener) => void
}

/**
 * Part of the composition root: starts the listeners that are switched on, one protocol after the
 * other. What only one of them needs is loaded with it.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for keys or an address
 */
export async function startListeners(start: ListenerStart): Promise<void> {
  const { config } = start
  if (config.sftp.enabled) start.started(await startSftp(start))
  if (config.as2.enabled) await startAs2(start)
  if (config.pesit.enabled || config.pesit.clear.enabled) await startPesit(start)
}

async function startSftp({ config, services, identity }: ListenerStart): Promise<Listener> {
  const { startSftpListener } = await import('../protocols/sftp/listener.ts')
  return await startSftpListener({
    services,
    settings: { ...config.sftp, host: sftpAddress(config) },
    hostKeys: () => identity.sshHostKeys(),
  })
}

/** Inside TLS first: where only one address is shown it is that one. */
async function startPesit({ config, services, identity, started }: ListenerStart): Promise<void> {
  const { newSessions, startPesitListener } = await import('../protocols/pesit/listener.ts')
  const { pesit, intake } = config
  const shared = {
    services,
    settings: pesit,
    identicalResend: intake.identicalResend,
    sessions: newSessions(),
  }
  if (pesit.enabled) {
    let certificate: IdentityCertificate = await identity.certificate('pesit-server')
    const unwatch = await identity.watch('pesit-server', (next) => {
      certificate = next
    })
    const listener = await startPesitListener({
      ...shared,
      host: pesitAddress(config),
      port: pesit.port,
      identity: () => certificate,
    })
    started({
      ...listener,
      stop: async (graceMilliseconds) => {
        unwatch()
        await listener.stop(graceMilliseconds)
      },
    })
  }
  if (pesit.clear.enabled) {
    started(await startPesitListener({ ...shared, host: LOOPBACK, port: pesit.clear.port }))
  }
}

/** PeSIT without TLS stays on this machine. */
const LOOPBACK = '127.0.0.1'
