import { createSecureContext, TLSSocket } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { PesitSettings } from '../../config/pesit-settings.ts'
import { startAccepting } from '../accept.ts'
import type { AcceptedSocket } from '../accept.ts'
import type { Listener, ListenerServices, PartnerConnection } from '../listener.ts'
import { ServerSession } from './server-session.ts'
import { WritesInHand } from './writes-in-hand.ts'

/** The gateway's own certificate, as TLS wants it. */
export interface ServerIdentity {
  readonly keyPem: string
  readonly certificatePem: string
  /** Intermediate first. */
  readonly chainPem: readonly string[]
}

export interface PesitListenerOptions {
  readonly services: ListenerServices
  readonly settings: PesitSettings
  /** Resolved. */
  readonly host: string
  /** 0 = any free one. */
  readonly port: number
  readonly identicalResend: 'same-answer' | 'refuse'
  /** Asked for at each connection, so that it may change; absent: clear. */
  readonly identity?: () => ServerIdentity
  /** Sessions of all listeners of this protocol. */
  readonly sessions: PesitSessions
}

/** Those of all listeners of the protocol. */
export interface PesitSessions {
  readonly open: Set<ServerSession>
  readonly writes: WritesInHand
}

export function newSessions(): PesitSessions {
  return { open: new Set(), writes: new WritesInHand() }
}

const STOP_POLL_MILLISECONDS = 10
/** Resumption of TLS sessions needs a name for who may resume them (OpenSSL, with client certificates). */
const SESSION_CONTEXT = 'raccord-pesit'

/**
 * Starts one PeSIT listener: inside mutual TLS, or clear. The certificate of the caller is asked
 * for and judged here, by the clock of the gateway, before CONNECT is answered (decisions B9).
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for an address
 */
export async function startPesitListener(options: PesitListenerOptions): Promise<Listener> {
  const { services, settings } = options
  const { open: sessions, writes } = options.sessions
  const log = services.log.child({ protocol: 'pesit' })
  const context = options.identity && followIdentity(options.identity)
  const own = new Set<ServerSession>()
  const shared = {
    services,
    settings,
    identicalResend: options.identicalResend,
    sessionsOf: ({ id }: PartnerConnection) =>
      [...sessions].filter((session) => session.connection?.id === id).length,
    writes,
    isFull: () => sessions.size > settings.maxConnections,
    onClosed: (session: ServerSession) => {
      sessions.delete(session)
      own.delete(session)
    },
    log,
  }
  const begin = (accepted: AcceptedSocket, socket: AcceptedSocket['socket']): void => {
    const session = new ServerSession(accepted, socket, shared)
    sessions.add(session)
    own.add(session)
  }
  const acceptor = await startAccepting({
    protocol: 'pesit',
    host: options.host,
    port: options.port,
    limits: {
      maxUnauthenticated: settings.maxUnauthenticated,
      maxPerAddress: settings.maxPerAddress,
      maxNewPerAddressPerSecond: settings.maxNewPerAddressPerSecond,
    },
    balancers: settings.balancers,
    failedTries: services.failedTries,
    faults: services.faults,
    log,
    onSocket: (accepted) => {
      const { socket } = accepted
      if (context === undefined) begin(accepted, socket)
      else beginTls(accepted, context(), begin, settings.connectSeconds)
    },
    onRefused: (refusal) => {
      const refusalId = services.sessions.refused({ protocol: 'pesit', ...refusal })
      log.warn({ refusalId, ...refusal }, 'connection refused')
    },
  })

  return {
    protocol: 'pesit',
    address: acceptor.address,
    stop: async (graceMilliseconds) => {
      acceptor.refuseNew()
      for (const session of own) session.stop()
      await waitUntil(() => own.size === 0, graceMilliseconds)
      const left = [...own]
      for (const session of left) session.cut('the gateway stops')
      await acceptor.close()
      await Promise.all(left.map((session) => session.settled()))
      await waitUntil(() => own.size === 0, graceMilliseconds)
    },
  }
}

/** The session begins once the handshake is through; a caller that never gets there is cut. */
function beginTls(
  accepted: AcceptedSocket,
  secureContext: SecureContext,
  begin: (accepted: AcceptedSocket, socket: TLSSocket) => void,
  graceSeconds: number,
): void {
  const { socket } = accepted
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    requestCert: true,
    // Whose it is decides CONNECT, which refuses all alike.
    rejectUnauthorized: false,
  })
  const timer = setTimeout(() => tls.destroy(), graceSeconds * 1_000)
  const failed = (): void => {
    clearTimeout(timer)
    tls.destroy()
  }
  tls.once('error', failed)
  tls.once('close', failed)
  tls.once('secure', () => {
    clearTimeout(timer)
    tls.off('error', failed)
    tls.off('close', failed)
    begin(accepted, tls)
  })
}

/** Made again when the identity changes. */
function followIdentity(identity: () => ServerIdentity): () => SecureContext {
  let made: { readonly from: ServerIdentity; readonly context: SecureContext } | undefined
  return () => {
    const now = identity()
    if (made?.from !== now) {
      const context = createSecureContext({
        key: now.keyPem,
        cert: [now.certificatePem, ...now.chainPem].join(''),
        minVersion: 'TLSv1.2',
        sessionIdContext: SESSION_CONTEXT,
      })
      made = { from: now, context }
    }
    return made.context
  }
}

async function waitUntil(isTrue: () => boolean, milliseconds: number): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!isTrue() && performance.now() < deadline) {
    await new Promise((resolve) => {
      setTimeout(resolve, STOP_POLL_MILLISECONDS)
    })
  }
}
