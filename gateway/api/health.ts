import { Router } from 'express'
import { GatewayError } from '../errors.ts'

/** One thing `/readyz` looks at. */
export interface HealthCheck {
  readonly name: string
  /** Partners are served without it: it is told, and the gateway is ready all the same. */
  readonly mayBeAway?: true
  /** Resolves to a sentence when well, rejects when not. */
  check(): Promise<string>
}

/**
 * `/livez`: the process answers. `/readyz`: every part it needs does, with the state of each;
 * `degraded` when one is away that partners are served without. No token needed.
 */
export function healthRoutes(checks: readonly HealthCheck[]): Router {
  const router = Router()
  router.get('/livez', (_request, response) => {
    response.json({ status: 'live' })
  })
  router.get('/readyz', async (_request, response) => {
    const results = await Promise.all(
      checks.map(async (one) => {
        try {
          return { name: one.name, ok: true, detail: await one.check() }
        } catch (error) {
          return {
            name: one.name,
            ok: false,
            // The code alone: a message may hold what is not for everybody.
            detail: error instanceof GatewayError ? error.code : 'failed',
          }
        }
      }),
    )
    const isWell = results.every(({ ok }) => ok)
    const isReady = results.every(({ ok }, index) => ok || checks[index]?.mayBeAway === true)
    response
      .status(isReady ? 200 : 503)
      .json({ status: isWell ? 'ready' : isReady ? 'degraded' : 'not ready', checks: results })
  })
  return router
}
