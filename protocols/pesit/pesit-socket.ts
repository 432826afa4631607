import { X509Certificate } from 'node:crypto'
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { SecureContext, TLSSocket } from 'node:tls'
import { SendingError } from '../sending.ts'

/** Where a PeSIT server is called. */
export interface PesitPlace {
  /** The name it goes by. */
  readonly host: string
  readonly port: number
  /** Tried in their order; absent: `host` is looked up. */
  readonly addresses?: readonly string[]
  /** Absent: clear. */
  readonly tls?: PesitTls
}

/** Mutual TLS from the first byte (reference §2.6). */
export interface PesitTls {
  /** Our key, our certificate and its chain, made once for all calls. */
  readonly context: SecureContext
  /** Why the certificate that the server showed is not the one we want; undefined: it is. */
  readonly refuses: (shown: X509Certificate) => string | undefined
  /** Keeps what resumes a TLS session; absent: none is resumed. */
  readonly sessions?: TlsSessions
}

/** What resumes a TLS session. */
export interface TlsTicket {
  readonly session: Buffer
  /** What the server showed when the session began: it shows none when one is resumed. */
  readonly certificate: X509Certificate
}

/** Tickets of TLS sessions by server: each is used once (RFC 8446, appendix C.4). */
export class TlsSessions {
  readonly #tickets = new Map<string, TlsTicket[]>()

  take(server: string): TlsTicket | undefined {
    return this.#tickets.get(server)?.pop()
  }

  keep(server: string, ticket: TlsTicket): void {
    const tickets = this.#tickets.get(server) ?? []
    tickets.push(ticket)
    if (tickets.length > MAX_TICKETS) tickets.shift()
    this.#tickets.set(server, tickets)
  }
}

const MAX_TICKETS = 8

export interface OpenedSocket {
  readonly socket: Socket
  readonly isTls: boolean
  /** Whether a TLS session was resumed. */
  readonly isResumed: boolean
}

/**
 * Opens the way to a server, and has its certificate judged before a byte of ours goes over it.
 * @throws SendingError unreachable, refused (its certificate), timed-out, cancelled
 */
export async function openPesitSocket(
  place: PesitPlace,
  options: { readonly timeoutSeconds: number; readonly signal?: AbortSignal | undefined },
): Promise<OpenedSocket> {
  const addresses = place.addresses ?? [place.host]
  let last: unknown
  for (const address of addresses) {
    try {
      return await openAt(address, place, options)
    } catch (error) {
      last = error
      // Somebody answered: another address is not tried on him.
      if (error instanceof SendingError && error.failure !== 'unreachable') break
    }
  }
  throw last ?? new SendingError('unreachable', `${place.host} has no address.`)
}

async function openAt(
  address: string,
  place: PesitPlace,
  { timeoutSeconds, signal }: Parameters<typeof openPesitSocket>[1],
): Promise<OpenedSocket> {
  const { host, port, tls } = place
  const server = `${host}:${port}`
  const timeout = AbortSignal.timeout(timeoutSeconds * 1_000)
  const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  const ticket = tls?.sessions?.take(server)
  const socket: Socket | TLSSocket =
    tls === undefined
      ? connectTcp({ host: address, port })
      : connectTls({
          host: address,
          port,
          // RFC 6066 §3: an address is no server name.
          ...(isIP(host) === 0 ? { servername: host } : {}),
          secureContext: tls.context,
          // Judged below, by what is registered: partners' authorities are their own affair.
          rejectUnauthorized: false,
          minVersion: 'TLSv1.2',
          ...(ticket === undefined ? {} : { session: ticket.session }),
        })
  // Tickets of TLS 1.3 may come at any time, also before the certificate is judged.
  const made: Buffer[] = []
  socket.on('session', (session: Buffer) => made.push(session))
  try {
    await opened(socket, tls === undefined ? 'connect' : 'secureConnect', stop)
  } catch (cause) {
    socket.destroy()
    if (signal?.aborted === true) throw new SendingError('cancelled', 'It was given up.', { cause })
    const failure = timeout.aborted ? 'timed-out' : 'unreachable'
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SendingError(failure, `${server} (${address}) does not answer: ${why}`, { cause })
  }
  socket.setNoDelay(true)
  if (tls === undefined) return { socket, isTls: false, isResumed: false }
  const secure = socket as TLSSocket
  const isResumed = secure.isSessionReused()
  const certificate = isResumed ? ticket?.certificate : shownBy(secure)
  const refusal = certificate === undefined ? 'it showed no certificate' : tls.refuses(certificate)
  if (certificate === undefined || refusal !== undefined) {
    socket.destroy()
    throw new SendingError('refused', `${server}: ${refusal}`)
  }
  const { sessions } = tls
  if (sessions !== undefined) {
    for (const session of made) sessions.keep(server, { session, certificate })
    socket.on('session', (session: Buffer) => sessions.keep(server, { session, certificate }))
  }
  return { socket, isTls: true, isResumed }
}

function shownBy(socket: TLSSocket): X509Certificate | undefined {
  const shown = socket.getPeerX509Certificate()
  return shown && new X509Certificate(shown.raw)
}

function opened(socket: Socket, event: string, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = (end: () => void): void => {
      socket.off('error', failed)
      socket.off('close', closed)
      stop.removeEventListener('abort', stopped)
      end()
    }
    const failed = (error: Error): void => give(() => reject(error))
    const closed = (): void => give(() => reject(new Error('it was closed')))
    const stopped = (): void => give(() => reject(new Error('no answer in time')))
    socket.once('error', failed)
    socket.once('close', closed)
    stop.addEventListener('abort', stopped, { once: true })
    socket.once(event, () =>
      give(() => {
        // What happens to it later is told by its line.
        socket.on('error', () => {})
        resolve()
      }),
    )
    if (stop.aborted) stopped()
  })
}
