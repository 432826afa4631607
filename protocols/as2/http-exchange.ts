import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { SecureContext, TLSSocket } from 'node:tls'
import { SendingError } from '../sending.ts'
import { MessageFault } from './message-fault.ts'
import type { HeaderList } from './message-writer.ts'
import { HeaderFields } from './mime/header-fields.ts'
import type { Octets } from './octets.ts'
import { PostError } from './post-error.ts'
import { connectChecked, type ServerCertificateCheck } from './server-certificate.ts'

/** Not imported: that would load all that the module names, HTTP/2 and undici too: 4 MiB of heap. */
const { request: httpRequest } = process.getBuiltinModule('node:http')

/** A POST whose body is read as it is sent. */
export interface Post {
  readonly url: string
  /** Resolved and allowed by who asks; undefined = the name of the URL is looked up. */
  readonly address?: string
  readonly headers: HeaderList
  readonly body: Octets
  /** Sent in chunks when it is not known (RFC 9112 §6). */
  readonly bytes: number | undefined
  /** In chunks although it is known. */
  readonly isChunked?: boolean
  /** Asks before the body is sent (RFC 9110 §10.1.1). */
  readonly expectsContinue?: boolean
  readonly tls?: PostTls
  /** Without a byte either way; the other side may judge for long. */
  readonly idleMilliseconds: number
  readonly signal?: AbortSignal
  /** For connections that are used again. */
  readonly agent?: Agent
  /** Told which socket it goes over. */
  readonly onSocket?: (socket: Socket) => void
}

export interface PostTls {
  /** PEM; absent = those that Node trusts. */
  readonly authorities?: readonly string[]
  /** Takes any certificate: the message itself is signed and encrypted. */
  readonly isUnchecked?: boolean
  /** What the server's certificate has to be; absent = as Node checks it. */
  readonly check?: ServerCertificateCheck
  /** Authorities for that, made once. */
  readonly trust?: SecureContext
  /** PEM, for servers that ask for it. */
  readonly certificatePem?: string
  readonly keyPem?: string
}

export interface PostAnswer {
  readonly status: number
  readonly headers: HeaderFields
  readonly body: Octets
  /** From the last byte sent to the first of the answer. */
  readonly waitedMilliseconds: number
}

/** A server that never answers `Expect` gets the body all the same (RFC 9110 §10.1.1). */
const CONTINUE_MILLISECONDS = 3_000
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429])

/**
 * Posts once, over a connection of its own unless an agent is given. Redirects are not followed.
 * An answer that comes before the body is sent ends the sending.
 * @returns an answer with a status of 200 to 299
 * @throws PostError for another one, and when there is none; MessageFault of the body
 */
export async function post(order: Post): Promise<PostAnswer> {
  const url = new URL(order.url)
  const socket = await checkedSocket(url, order)
  const request = start(url, order, socket)
  request.once('socket', (used) => order.onSocket?.(used))
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
    request.once('close', () => reject(new Error('The connection ended without an answer')))
  })
  // Whoever waits for it comes later.
  answered.catch(() => undefined)
  try {
    if (order.expectsContinue === true) await mayGoOn(request, answered)
    await send(order.body, request, answered)
    const sentAt = performance.now()
    const response = await answered
    return acceptedAnswer(response, performance.now() - sentAt)
  } catch (error) {
    request.destroy()
    throw asPostError(error, order)
  }
}

/** Sends the body; a refusal in the middle ends that, the rest is not wanted. */
async function send(
  body: Octets,
  request: ClientRequest,
  answered: Promise<IncomingMessage>,
): Promise<void> {
  const refused = new AbortController()
  request.once('response', ({ statusCode = 0 }) => {
    if (statusCode >= 300) refused.abort()
  })
  let ours: unknown
  async function* watched(): AsyncGenerator<Buffer> {
    try {
      for await (const piece of body) yield piece
    } catch (error) {
      ours = error
      throw error
    }
  }
  try {
    await pipeline(watched(), request, { signal: refused.signal })
  } catch {
    if (ours !== undefined) throw asLocal(ours)
    // The answer, or why there is none, says more than that a write failed.
    await answered
  }
}

function asLocal(error: unknown): unknown {
  if (error instanceof MessageFault || error instanceof SendingError) return error
  const why = error instanceof Error ? error.message : 'no reason given'
  return new PostError('local', `What is to be sent cannot be read: ${why}`, {
    isTransient: true,
    cause: error,
  })
}

const portOf = (url: URL): number =>
  url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)

/** As a server is asked for by name; an address is none (RFC 6066 §3). */
const serverName = ({ hostname }: URL): string => (/[a-z]/i.test(hostname) ? hostname : '')

