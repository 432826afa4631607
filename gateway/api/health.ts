import { Router } from 'express'
import type { Metrics } from '../metrics/metrics.ts'
import { readinessOf, type HealthCheck } from '../readiness.ts'
import { requireSomewhere } from './access.ts'
import type { Door } from './door.ts'

/**
 * `/livez`: the process answers. `/readyz`: every part it needs does, with the state of each;
 * `degraded` when one is away that partners are served without. No token needed. `/metrics` names
 * connections and says how much they send: it wants one.
 */
export function healthRoutes(options: {
  readonly checks: readonly HealthCheck[]
  readonly metrics: Metrics | undefined
  readonly door: Door
}): Router {
  const { checks, metrics, door } = options
  const router = Router()
  router.get('/livez', (_request, response) => {
    response.json({ status: 'live' })
  })
  router.get('/readyz', async (_request, response) => {
    const { isReady, ...document } = await readinessOf(checks)
    response.status(isReady ? 200 : 503).json(document)
  })
  if (metrics !== undefined) {
    router.get('/metrics', async (request, response) => {
      requireSomewhere('metrics.show', await door.enter(request))
      const text = await metrics.text()
      response.set('Content-Type', metrics.contentType).send(text)
    })
  }
  return router
}
