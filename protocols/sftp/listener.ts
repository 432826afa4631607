import type { Config } from '../../config/schema.ts'
import type { Listener, ListenerServices } from '../listener.ts'
import { SftpSession } from './session.ts'
import { startSshServer, type SshServerOptions } from './ssh-server.ts'

export interface SftpListenerOptions {
  readonly services: ListenerServices
  /** With `host` resolved; port 0 = any free one. */
  readonly settings: Config['sftp']
  /** Private keys, asked for at each connection, so that they may change while it listens. */
  readonly hostKeys: SshServerOptions['hostKeys']
}

/** A running SFTP listener. */
export interface SftpListener extends Listener {
  /** `SHA256:…` of the host keys, what partners compare. */
  readonly hostKeyFingerprints: readonly string[]
}

/**
 * Starts the SFTP listener: each `subsystem sftp` of an authenticated partner becomes a session on
 * the mailbox of its connection.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for host keys or an address
 */
export async function startSftpListener(options: SftpListenerOptions): Promise<SftpListener> {
  const { services, settings, hostKeys } = options
  const log = services.log.child({ protocol: 'sftp' })
  /** Sessions whose handles are not all let go: a cut one may still be keeping its uploads. */
  const ending = new Set<Promise<void>>()
  const server = await startSshServer({
    services: { ...services, log },
    settings,
    hostKeys,
    onSftp: (client) => {
      const sessionLog = log.child({
        sessionId: client.session.id,
        connectionId: client.connection.id,
      })
      const ended = new Promise<void>((resolve) => {
        new SftpSession({ client, services, settings, log: sessionLog }, resolve).start()
      })
      ending.add(ended)
      void ended.finally(() => ending.delete(ended))
    },
  })
  return {
    protocol: 'sftp',
    address: server.address,
    get hostKeyFingerprints() {
      return server.hostKeyFingerprints
    },
    stop: async (graceMilliseconds) => {
      await server.stop(graceMilliseconds)
      await Promise.all(ending)
    },
  }
}
