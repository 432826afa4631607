import { join } from 'node:path'
import { configSchema } from '../../config/schema.ts'
import { openDemoPesitPartner } from '../../gateway/cli/demo-pesit-partner.ts'
import { startGateway } from '../../gateway/main.ts'
import type { ConnectionId } from '../../gateway/flow.ts'
import type { PesitAddress } from '../../gateway/partner-address.ts'
import type { PartnerFolder } from '../../gateway/partner-folder.ts'
import { offerReturns } from '../gateway-data.ts'
import type { BenchReturns } from '../gateway-data.ts'
import { startGatewayProcess } from '../gateway-server.ts'
import { scratchFolder } from '../scratch.ts'

/** A gateway that listens for PeSIT, clear and inside TLS, and nothing else; a partner of it. */
export interface PesitRig {
  readonly pid: number
  readonly dataFolder: string
  readonly clearPort: number
  readonly tlsPort: number
  readonly partner: PartnerFolder<PesitAddress>
  stop(): Promise<void>
}

/** Return flows that wait for the partner, all of the same content. */
export type PesitReturns = Omit<BenchReturns, 'applicationCode'>

const LIMITS: Readonly<Record<string, string>> = {
  RACCORD_PESIT__ENABLED: 'true',
  RACCORD_PESIT__PORT: '0',
  RACCORD_PESIT__CLEAR__ENABLED: 'true',
  RACCORD_PESIT__CLEAR__PORT: '0',
  RACCORD_PESIT__SYNC__INTERVAL_KIB: '1024',
  RACCORD_PESIT__SYNC__WINDOW: '4',
  RACCORD_PESIT__MAX_PER_CONNECTION: '1000',
  RACCORD_PESIT__MAX_PER_ADDRESS: '1000',
  RACCORD_PESIT__MAX_NEW_PER_ADDRESS_PER_SECOND: '100000',
}

/** The partner is registered by a gateway of its own, so that the measured process is fresh. */
export async function startPesitRig(returns?: PesitReturns): Promise<PesitRig> {
  const scratch = scratchFolder()
  const data = join(scratch.path, 'data')
  const config = configSchema.parse({
    data,
    sftp: { enabled: false },
    api: { port: 0 },
    metrics: { port: 0 },
    pesit: { enabled: true, port: 0 },
    log: { level: 'silent' },
  })
  const first = await startGateway(config, 'serve')
  const context = { environment: {}, language: 'en' } as const
  const made = await openDemoPesitPartner(first, config, context)
  if (made === undefined) throw new Error('the gateway does not listen for PeSIT')
  await first.stop()
  if (returns !== undefined) {
    await offerReturns(data, made.connectionId as ConnectionId, {
      ...returns,
      applicationCode: 'GAM003',
    })
  }
  const gateway = await startGatewayProcess({
    dataFolder: data,
    roles: 'listeners',
    settings: { ...LIMITS, RACCORD_SFTP__ENABLED: 'false', RACCORD_AS2__ENABLED: 'false' },
  })
  // Inside TLS first, then clear.
  const [tls, clear] = gateway.run.listeners.filter(({ protocol }) => protocol === 'pesit')
  if (tls === undefined || clear === undefined) throw new Error('PeSIT does not listen')
  return {
    pid: gateway.pid,
    dataFolder: data,
    clearPort: clear.port,
    tlsPort: tls.port,
    partner: made.folder,
    async stop() {
      await gateway.stop()
      scratch.remove()
    },
  }
}
