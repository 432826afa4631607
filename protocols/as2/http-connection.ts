import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Config } from '../../config/schema.ts'
import type { Logger } from '../../gateway/logger.ts'
import type { AcceptedSocket } from '../accept.ts'
import type { OpenSession, ListenerServices } from '../listener.ts'
import { headersOf } from './http-exchange.ts'
import { plainAnswer, type PostAnswer } from './incoming-post.ts'
import type { Octets } from './octets.ts'
import type { Reception } from './reception.ts'
import { BrokenBody, requestBody } from './request-body.ts'
import { shownCertificate } from './tls-sockets.ts'

export interface HttpParts {
  readonly services: ListenerServices
  readonly settings: Config['as2']
  readonly reception: Reception
  readonly log: Logger
}

/** What is left of a body that nobody wants is read so far, so that the answer is seen. */
const UNWANTED_BYTES = 16 * 1024 * 1024
const UNWANTED_MILLISECONDS = 10_000
const ALLOW = ['Allow', 'POST, HEAD, GET'] as const

/** One connection of HTTP: its requests one after the other, one session for all of them. */
export class HttpConnection {
  readonly #parts: HttpParts
  readonly #accepted: AcceptedSocket
  /** The one HTTP is spoken on: TLS or bare. */
  readonly #socket: Socket
  #session: OpenSession | undefined
  #outcome = 'closed'
  #posts = 0
  #inHand = 0
  #isStopping = false
  #requestTimer: NodeJS.Timeout | undefined

