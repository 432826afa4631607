import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Logger } from 'pino'
import { errorCode } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import type { Journal } from '../journal/journal.ts'
import { requireToken } from './bearer-token.ts'
import { flowsRoutes } from './flows.ts'
import { healthRoutes, type HealthCheck } from './health.ts'
import { notFound, problemHandler } from './problem.ts'
import { refusalsRoutes } from './refusals.ts'
import { testCertificatesRoutes } from './test-certificates.ts'

export interface ApiOptions {
  readonly host: string
  readonly port: number
  readonly token: string
  readonly journal: Journal
  readonly identity: Pick<Identity, 'signRequest'>
  readonly checks: readonly HealthCheck[]
  readonly log: Logger
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
  const { host, port, token, journal, identity, checks, log } = options
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use((_request, response, next) => {
    response.set({ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' })
    next()
  })
  app.use(healthRoutes(checks))
  app.use(
    '/api/v1',
    requireToken(token),
    flowsRoutes(journal),
    refusalsRoutes(journal),
    testCertificatesRoutes(identity),
  )
  app.use(notFound)
  app.use(problemHandler(log))

  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, app)
  server.maxConnections = 256
  await listening(server, host, port)
  server.on('error', (err) => log.error({ err }, 'listening socket of the API failed'))
  const bound = server.address() as AddressInfo
  return {
    address: { host, port: bound.port },
    stop: () =>
      new Promise((resolve) => {
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
