import type { Config } from '../config/schema.ts'
import { lifeCycleWork } from '../processing/life-cycle/life-cycle-work.ts'
import type { OfferReturnFlow } from '../processing/pipeline-context.ts'
import type { Clock } from './clock.ts'
import type { Connections } from './connections/connections.ts'
import { Housekeeping } from './housekeeping.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'
import type { PayloadStore } from './payloads/payloads.ts'

/**
 * Part of the composition root: what becomes of invoices after their flow was decided, on its own,
 * so that a large flow holds up nothing else.
 */
export function startLifeCycle(parts: {
  readonly config: Config
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'put' | 'localFile'>
  readonly connections: Connections
  readonly clock: Clock
  readonly offerReturnFlow: OfferReturnFlow
  readonly log: Logger
}): Housekeeping {
  const { config, connections, log, ...shared } = parts
  const work = new Housekeeping(log)
  work.start(
    lifeCycleWork({
      ...shared,
      environment: config.environment,
      profile: config.lifeCycle.profile,
      seed: config.lifeCycle.seed,
      settings: config.lifeCycle,
      report: config.report,
      packingOf: (id) => connections.find(id)?.overrides.reportPacking,
    }),
  )
  return work
}
