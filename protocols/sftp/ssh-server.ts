import { generateKeyPairSync } from 'node:crypto'
import { findPackageJSON, createRequire } from 'node:module'
import type { Config } from '../../config/schema.ts'
import type { PartnerConnection } from '../listener.ts'
import { startAccepting } from '../accept.ts'
import { offerOf } from './algorithms.ts'
import { followHostKeys, loadHostKeys } from './host-keys.ts'
import type { SftpClient } from './ssh-channel.ts'
import { SshSession } from './ssh-session.ts'
import type { SshServices } from './ssh-session-parts.ts'
import { isReady, testPostQuantum } from './ssh2-repairs.ts'

/** Reference sftp §8: a handshake and six offers of RSA keys are below 10 KiB. */
const MAX_UNAUTHENTICATED_BYTES = 64 * 1024
const TICK_MILLISECONDS = 1_000
const STOP_POLL_MILLISECONDS = 10

export interface SshServerOptions {
  readonly services: SshServices
  /** With `host` and `port` resolved; port 0 = any free one. */
  readonly settings: Config['sftp']
  /**
   * Private keys, asked for at each connection: another array is other keys. The first of each kind
   * counts, see `loadHostKeys`.
   */
  readonly hostKeys: () => readonly (string | Buffer)[]
  /** A partner has authenticated and started `sftp` on a channel. Set its handlers before returning. */
  readonly onSftp: (client: SftpClient) => void
}

export interface SshServer {
  /** With the real port. */
  readonly address: { readonly host: string; readonly port: number }
  /** SSH connections open now. */
  readonly connections: number
  /** `SHA256:…` of the host keys in use. */
  readonly hostKeyFingerprints: readonly string[]
  /** Takes no new connection; those that are open go on. Idempotent. */
  refuseNew(): void
  /**
   * Ends in order: no new connection, channel or transfer; connections without a transfer in hand
   * are told good-bye, the others when it is through; what is left after `graceMilliseconds` is
   * cut. Resolves when the last socket is closed.
   */
  stop(graceMilliseconds: number): Promise<void>
}

/**
 * The SSH server below SFTP: public keys only, `subsystem sftp` only.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for host keys or an address
 */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const { services, settings } = options
  const { log } = services
  await isReady
  const hostKeys = followHostKeys(options.hostKeys)
  const postQuantum = settings.postQuantum && isPostQuantumGood(services)
  const offerNow = () =>
    offerOf(settings.algorithms, {
      postQuantum,
      hostKeys: Object.keys(hostKeys().byAlgorithm),
    })
  const sessions = new Set<SshSession>()
  const shared = {
    services,
    settings,
    ident: `Raccord_${ownVersion()}`,
    onSftp: options.onSftp,
    sessionsOf: (connection: PartnerConnection) =>
      [...sessions].filter((session) => session.connection?.id === connection.id).length,
    onClosed: (session: SshSession) => {
      sessions.delete(session)
    },
  }
  const acceptor = await startAccepting({
    protocol: 'sftp',
    host: settings.host,
    port: settings.port,
    limits: {
      maxUnauthenticated: settings.maxUnauthenticated,
      maxPerAddress: settings.maxPerAddress,
      maxNewPerAddressPerSecond: settings.maxNewPerAddressPerSecond,
      maxUnauthenticatedBytes: MAX_UNAUTHENTICATED_BYTES,
    },
    balancers: settings.balancers,
    failedTries: services.failedTries,
    faults: services.faults,
    log,
    onSocket: (accepted) => {
      const fault = accepted.fault?.name
      const { byAlgorithm } = fault === 'other-host-key' ? strangerHostKeys() : hostKeys()
      const offer =
        fault === 'old-algorithms'
          ? offerOf('platform', { postQuantum: false, hostKeys: Object.keys(byAlgorithm) })
          : offerNow()
      sessions.add(new SshSession(accepted, { ...shared, offer, hostKeys: byAlgorithm }))
    },
    onRefused: (refusal) => {
      const refusalId = services.sessions.refused({ protocol: 'sftp', ...refusal })
      log.warn({ refusalId, ...refusal }, 'connection refused')
    },
  })
  const timer = setInterval(() => {
    const now = performance.now()
    for (const session of sessions) session.tick(now)
  }, TICK_MILLISECONDS)
  timer.unref()
  log.debug({ fingerprints: hostKeys().fingerprints, offer: offerNow() }, 'SSH server ready')

  return {
    address: acceptor.address,
    get connections() {
      return sessions.size
    },
    get hostKeyFingerprints() {
      return hostKeys().fingerprints
    },
    refuseNew: () => acceptor.refuseNew(),
    stop: async (graceMilliseconds) => {
      acceptor.refuseNew()
      for (const session of sessions) session.stop()
      await waitUntil(() => sessions.size === 0, graceMilliseconds)
      for (const session of sessions) session.cut('the gateway stops')
      await acceptor.close()
      clearInterval(timer)
    },
  }
}

/** Of nobody: what a partner meets when somebody else answers in the gateway's place. */
function strangerHostKeys() {
  const { privateKey } = generateKeyPairSync('ed25519')
  return loadHostKeys([privateKey.export({ type: 'pkcs8', format: 'pem' })])
}

async function waitUntil(isTrue: () => boolean, milliseconds: number): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!isTrue() && performance.now() < deadline) {
    await new Promise((resolve) => {
      setTimeout(resolve, STOP_POLL_MILLISECONDS)
    })
  }
}

function isPostQuantumGood(services: SshServices): boolean {
  try {
    testPostQuantum()
    return true
  } catch (err) {
    services.log.warn({ err }, 'mlkem768x25519-sha256 is not offered: its self-test failed')
    return false
  }
}

/** As in package.json, beside the sources and in the published package. */
function ownVersion(): string {
  const path = findPackageJSON('..', import.meta.url)
  if (path === undefined) throw new Error('package.json is missing')
  return (createRequire(import.meta.url)(path) as { readonly version: string }).version
}
