import type { Alerts } from '../alerts/alerts.ts'
import type { Config } from '../../config/schema.ts'
import type { Clock } from '../clock.ts'
import type { Connection } from '../connections/connection.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import type { WorkQueue } from '../queue/queue.ts'
import { readinessOf, type HealthCheck } from '../readiness.ts'
import { VERSION } from '../version.ts'
import { MAX_NAMED_CONNECTIONS, METRICS } from './metric-table.ts'
import type { Metrics } from './metrics.ts'

export interface GaugeSources {
  readonly config: Pick<Config, 'roles' | 'environment'>
  readonly journal: Pick<Journal, 'engine'>
  readonly queue: Pick<WorkQueue, 'counts' | 'engine'>
  readonly payloads: Pick<PayloadStore, 'engine'>
  readonly connections: { list(): readonly Connection[] }
  readonly checks: readonly HealthCheck[]
  readonly clock: Clock
  readonly faults: { readonly active: number }
  readonly alerts: Pick<Alerts, 'counts'>
  readonly log: Logger
}

/** How long the queue may take to say what is in it. */
const COUNT_MILLISECONDS = 3_000

/** Has the metrics look, each time they are asked for, at what is not counted as it happens. */
export function lookAtGateway(metrics: Metrics, sources: GaugeSources): void {
  const { config, checks, clock, journal, queue, payloads } = sources
  metrics.set(
    'raccord_build_info',
    {
      version: VERSION,
      environment: config.environment,
      journal: journal.engine,
      queue: queue.engine,
      payloads: payloads.engine,
    },
    1,
  )
  metrics.beforeAnswer(async () => metrics.set('raccord_faults_active', {}, sources.faults.active))
  metrics.beforeAnswer(async () => {
    const { checks: results } = await readinessOf(checks)
    metrics.setAll(
      'raccord_dependency_up',
      results.map(({ name, ok }) => ({ labels: { dependency: name }, value: ok ? 1 : 0 })),
    )
  })
  if (isFor('raccord_queue_depth', sources)) metrics.beforeAnswer(() => depth(metrics, sources))
  if (isFor('raccord_alerts_open', sources)) {
    metrics.beforeAnswer(async () => {
      const counts = await sources.alerts.counts()
      metrics.setAll(
        'raccord_alerts_open',
        counts.map(({ rule, severity, open }) => ({ labels: { rule, severity }, value: open })),
      )
    })
  }
  if (isFor('raccord_certificate_expiry_seconds', sources)) {
    metrics.beforeAnswer(async () => {
      metrics.setAll(
        'raccord_certificate_expiry_seconds',
        certificateEnds(sources.connections.list(), clock.now()),
      )
    })
  }
}

const isFor = (name: keyof typeof METRICS, { config }: GaugeSources): boolean =>
  METRICS[name].roles.some((role) => config.roles.includes(role))

async function depth(metrics: Metrics, { queue, log }: GaugeSources): Promise<void> {
  const counts = new Map(['extract', 'chunk', 'decide'].map((kind) => [kind, 0]))
  try {
    for (const { kind, count } of await within(COUNT_MILLISECONDS, queue.counts())) {
      counts.set(kind, (counts.get(kind) ?? 0) + count)
    }
  } catch (err) {
    log.debug({ err }, 'the queue does not say what is in it')
    counts.clear()
  }
  metrics.setAll(
    'raccord_queue_depth',
    [...counts].map(([stage, value]) => ({ labels: { stage }, value })),
  )
}

/** Open connections, those first whose last certificate ends first. */
function certificateEnds(connections: readonly Connection[], now: number) {
  return connections
    .filter(({ state, certificates }) => state === 'ACTIVATED' && certificates.length > 0)
    .map(({ applicationCode, certificates }) => ({
      labels: { connection: applicationCode },
      value: Math.round((Math.max(...certificates.map((one) => one.notAfter)) - now) / 1_000),
    }))
    .toSorted((one, other) => one.value - other.value)
    .slice(0, MAX_NAMED_CONNECTIONS)
}

async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too slow')), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
