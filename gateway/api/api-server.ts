import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Logger } from 'pino'
import type { ApiServices } from './api-services.ts'
import { listenForApi, type ApiTls } from './api-listener.ts'
import { createDoor } from './door.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { HealthCheck } from '../readiness.ts'
import { healthRoutes } from './health.ts'
import { mountRoutes } from './mount-routes.ts'
import { problemHandler, refuseUnknown } from './problem.ts'
import { API_ROUTES } from './routes.ts'
import { QUEUE_BOARD_PATH, queueBoardRoutes, type OpenQueueBoard } from './queue-board.ts'
import { securityHeaders } from './security-headers.ts'

export interface ApiOptions {
  readonly host: string
  readonly port: number
  /** Plain HTTP unless said. */
  readonly tls?: ApiTls
  /** Addresses or networks whose X-Forwarded headers are believed. */
  readonly trustedProxies?: readonly string[]
  readonly services: ApiServices
  readonly checks: readonly HealthCheck[]
  /** Shown at `/metrics` to whoever may read them. */
  readonly metrics?: Metrics
  /** Pages of the work queue for operators, when its engine has some. */
  readonly openQueueBoard?: OpenQueueBoard | undefined
  readonly log: Logger
  /** Holds every answer against its declared schema, for tests. */
  readonly checkAnswers?: boolean
}

export interface ApiServer {
  readonly address: { readonly host: string; readonly port: number }
  /** Where programs of this machine reach it. */
  readonly url: string
  stop(): Promise<void>
}

/** How long answers in hand may take once the API stops. */
const STOP_MILLISECONDS = 2_000

/**
 * The HTTP API under `/api/v1`, and health at the root.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for a port or certificate that cannot be used
 */
export async function startApi(options: ApiOptions): Promise<ApiServer> {
  const { host, port, services, checks, log } = options
  const { tls = { kind: 'off' }, trustedProxies = [] } = options
  const stopping = new AbortController()
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', 'simple')
  app.set('trust proxy', trustedProxies)
  app.use(securityHeaders)
  const door = createDoor(services.accounts)
  app.use(healthRoutes({ checks, metrics: options.metrics, door }))
  app.use(QUEUE_BOARD_PATH, queueBoardRoutes(door, options.openQueueBoard))
  app.use(
    '/api/v1',
    mountRoutes({
      routes: API_ROUTES,
      services,
      door,
      stopping: stopping.signal,
      checkAnswers: options.checkAnswers ?? false,
    }),
  )
  app.use(refuseUnknown)
  app.use(problemHandler(log))

  const { server, close } = await listenForApi(app, { host, port, tls, trustedProxies, log })
  const bound = server.address() as AddressInfo
  const scheme = tls.kind === 'off' ? 'http' : 'https'
  return {
    address: { host, port: bound.port },
    url: `${scheme}://${localHost(host)}:${bound.port}`,
    stop: () =>
      new Promise((resolve) => {
        close()
        stopping.abort()
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), STOP_MILLISECONDS).unref()
      }),
  }
}

/** The host of a URL that leads to what is bound there. */
function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
