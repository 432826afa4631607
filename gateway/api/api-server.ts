import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Logger } from 'pino'
import { errorCode } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import type { ApiServices } from './api-services.ts'
import { createDoor } from './door.ts'
import { healthRoutes, type HealthCheck } from './health.ts'
import { mountRoutes } from './mount-routes.ts'
import { problemHandler, refuseUnknown } from './problem.ts'
import { API_ROUTES } from './routes.ts'
import { securityHeaders } from './security-headers.ts'

export interface ApiOptions {
  readonly host: string
  readonly port: number
  readonly services: ApiServices
  readonly checks: readonly HealthCheck[]
  readonly log: Logger
  /** Holds every answer against its declared schema, for tests. */
  readonly checkAnswers?: boolean
}

export interface ApiServer {
  readonly address: { readonly host: string; readonly port: number }
  stop(): Promise<void>
}

/**
 * The HTTP API under `/api/v1`, and health at the root.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for a port that cannot be bound
 */
export async function startApi(options: ApiOptions): Promise<ApiServer> {
  const { host, port, services, checks, log } = options
  const stopping = new AbortController()
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', 'simple')
  app.use(securityHeaders)
  app.use(healthRoutes(checks))
  app.use(
    '/api/v1',
    mountRoutes({
      routes: API_ROUTES,
      services,
      door: createDoor(services.accounts),
      stopping: stopping.signal,
      checkAnswers: options.checkAnswers ?? false,
    }),
  )
  app.use(refuseUnknown)
  app.use(problemHandler(log))

  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, app)
  // A client that asks before it sends a body hears the refusal instead of a go-ahead.
  server.on('checkContinue', app)
  server.maxConnections = 256
  await listening(server, host, port)
  server.on('error', (err) => log.error({ err }, 'listening socket of the API failed'))
  const bound = server.address() as AddressInfo
  return {
    address: { host, port: bound.port },
    stop: () =>
      new Promise((resolve) => {
        stopping.abort()
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 2_000).unref()
      }),
  }
}

async function listening(server: Server, host: string, port: number): Promise<void> {
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