  constructor(parts: HttpParts, accepted: AcceptedSocket, socket: Socket) {
    this.#parts = parts
    this.#accepted = accepted
    this.#socket = socket
    this.#awaitRequest(parts.settings.headersSeconds)
    socket.once('close', () => {
      clearTimeout(this.#requestTimer)
      void this.#session?.close(this.#outcome)
    })
  }

  /** Ends it now, or once its answer is out. */
  stop(): void {
    this.#isStopping = true
    if (this.#inHand === 0) this.#socket.destroy()
  }

  handle(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    clearTimeout(this.#requestTimer)
    this.#inHand += 1
    let isWanted = !expectsContinue
    const wantBody = (): void => {
      if (!isWanted) response.writeContinue()
      isWanted = true
    }
    response.once('close', () => {
      this.#inHand -= 1
      if (this.#isStopping && this.#inHand === 0) this.#socket.destroySoon()
      else
        this.#awaitRequest(
          this.#parts.settings.keepAliveSeconds + this.#parts.settings.headersSeconds,
        )
    })
    const body = requestBody(request, this.#parts.settings.minBytesPerSecond)
    this.#answer(request, body, wantBody)
      .then((answer) => {
        this.#send(request, response, answer, !isWanted)
        return body.return(undefined)
      })
      .catch((error: unknown) => {
        const isLine = error instanceof BrokenBody
        const said = isLine ? 'a message broke off' : 'a request could not be answered'
        this.#parts.log[isLine ? 'info' : 'error']({ err: error, ...this.#who }, said)
        this.#socket.destroy()
      })
  }

  /** HTTP that cannot be read (RFC 9112 §3); what it was about is not known. */
  unreadable(error: NodeJS.ErrnoException): void {
    if (this.#socket.destroyed || error.code === 'ECONNRESET') return
    const isLong = error.code === 'HPE_HEADER_OVERFLOW'
    const status = isLong ? '431 Request Header Fields Too Large' : '400 Bad Request'
    const hint =
      error.code === 'HPE_INVALID_HEADER_TOKEN' || error.code === 'HPE_LF_EXPECTED'
        ? ' (folded headers and lines that end in LF alone: as2.legacy)'
        : ''
    const { services, log } = this.#parts
    const reason = `The request is no HTTP that is read here: ${error.code}${hint}`
    const { host, port } = this.#accepted.peer
    const peer = `${host}:${port}`
    services.sessions.refused({ protocol: 'as2', peer, code: 'MESSAGE_MALFORMED', reason })
    log.warn({ ...this.#who, reason }, 'request refused')
    if (this.#inHand > 0) {
      // What came before it is answered, and the line ends then.
      this.#isStopping = true
    } else if (this.#socket.writable) {
      this.#socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    } else {
      this.#socket.destroy()
    }
  }

  get #who() {
    return { peer: this.#accepted.peer.host, sessionId: this.#session?.id }
  }

  async #answer(request: IncomingMessage, body: Octets, wantBody: () => void): Promise<PostAnswer> {
    const { settings, reception } = this.#parts
    const path = (request.url ?? '').split('?')[0]
    if (path !== settings.path) return plainAnswer(404, `Nothing is here but ${settings.path}`)
    switch (request.method) {
      case 'POST':
        break
      case 'HEAD':
        return plainAnswer(200, '')
      case 'GET':
        return plainAnswer(200, 'An AS2 endpoint: messages are posted here.', [ALLOW])
      default:
        return plainAnswer(405, 'Messages are posted.', [ALLOW])
    }
    const { peer } = this.#accepted
    const from = `${peer.host}:${peer.port}`
    this.#posts += 1
    this.#session ??= this.#open(from)
    const length = request.headers['content-length']
    let arrivedAt: number | undefined
    request.once('end', () => {
      arrivedAt = performance.now()
    })
    return reception.answer({
      headers: headersOf(request.rawHeaders),
      body,
      bytes: length === undefined ? undefined : Number(length),
      peer,
      tlsCertificate: shownCertificate(this.#socket),
      session: this.#session,
      number: this.#posts,
      wantBody,
      named: () => this.#accepted.authenticated(),
      arrivedAt: () => arrivedAt,
    })
  }

  #open(peer: string): OpenSession {
    const socket = this.#socket
    return this.#parts.services.sessions.open({
      protocol: 'as2',
      peer,
      line: {
        bytes: () => ({ in: socket.bytesRead, out: socket.bytesWritten }),
        cut: (reason) => {
          this.#outcome = reason
          socket.destroy()
        },
      },
    })
  }

  #send(
    request: IncomingMessage,
    response: ServerResponse,
    answer: PostAnswer,
    isUnread: boolean,
  ): void {
    if (answer.isCut === true) {
      this.#accepted.socket.resetAndDestroy()
      return
    }
    // Who waits for 100 and is answered otherwise sends no body: what comes next would be taken for it.
    const isLast = isUnread || this.#isStopping
    const headers = answer.headers.filter(([name]) => !/^content-length$/i.test(name))
    const fields = [
      ...headers,
      ['Content-Length', String(answer.body.length)],
      ...(isLast ? [['Connection', 'close']] : []),
    ]
    response.writeHead(answer.status, fields.flat())
    response.end(answer.body, () => {
      answer.sent?.()
      if (!request.complete) this.#readUnwanted(request)
    })
  }

  /** Reads on what was not wanted for a while: cut at once, the sender would not see the answer. */
  #readUnwanted(request: IncomingMessage): void {
    const start = this.#socket.bytesRead
    const deadline = performance.now() + UNWANTED_MILLISECONDS
    const timer = setInterval(() => {
      const isEnough = this.#socket.bytesRead - start > UNWANTED_BYTES
      if (request.complete || this.#socket.destroyed) clearInterval(timer)
      else if (isEnough || performance.now() > deadline) this.#socket.destroy()
    }, 100)
    request.resume()
  }

  #awaitRequest(seconds: number): void {
    clearTimeout(this.#requestTimer)
    this.#requestTimer = setTimeout(() => {
      if (this.#inHand === 0) this.#socket.destroy()
    }, seconds * 1_000)
  }
}

/** Connections by the socket that HTTP speaks on. */
export type HttpConnections = WeakMap<object, HttpConnection>

/** Hands each request to its connection. */
export function serveConnections(server: Server, connections: HttpConnections): void {
  const handle =
    (expectsContinue: boolean) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      connections.get(request.socket)!.handle(request, response, expectsContinue)
    }
  server.on('request', handle(false))
  server.on('checkContinue', handle(true))
  server.on('clientError', (error, socket) => connections.get(socket)?.unreadable(error))
}
