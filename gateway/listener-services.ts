import type { Config } from '../config/schema.ts'
import type { FlowDelay } from '../processing/flow-delay.ts'
import type { FailedTries } from '../protocols/failed-tries.ts'
import type { ListenerServices, Sessions } from '../protocols/listener.ts'
import type { Clock } from './clock.ts'
import type { Connections } from './connections/connections.ts'
import { createCertificatesOf } from './connections/partner-certificates.ts'
import { createMailbox } from './delivery/mailbox.ts'
import { createDeposits } from './deposits.ts'
import type { Faults } from './faults.ts'
import { checkFlowName } from './flow-name-check.ts'
import { createIntake } from './intake.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'
import { measureIntake } from './metrics/measured-flows.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { LandedPayloads } from './payloads/landed-payloads.ts'
import type { createProtocolMemory } from './protocol-memory.ts'
import type { WorkQueue } from './queue/queue.ts'
import type { LocalStaging } from './staging/staging.ts'

/** Parts of a process that its listeners are built on. */
export interface ListenerParts {
  readonly config: Config
  readonly journal: Journal
  readonly queue: WorkQueue
  readonly payloads: LandedPayloads
  readonly staging: LocalStaging
  readonly connections: Connections
  readonly memory: ReturnType<typeof createProtocolMemory>
  readonly sessions: Sessions
  readonly failedTries: FailedTries
  readonly flowDelay: FlowDelay
  readonly metrics: Metrics
  readonly clock: Clock
  readonly faults: Faults
  readonly log: Logger
}

/** What every listener is built on, out of the parts of a process. */
export function listenerServices(parts: ListenerParts): ListenerServices {
  const { config, journal, payloads, staging, connections, sessions, metrics } = parts
  const { clock, faults, log } = parts
  const intake = createIntake({
    journal,
    payloads,
    sealed: staging,
    queue: parts.queue,
    findConnection: (id) => connections.find(id),
    sessions,
    clock,
    faults,
    log,
    identicalResend: config.intake.identicalResend,
    delayFor: parts.flowDelay,
  })
  return {
    authenticate: connections.authenticate,
    certificatesOf: createCertificatesOf(journal, (id) => connections.find(id)),
    isRegistered: (sha256) =>
      connections.findByCertificate(sha256).some(({ protocol }) => protocol === 'as2'),
    failedTries: parts.failedTries,
    checkName: checkFlowName,
    staging,
    intake: measureIntake(intake, metrics),
    deposits: createDeposits({ journal, clock, showSeconds: config.intake.showDepositsSeconds }),
    mailbox: createMailbox({
      journal,
      payloads,
      clock,
      delivered: () => metrics.count('raccord_reports_total', { result: 'delivered' }),
    }),
    memory: parts.memory,
    sessions,
    faults,
    clock,
    limits: config.limits,
    log,
  }
}