/** A connection to a server that is who it should be; undefined when that is not looked at here. */
async function checkedSocket(url: URL, order: Post): Promise<TLSSocket | undefined> {
  const { tls, address, signal, idleMilliseconds: milliseconds } = order
  if (url.protocol !== 'https:' || tls?.check === undefined) return undefined
  const { trust } = tls
  const host = bareHost(url.hostname)
  const options = {
    host: address ?? host,
    port: portOf(url),
    servername: serverName(url),
    minVersion: 'TLSv1.2',
    ...(trust === undefined ? {} : { secureContext: trust }),
  } as const
  try {
    return await connectChecked(options, host, tls.check, {
      milliseconds,
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    throw asPostError(error, order)
  }
}

/** @param socket TLS that is ready; undefined = a connection of the request's own */
function start(url: URL, order: Post, socket: TLSSocket | undefined): ClientRequest {
  const { tls, address, signal, agent, idleMilliseconds } = order
  const isKnown = order.bytes !== undefined && order.isChunked !== true
  const options = {
    method: 'POST',
    host: address ?? bareHost(url.hostname),
    port: portOf(url),
    path: url.pathname + url.search,
    agent: agent ?? false,
    headers: fieldsOf(url, order, isKnown),
    timeout: idleMilliseconds,
    ...(signal === undefined ? {} : { signal }),
    ...(url.username === ''
      ? {}
      : { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` }),
  }
  const request =
    url.protocol === 'https:' && socket === undefined
      ? httpsRequest({
          ...options,
          servername: serverName(url),
          minVersion: 'TLSv1.2',
          rejectUnauthorized: tls?.isUnchecked !== true,
          ...(tls?.authorities === undefined ? {} : { ca: [...tls.authorities] }),
          ...(tls?.certificatePem === undefined
            ? {}
            : { cert: tls.certificatePem, key: tls.keyPem }),
        })
      : httpRequest({
          ...options,
          ...(socket === undefined ? {} : { agent: undefined, createConnection: () => socket }),
        })
  request.once('timeout', () => {
    request.destroy(
      new PostError('timed-out', `${url.host} was silent for ${idleMilliseconds / 1_000} s`, {
        isTransient: true,
      }),
    )
  })
  return request
}

/** One line each, in their order and spelling. */
function fieldsOf(url: URL, order: Post, isKnown: boolean): Record<string, string | number> {
  return {
    Host: url.host,
    ...Object.fromEntries(order.headers),
    ...(isKnown ? { 'Content-Length': order.bytes! } : { 'Transfer-Encoding': 'chunked' }),
    ...(order.expectsContinue === true ? { Expect: '100-continue' } : {}),
  }
}

/** `[::1]` without its brackets. */
function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

async function mayGoOn(request: ClientRequest, answered: Promise<IncomingMessage>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  request.once('continue', resolve)
  const timer = setTimeout(resolve, CONTINUE_MILLISECONDS)
  request.flushHeaders()
  try {
    await Promise.race([promise, answered])
  } finally {
    clearTimeout(timer)
  }
}

function acceptedAnswer(response: IncomingMessage, waitedMilliseconds: number): PostAnswer {
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) {
    return {
      status,
      headers: headersOf(response.rawHeaders),
      body: response,
      waitedMilliseconds,
    }
  }
  response.destroy()
  const isTransient = status >= 500 || TRANSIENT_STATUSES.has(status)
  throw new PostError('refused', `The server answered ${status} ${statusText(response)}`.trim(), {
    status,
    isTransient,
    retryAfterSeconds: retryAfter(response.headers['retry-after']),
  })
}

/** Its words, which are shown to people. */
function statusText({ statusMessage }: IncomingMessage): string {
  return (statusMessage ?? '').replaceAll(/[^ -~]/g, '').slice(0, 100)
}

function retryAfter(value: string | undefined): number | undefined {
  const seconds = Number(value)
  return value !== undefined && Number.isInteger(seconds) && seconds >= 0 ? seconds : undefined
}

/** Names and values as they came; the parser has refused what is no field. */
export function headersOf(raw: readonly string[]): HeaderFields {
  const fields: (readonly [string, string])[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) fields.push([raw[at]!, raw[at + 1]!])
  return new HeaderFields(fields)
}

/** A server's certificate that is not trusted: somebody changes that, so it is tried again. */
const CERTIFICATE_CODES = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/

function asPostError(error: unknown, { url, signal }: Post): unknown {
  if (error instanceof SendingError || error instanceof MessageFault) return error
  if (signal?.aborted === true) {
    return new PostError('cancelled', 'Sending was stopped.', { isTransient: true, cause: error })
  }
  const { host } = new URL(url)
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const why = error instanceof Error ? error.message : 'no reason given'
  const failure = CERTIFICATE_CODES.test(code) ? 'refused' : 'unreachable'
  return new PostError(failure, `${host}: ${why}`, { isTransient: true, cause: error })
}
