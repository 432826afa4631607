import type { Config } from '../config/schema.ts'
import type { ProtocolMemory, Sessions } from '../protocols/listener.ts'
import type { CertificatesOf } from '../protocols/partner-certificate.ts'
import type { ReturnFlowSender } from '../protocols/return-flow-sender.ts'
import type { Clock } from './clock.ts'
import type { Connections } from './connections/connections.ts'
import { deliveryAddressRule } from './delivery/delivery-addresses.ts'
import { PushEngine } from './delivery/push-engine.ts'
import { createTargetOf } from './delivery/push-targets.ts'
import type { ReceiptOutbox } from './delivery/receipt-outbox.ts'
import type { Faults } from './faults.ts'
import type { ProtocolName } from './flow.ts'
import type { GatewayFacts } from './gateway-document.ts'
import { Housekeeping } from './housekeeping.ts'
import type { Identity } from './identity.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { PartnerServerTls } from './partner-servers.ts'
import type { PayloadStore } from './payloads/payloads.ts'

export interface DeliveryStart {
  readonly config: Config
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'localFile'>
  readonly connections: Connections
  readonly certificatesOf: CertificatesOf
  readonly identity: Identity
  readonly memory: ProtocolMemory
  readonly sessions: Sessions
  readonly clock: Clock
  readonly serverTls: PartnerServerTls
  readonly faults: Faults
  readonly metrics: Metrics
  /** Those of this process, asked for when a partner is told where to answer. */
  readonly listeners: () => GatewayFacts['listeners']
  readonly receipts: ReceiptOutbox
  readonly log: Logger
  /** Told, as soon as something runs, how it ends within the time that is left then. */
  readonly onStop: (stop: (graceMilliseconds: number) => Promise<void>) => void
}

type Senders = Partial<Record<ProtocolName, ReturnFlowSender>>

/**
 * Part of the composition root: starts to bring receipts and return flows to the partners that are
 * called. One line a protocol; what only one of them needs is loaded with it.
 */
export async function startDelivery(start: DeliveryStart): Promise<void> {
  const { receipts } = start
  const courier = new Housekeeping(start.log)
  courier.start([{ name: 'AS2 receipts', everySeconds: 1, run: () => receipts.deliver() }])
  start.onStop(async () => {
    receipts.close()
    await courier.stop()
  })
  const { startAs2Sender } = await import('./start-as2-sender.ts')
  const senders: Senders = { as2: await startAs2Sender(start) }
  if (start.config.pesit.enabled) senders.pesit = await pesitSender(start)
  const { config, journal, connections, metrics } = start
  const engine = new PushEngine({
    journal,
    payloads: start.payloads,
    targetOf: createTargetOf({
      journal,
      certificatesOf: start.certificatesOf,
      isCallable: deliveryAddressRule({
        ...config.delivery,
        refusedNetworks: config.probe.refusedNetworks,
      }),
    }),
    findConnection: (id) => connections.find(id),
    senders,
    settings: config.delivery,
    clock: start.clock,
    faults: start.faults,
    log: start.log,
    ended: (result) => metrics.count('raccord_reports_total', { result }),
  })
  start.onStop((graceMilliseconds) => engine.stop(graceMilliseconds))
}

async function pesitSender(start: DeliveryStart): Promise<ReturnFlowSender> {
  const { createPesitSender } = await import('../protocols/pesit/return-flow-sender.ts')
  const { config, identity, memory, sessions, clock } = start
  return createPesitSender({
    settings: config.pesit,
    clientIdentity: () => identity.certificate('pesit-client'),
    memory,
    sessions,
    clock,
  })
}
