import type { Config } from '../config/schema.ts'
import type { Pipeline } from '../processing/pipeline.ts'
import type { Listener } from '../protocols/listener.ts'
import { GatewayError } from './errors.ts'
import type { Journal } from './journal/journal.ts'
import type { PayloadStore } from './payloads/payloads.ts'
import type { WorkQueue } from './queue/queue.ts'
import type { HealthCheck } from './readiness.ts'
import type { LocalStaging } from './staging/staging.ts'

/** Parts of a process that it stands on, or that it is there for. */
export interface HealthParts {
  readonly config: Config
  readonly journal: Journal
  readonly queue: Pick<WorkQueue, 'check'>
  /** The store itself: what landed in the journal is the journal's. */
  readonly payloads: Pick<PayloadStore, 'engine' | 'has' | 'landing'>
  readonly staging: Pick<LocalStaging, 'freeDiskBytes'>
  /** Those that listen by now. */
  readonly listeners: readonly Pick<Listener, 'protocol' | 'address'>[]
  readonly pipeline: Pick<Pipeline, 'threads'> | undefined
}

/** The address of nothing: to ask the store for it is to ask whether it answers. */
const NO_CONTENT = '0'.repeat(64)

/** What `/readyz` looks at in this process: a role that it has not is not among it. */
export function healthChecks(parts: HealthParts): readonly HealthCheck[] {
  const { config, journal, queue, payloads, staging, pipeline } = parts
  return [
    {
      name: 'journal',
      check: async () => {
        await journal.read(journal.db.selectFrom('flows').select('id').limit(1))
        return journal.engine
      },
    },
    // Flows are accepted without it.
    { name: 'queue', mayBeAway: true, check: () => queue.check() },
    {
      name: 'payloads',
      // Flows are accepted without one that is elsewhere.
      ...(payloads.landing === undefined ? {} : { mayBeAway: true as const }),
      check: async () => {
        await payloads.has(NO_CONTENT)
        return payloads.engine
      },
    },
    { name: 'disk', check: async () => roomLeft(staging, config) },
    ...(config.roles.includes('listeners')
      ? [{ name: 'listeners', check: async () => whereListening(parts) }]
      : []),
    ...(pipeline === undefined
      ? []
      : [{ name: 'workers', check: async () => `${pipeline.threads} threads` }]),
  ]
}

/** @throws GatewayError STORE_FULL below the floor under which no transfer is taken */
function roomLeft(staging: HealthParts['staging'], { limits }: Config): string {
  const free = staging.freeDiskBytes()
  if (free < limits.minFreeDiskBytes) {
    throw new GatewayError('STORE_FULL', `${free} bytes are free.`)
  }
  return `${(free / 1024 ** 3).toFixed(1)} GiB free`
}

function whereListening({ listeners }: HealthParts): string {
  if (listeners.length === 0) return 'none is switched on'
  return listeners
    .map(({ protocol, address }) => `${protocol} ${address.host}:${address.port}`)
    .join(', ')
}
