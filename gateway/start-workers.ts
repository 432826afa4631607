import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import type { FlowDelay } from '../processing/flow-delay.ts'
import type { OfferReturnFlow } from '../processing/pipeline-context.ts'
import { createPipeline, type Pipeline } from '../processing/pipeline.ts'
import type { Clock } from './clock.ts'
import type { Connections } from './connections/connections.ts'
import { deliveryAddressRule } from './delivery/delivery-addresses.ts'
import type { JournaledDirectory } from './directory/journaled-directory.ts'
import type { FaultControl } from './faults/journaled-faults.ts'
import { hookChores } from './hooks/hooks.ts'
import { Housekeeping } from './housekeeping.ts'
import type { Identity } from './identity.ts'
import type { ClockControl } from './journaled-clock.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'
import type { MailOutbox } from './mail/mail-outbox.ts'
import { flowMeasures } from './metrics/measured-flows.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { PayloadStore } from './payloads/payloads.ts'
import { sweepPayloads } from './payloads/unnamed-payloads.ts'
import { startDailyRetention } from './retention/daily-retention.ts'
import { createRetention } from './retention/retention.ts'
import { wipeIfReachable } from './queue/wipe-if-reachable.ts'
import type { WorkQueue } from './queue/queue.ts'
import { startAlerts } from './start-alerts.ts'
import { startLifeCycle } from './start-life-cycle.ts'
import { qualificationParts, startScenarioRunner } from './start-qualification.ts'

export interface WorkersStart {
  readonly config: Config
  readonly journal: Journal
  readonly payloads: PayloadStore
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly clockControl: ClockControl
  readonly faults: FaultControl
  readonly identity: Identity
  readonly connections: Connections
  readonly directory: JournaledDirectory
  readonly offerReturnFlow: OfferReturnFlow
  readonly flowDelay: FlowDelay
  readonly mail: MailOutbox
  readonly metrics: Metrics
  readonly log: Logger
  /** Told, as soon as something runs, how it ends within the time that is left then. */
  readonly onStop: (stop: (graceMilliseconds: number) => Promise<void>) => void
}

/**
 * Part of the composition root: decides flows, moves invoices on, sends mails, calls hooks, looks after
 * what goes wrong, carries scenarios on, removes contents nobody names, and what is past its time. Each
 * on its own: one that does not answer holds up nothing else.
 */
export async function startWorkers(start: WorkersStart): Promise<Pipeline> {
  const pipeline = await startPipeline(start)
  start.onStop((graceMilliseconds) => pipeline.stop(graceMilliseconds))
  const { config, log, mail, onStop } = start
  const sweeper = sweepPayloads({ ...start, ...config.payloads })
  onStop(() => sweeper.stop())
  if (config.retention.enabled) {
    const retention = createRetention({
      ...start,
      settings: config.retention,
      stored: config.payloads,
    })
    const isHourly = config.payloads.keep !== 'all'
    const daily = startDailyRetention({ ...start, retention, isHourly })
    onStop(() => daily.stop())
  }
  const lifeCycle = startLifeCycle(start)
  onStop(() => lifeCycle.stop())
  if (mail.isOn) {
    const postman = new Housekeeping(log)
    postman.start([{ name: 'mails', everySeconds: 10, run: () => mail.deliver() }])
    onStop(async () => {
      mail.close()
      await postman.stop()
    })
  }
  const hooks = new Housekeeping(log)
  hooks.start(
    hookChores({
      ...start,
      ...config.hooks,
      settings: config.hooks,
      isCallable: deliveryAddressRule({ ...config.delivery, ...config.probe }),
    }),
  )
  onStop(() => hooks.stop())
  if (config.alerts.enabled) {
    const alerts = startAlerts(start)
    onStop(() => alerts.stop())
  }
  const scenarios = startScenarioRunner({ ...start, ...qualificationParts(start) })
  onStop(() => scenarios.stop())
  return pipeline
}

async function startPipeline(start: WorkersStart): Promise<Pipeline> {
  const { config, journal, queue, connections, metrics, clock, log } = start
  const pipeline = createPipeline({
    ...start,
    settings: config,
    connectionOf: async (id) => connections.find(id),
    observer: flowMeasures(metrics, clock),
    workFolder: join(config.data, 'work'),
  })
  // Alone on this journal, every lease is one of a process that died: start over at once,
  // the reconciler adds again what is unfinished.
  if (journal.engine === 'sqlite') await wipeIfReachable(queue, log)
  await pipeline.start()
  return pipeline
}
