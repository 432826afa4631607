import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { startAccepting, type AcceptedSocket } from '../accept.ts'
import type { Listener } from '../listener.ts'
import { HttpConnection, serveConnections, type HttpConnections } from './http-connection.ts'
import type { Reception } from './reception.ts'
import type { ReceptionParts } from './reception-parts.ts'
import { speakTls } from './tls-sockets.ts'

/** Not imported: that would load all that the module names, HTTP/2 and undici too: 4 MiB of heap. */
const { createServer } = process.getBuiltinModule('node:http')

export interface As2ListenerOptions extends ReceptionParts {
  /** Shared by all listeners of AS2: what one has in hand, the other knows. */
  readonly reception: Reception
  /** With `host` resolved; port 0 = any free one. */
  readonly host: string
  readonly port: number
  /** What https shows, asked for at each connection; absent = http. */
  readonly secureContext?: () => SecureContext
  /** Takes folded headers and LF line ends (setting as2.legacy). */
  readonly isLenient?: boolean
}

/**
 * Starts one listener of AS2 over bare `node:http`; sockets come from accept.ts alone.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for an address
 */
export async function startAs2Listener(options: As2ListenerOptions): Promise<Listener> {
  const { services, settings, secureContext, reception, host, port } = options
  const log = services.log.child({ protocol: 'as2' })
  const connections: HttpConnections = new WeakMap()
  const open = new Set<HttpConnection>()
  const server = createServer({
    maxHeaderSize: settings.maxHeaderBytes,
    insecureHTTPParser: options.isLenient === true,
    requireHostHeader: false,
    // A gigabyte takes its time: silence and pace are watched instead.
    requestTimeout: 0,
    keepAliveTimeout: settings.keepAliveSeconds * 1_000,
  })
  server.timeout = settings.idleSeconds * 1_000
  serveConnections(server, connections)

  const serve = (accepted: AcceptedSocket, socket: Socket): void => {
    const connection = new HttpConnection({ services, settings, reception, log }, accepted, socket)
    connections.set(socket, connection)
    open.add(connection)
    socket.once('close', () => open.delete(connection))
    server.emit('connection', socket)
  }
  const acceptor = await startAccepting({
    protocol: 'as2',
    host,
    port,
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
      if (secureContext === undefined) serve(accepted, accepted.socket)
      else secure(accepted, secureContext(), settings.headersSeconds, serve)
    },
    onRefused: (refusal) => {
      services.sessions.refused({ protocol: 'as2', ...refusal })
    },
  })
  return {
    protocol: 'as2',
    address: acceptor.address,
    url: { scheme: secureContext === undefined ? 'http' : 'https', path: settings.path },
    stop: async (graceMilliseconds) => {
      acceptor.refuseNew()
      for (const connection of open) connection.stop()
      const deadline = performance.now() + graceMilliseconds
      while (open.size > 0 && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await acceptor.close()
    },
  }
}

function secure(
  accepted: AcceptedSocket,
  context: SecureContext,
  seconds: number,
  ready: (accepted: AcceptedSocket, socket: Socket) => void,
): void {
  const timer = setTimeout(() => accepted.socket.destroy(), seconds * 1_000)
  accepted.socket.once('close', () => clearTimeout(timer))
  speakTls(
    accepted.socket,
    context,
    (secured) => {
      clearTimeout(timer)
      ready(accepted, secured)
    },
    () => accepted.socket.destroy(),
  )
}
