import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorCode } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { readinessOf, type HealthCheck } from '../readiness.ts'
import type { Metrics } from './metrics.ts'

/** Not imported: that would load all that the module names, HTTP/2 and undici too: 4 MiB of heap. */
const { createServer } = process.getBuiltinModule('node:http')

export interface MetricsListenerOptions {
  readonly host: string
  /** 0 = any free one. */
  readonly port: number
  readonly metrics: Metrics
  readonly checks: readonly HealthCheck[]
  readonly log: Logger
}

export interface MetricsListener {
  /** Where programs of this machine reach it. */
  readonly url: string
  stop(): Promise<void>
}

/** A scraper, a probe, somebody with curl: more are none of ours. */
const MAX_CONNECTIONS = 32
const LIMITS = { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 2_000 }

/**
 * `/livez`, `/readyz` and `/metrics` of a process that has no API, without its weight: plain HTTP,
 * no token. A port that is taken, by another process of this machine, is no reason not to serve
 * partners: any free one is used then.
 * @throws GatewayError CONFIG_INVALID for an address that cannot be bound
 */
export async function startMetricsListener(
  options: MetricsListenerOptions,
): Promise<MetricsListener> {
  const { host, port, log } = options
  const server = createServer(LIMITS, answerer(options))
  server.maxConnections = MAX_CONNECTIONS
  try {
    await listen(server, host, port)
  } catch (cause) {
    const code = errorCode(cause)
    if (code !== 'EADDRINUSE') {
      throw new GatewayError(
        'CONFIG_INVALID',
        `Metrics cannot be served on ${host}:${port} (${code}).`,
        { cause },
      )
    }
    await listen(server, host, 0)
    log.warn({ port }, 'metrics.port is taken: metrics are served on another port')
  }
  server.on('error', (err) => log.error({ err }, 'listening socket of the metrics failed'))
  const bound = server.address() as AddressInfo
  return {
    url: `http://${localHost(host)}:${bound.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answerer({ metrics, checks, log }: MetricsListenerOptions): RequestListener {
  const pages: Readonly<Record<string, () => Promise<Page>>> = {
    '/livez': async () => json(200, { status: 'live' }),
    '/readyz': async () => {
      const { isReady, ...document } = await readinessOf(checks)
      return json(isReady ? 200 : 503, document)
    },
    '/metrics': async () => ({
      status: 200,
      type: metrics.contentType,
      text: await metrics.text(),
    }),
  }
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const answer =
      page === undefined
        ? Promise.resolve(json(404, { status: 'not found' }))
        : isRead
          ? page()
          : Promise.resolve(json(405, { status: 'only read' }))
    answer
      .catch((err: unknown): Page => {
        log.error({ err, path }, 'health or metrics could not be told')
        return json(500, { status: 'failed' })
      })
      .then(({ status, type, text }) => {
        response.writeHead(status, {
          'Content-Type': type,
          'Cache-Control': 'no-store',
          'X-Content-Type-Options': 'nosniff',
        })
        response.end(request.method === 'HEAD' ? undefined : text)
      })
      .catch((err: unknown) => log.error({ err, path }, 'an answer could not be written'))
  }
}

interface Page {
  readonly status: number
  readonly type: string
  readonly text: string
}

const json = (status: number, document: unknown): Page => ({
  status,
  type: 'application/json; charset=utf-8',
  text: JSON.stringify(document),
})

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
}

/** The host of a URL that leads to what is bound there. */
function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
