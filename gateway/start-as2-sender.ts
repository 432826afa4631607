import type { Config } from '../config/schema.ts'
import type { ProtocolMemory, Sessions } from '../protocols/listener.ts'
import type { ReturnFlowSender } from '../protocols/return-flow-sender.ts'
import { as2Keys } from './as2-keys.ts'
import type { Clock } from './clock.ts'
import { as2Policy } from './connections/as2-overrides.ts'
import { publicHost, type GatewayFacts } from './gateway-document.ts'
import type { Identity } from './identity.ts'
import { announcedListeners } from './own-addresses.ts'
import type { PartnerServerTls } from './partner-servers.ts'
import { VERSION } from './version.ts'

export interface As2SenderStart {
  readonly config: Config
  readonly identity: Identity
  readonly memory: ProtocolMemory
  readonly sessions: Sessions
  readonly clock: Clock
  readonly serverTls: PartnerServerTls
  /** Of this process; asked for at each message. */
  readonly listeners: () => GatewayFacts['listeners']
}

/** Part of the composition root: what hands return flows to partners on AS2. */
export async function startAs2Sender(start: As2SenderStart): Promise<ReturnFlowSender> {
  const [{ createAs2ReturnFlowSender }, { AwaitedReceipts }] = await Promise.all([
    import('../protocols/as2/return-flow-sender.ts'),
    import('../protocols/as2/awaited-receipts.ts'),
  ])
  const { config, memory, sessions, clock } = start
  const keys = as2Keys(start.identity)
  return createAs2ReturnFlowSender({
    identity: async () => (await keys()).inUse,
    policyOf: as2Policy,
    receipts: new AwaitedReceipts(memory, () => clock.now()),
    receiptUrl: () => receiptUrl(config, start.listeners()),
    serverTls: start.serverTls,
    sessions,
    clock,
    product: `raccord:${VERSION}`,
  })
}

/** Where partners post receipts to; undefined when nothing listens for them. */
function receiptUrl(config: Config, own: GatewayFacts['listeners']): string | undefined {
  const told = announcedListeners(config, own).find(({ protocol }) => protocol === 'as2')
  if (told === undefined) return undefined
  const host = publicHost(config.publicHost, told.host)
  return `http://${host.includes(':') ? `[${host}]` : host}:${told.port}${config.as2.path}`
}
