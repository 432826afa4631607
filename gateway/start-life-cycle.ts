import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { lifeCycleWork } from '../processing/life-cycle/life-cycle-work.ts'
import { sendRecipientFlows } from '../processing/life-cycle/recipient-flows.ts'
import { startInvoiceThreads } from '../processing/invoice-threads.ts'
import type { OfferReturnFlow } from '../processing/pipeline-context.ts'
import { sendDirectoryFlows } from '../processing/directory/directory-flows.ts'
import type { Clock } from './clock.ts'
import type { Connections } from './connections/connections.ts'
import type { Faults } from './faults.ts'
import type { ConnectionId } from './flow.ts'
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
  readonly faults: Faults
  readonly offerReturnFlow: OfferReturnFlow
  readonly log: Logger
}): { stop(): Promise<void> } {
  const { config, connections, faults, log, ...shared } = parts
  const work = new Housekeeping(log)
  const { pipeline } = config
  // Started when there is something to write, ended soon after.
  const threads = startInvoiceThreads({
    threads: 1,
    memoryMib: pipeline.threadMemoryMib,
    taskSeconds: pipeline.taskSeconds,
  })
  const workFolder = join(config.data, 'work-out')
  const issuing = {
    ...shared,
    report: config.report,
    packingOf: (id: ConnectionId) => connections.find(id)?.overrides.reportPacking,
  }
  work.start([
    ...lifeCycleWork({
      ...issuing,
      faults,
      environment: config.environment,
      profile: config.lifeCycle.profile,
      seed: config.lifeCycle.seed,
      settings: config.lifeCycle,
    }),
    {
      name: 'invoices to connected recipients',
      everySeconds: 2,
      run: () =>
        sendRecipientFlows({ ...issuing, threads, limits: config.limits, workFolder, log }),
    },
    {
      name: 'directory flows',
      everySeconds: 5,
      run: () => sendDirectoryFlows({ ...issuing, publishing: config.directory }),
    },
  ])
  return {
    async stop() {
      await threads.destroy()
      await work.stop()
    },
  }
}
