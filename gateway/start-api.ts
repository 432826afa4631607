import { sendDirectory } from '../processing/directory/directory-flows.ts'
import { openLifeCycle } from '../processing/life-cycle/open-life-cycle.ts'
import type { OfferReturnFlow } from '../processing/pipeline-context.ts'
import { flowReportPdf } from '../processing/returns/flow-report-pdf.ts'
import type { ProtocolMemory } from '../protocols/listener.ts'
import { as2Keys } from './as2-keys.ts'
import type { ApiServer } from './api/api-server.ts'
import type { Connections } from './connections/connections.ts'
import type { JournaledDirectory } from './directory/journaled-directory.ts'
import { createReturns } from './delivery/returns.ts'
import type { ConnectionId } from './flow.ts'
import { createFlowProofs } from './start-flow-proofs.ts'
import { createFlowReplay } from './flow-replay.ts'
import { startGatewayApi, type GatewayApiParts } from './gateway-api.ts'
import type { PayloadStore } from './payloads/payloads.ts'
import { createRetention } from './retention/retention.ts'
import { campaignsOf, qualificationOf, qualificationParts } from './start-qualification.ts'

export type ApiStart = Omit<
  GatewayApiParts,
  | 'lifeCycle'
  | 'returns'
  | 'qualification'
  | 'campaigns'
  | 'sendDirectory'
  | 'proofs'
  | 'replayFlow'
  | 'retention'
  | 'reportPdf'
> & {
  readonly payloads: PayloadStore
  readonly connections: Connections
  readonly directory: JournaledDirectory
  readonly offerReturnFlow: OfferReturnFlow
  readonly memory: Pick<ProtocolMemory, 'get'>
}

/**
 * Part of the composition root: the API, with what it asks of processing.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for a port or certificate that cannot be used
 */
export async function startApi(start: ApiStart): Promise<ApiServer> {
  const { config, connections, journal } = start
  const issuing = {
    ...start,
    report: config.report,
    packingOf: (id: ConnectionId) => connections.find(id)?.overrides.reportPacking,
  }
  const qualifying = qualificationParts({ ...start, clockControl: start.clock })
  const qualification = qualificationOf(qualifying)
  return await startGatewayApi({
    ...start,
    lifeCycle: openLifeCycle(start),
    returns: createReturns({ ...start, ...config.report }),
    qualification,
    campaigns: campaignsOf(qualifying, qualification),
    sendDirectory: async (id, since) => sendDirectory(issuing, id, since),
    proofs: createFlowProofs({
      ...start,
      keys: as2Keys(start.identity),
      as2Of: (id) => connections.find(id)?.overrides.as2,
    }),
    replayFlow: createFlowReplay({ ...start, findConnection: (id) => connections.find(id) }),
    retention: createRetention({ ...start, settings: config.retention, stored: config.payloads }),
    reportPdf: async (flow, language) => flowReportPdf(journal, flow, language),
  })
}
