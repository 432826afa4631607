import { once } from 'node:events'
import { watchFile, unwatchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { BlockList, isIPv6 } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { Logger } from 'pino'
import { errorCode } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import type { Identity } from '../identity.ts'

/** Not imported: that would load all that the module names, HTTP/2 and undici too: 4 MiB of heap. */
const { createServer } = process.getBuiltinModule('node:http')

/** Where the API's certificate comes from; `off` is plain HTTP. */
export type ApiTls =
  | { readonly kind: 'off' }
  | { readonly kind: 'own'; readonly identity: Pick<Identity, 'watch'> }
  | { readonly kind: 'files'; readonly certificateFile: string; readonly keyFile: string }

export interface ApiListenerOptions {
  readonly host: string
  readonly port: number
  readonly tls: ApiTls
  readonly trustedProxies: readonly string[]
  readonly log: Logger
}

export interface ApiListener {
  readonly server: Server
  /** Stops following the certificate. */
  readonly close: () => void
}

const LIMITS = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  // Node looks every 30 seconds otherwise: a client that says nothing would hold its place for 40.
  connectionsCheckingInterval: 2_000,
}
/** Of TLS: one that never ends it holds a place too, for two minutes by Node's default. */
const HANDSHAKE_MILLISECONDS = 10_000
/** Nothing written or read: a reader of an answer who takes nothing. Event streams speak more often. */
const SILENT_MILLISECONDS = 120_000
const MAX_CONNECTIONS = 256
const CERTIFICATE_LOOK_MILLISECONDS = 10_000

/**
 * The socket under the API, listening.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for a port or certificate that cannot be used
 */
export async function listenForApi(
  answer: RequestListener,
  options: ApiListenerOptions,
): Promise<ApiListener> {
  const { tls, trustedProxies, log } = options
  const server: Server =
    tls.kind === 'off'
      ? createServer(LIMITS, answer)
      : createTlsServer(
          {
            ...LIMITS,
            handshakeTimeout: HANDSHAKE_MILLISECONDS,
            minVersion: 'TLSv1.2',
            ALPNProtocols: ['http/1.1'],
          },
          answer,
        )
  const close =
    tls.kind === 'off' ? () => {} : await followCertificate(server as TlsServer, tls, log)
  if (tls.kind === 'off') refuseStrangers(server, trustedProxies)
  // A client that asks before it sends a body hears the refusal instead of a go-ahead.
  server.on('checkContinue', answer)
  server.maxConnections = MAX_CONNECTIONS
  server.setTimeout(SILENT_MILLISECONDS)
  try {
    await listening(server, options)
  } catch (error) {
    close()
    throw error
  }
  server.on('error', (err) => log.error({ err }, 'listening socket of the API failed'))
  return { server, close }
}

/** Plain HTTP is for this machine, and for the proxies that end TLS before it (decisions F1). */
function refuseStrangers(server: Server, trustedProxies: readonly string[]): void {
  const known = new BlockList()
  known.addSubnet('127.0.0.0', 8)
  known.addAddress('::1', 'ipv6')
  for (const proxy of trustedProxies) {
    const [address = '', prefix] = proxy.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) known.addAddress(address, family)
    else known.addSubnet(address, Number(prefix), family)
  }
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? ''
    if (!known.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) socket.destroy()
  })
}

/** @returns stops following */
async function followCertificate(
  server: TlsServer,
  tls: Exclude<ApiTls, { readonly kind: 'off' }>,
  log: Logger,
): Promise<() => void> {
  if (tls.kind === 'own') {
    return tls.identity.watch('api-tls', ({ keyPem, certificatePem, chainPem }) => {
      server.setSecureContext({ key: keyPem, cert: [certificatePem, ...chainPem].join('\n') })
    })
  }
  const { certificateFile, keyFile } = tls
  const load = async (): Promise<void> => {
    const [cert, key] = await Promise.all([readFile(certificateFile), readFile(keyFile)])
    createSecureContext({ cert, key })
    server.setSecureContext({ cert, key })
  }
  try {
    await load()
  } catch (cause) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `api.certificateFile and api.keyFile are no certificate with its key (${errorCode(cause)}).`,
      { cause },
    )
  }
  const again = (): void => {
    load().then(
      () => log.info({ certificateFile }, 'certificate of the API read again'),
      (err: unknown) => log.error({ err, certificateFile }, 'the new certificate cannot be used'),
    )
  }
  const watched = { interval: CERTIFICATE_LOOK_MILLISECONDS, persistent: false }
  for (const file of [certificateFile, keyFile]) watchFile(file, watched, again)
  return () => {
    for (const file of [certificateFile, keyFile]) unwatchFile(file, again)
  }
}

async function listening(server: Server, { host, port }: ApiListenerOptions): Promise<void> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (cause) {
    const code = errorCode(cause)
    throw new GatewayError(
      code === 'EADDRINUSE' ? 'PORT_IN_USE' : 'CONFIG_INVALID',
      `The API cannot listen on ${host}:${port} (${code}).`,
      { remedy: 'Choose another port with --api-port (0 = any free one).', cause },
    )
  }
}
