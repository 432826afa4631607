import { GatewayError } from './errors.ts'

/** One thing `/readyz` looks at. */
export interface HealthCheck {
  readonly name: string
  /** Partners are served without it: it is told, and the gateway is ready all the same. */
  readonly mayBeAway?: true
  /** Resolves to a sentence when well, rejects when not. */
  check(): Promise<string>
}

/** What `/readyz` says. */
export interface Readiness {
  readonly isReady: boolean
  /** `degraded` when something is away that partners are served without. */
  readonly status: 'ready' | 'degraded' | 'not ready'
  readonly checks: readonly {
    readonly name: string
    readonly ok: boolean
    readonly detail: string
  }[]
}

/** A part that does not answer within this is not well: who asks has seconds, not minutes. */
const CHECK_MILLISECONDS = 4_000

/** Asks every part at once. */
export async function readinessOf(checks: readonly HealthCheck[]): Promise<Readiness> {
  const results = await Promise.all(checks.map(resultOf))
  const isWell = results.every(({ ok }) => ok)
  const isReady = results.every(({ ok }, index) => ok || checks[index]?.mayBeAway === true)
  return {
    isReady,
    status: isWell ? 'ready' : isReady ? 'degraded' : 'not ready',
    checks: results,
  }
}

async function resultOf(one: HealthCheck): Promise<Readiness['checks'][number]> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Silent()), CHECK_MILLISECONDS)
  })
  try {
    return { name: one.name, ok: true, detail: await Promise.race([one.check(), silence]) }
  } catch (error) {
    return { name: one.name, ok: false, detail: detailOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

class Silent extends Error {}

/** Why a check does not pass yet: a sentence of ours that everybody may read. */
export class NotReady extends Error {}

/** The code alone: a message may hold what is not for everybody. */
function detailOf(error: unknown): string {
  if (error instanceof Silent) return 'no answer'
  if (error instanceof NotReady) return error.message
  return error instanceof GatewayError ? error.code : 'failed'
}
