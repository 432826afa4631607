import type { Config } from '../config/schema.ts'
import type { Alerts } from './alerts/alerts.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { ApiTls } from './api/api-listener.ts'
import type { ReportPdf, SendDirectory } from './api/api-services.ts'
import { startApi, type ApiServer } from './api/api-server.ts'
import { createCertificateChecking } from './certificate-checking.ts'
import type { ClockControl } from './journaled-clock.ts'
import type { FaultControl } from './faults/journaled-faults.ts'
import { findCertificateUsers } from './connections/certificate-users.ts'
import type { ConnectionForms } from './connections/connection-forms.ts'
import { createConnectionKit } from './connections/kit/connection-kit.ts'
import { createProbe } from './connections/probe/outbound-probe.ts'
import type { Connections } from './connections/connections.ts'
import type { FlowProofs } from './delivery/flow-proofs.ts'
import type { Returns } from './delivery/returns.ts'
import { createCollectEvidence } from './qualification/collect-evidence.ts'
import type { Campaigns } from './qualification/campaign.ts'
import type { Qualification } from './qualification/qualification.ts'
import { openRunViews } from './qualification/run-views.ts'
import { createVerifyFlow } from './delivery/verify-flow.ts'
import type { EditableDirectory } from './directory/directory.ts'
import type { ReplayFlow } from './flow-replay.ts'
import type { ProtocolName } from './flow.ts'
import type { GatewayFacts } from './gateway-document.ts'
import type { Identity } from './identity.ts'
import type { LifeCycle } from './life-cycle/life-cycle.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { PayloadStore } from './payloads/payloads.ts'
import { startPesitProbe } from './start-pesit-probe.ts'
import type { WorkQueue } from './queue/queue.ts'
import type { Retention } from './retention/retention.ts'
import type { HealthCheck } from './readiness.ts'
import { announcedListeners } from './own-addresses.ts'
import { createTranscriptOf } from './sessions/flow-transcript.ts'
import { createTranscriptsOfReturn } from './sessions/return-transcripts.ts'
import type { LocalStaging } from './staging/staging.ts'
import { VERSION } from './version.ts'

/** Parts of a running gateway that its API answers with. */
export interface GatewayApiParts {
  readonly config: Config
  readonly journal: Journal
  readonly queue: WorkQueue
  readonly payloads: Pick<PayloadStore, 'put' | 'read'>
  readonly checks: readonly HealthCheck[]
  readonly metrics: Metrics
  readonly clock: ClockControl
  readonly faults: FaultControl
  readonly identity: Identity
  readonly trust: Parameters<typeof createCertificateChecking>[0]['trust']
  readonly accounts: Accounts
  readonly connections: Pick<Connections, 'find'>
  readonly forms: ConnectionForms
  readonly directory: EditableDirectory
  readonly replayFlow: ReplayFlow
  readonly retention: Retention
  readonly proofs: FlowProofs
  readonly reportPdf: ReportPdf
  readonly lifeCycle: LifeCycle
  readonly sendDirectory: SendDirectory
  readonly alerts: Alerts
  readonly returns: Returns
  readonly qualification: Qualification
  readonly campaigns: Campaigns
  readonly staging: Pick<LocalStaging, 'freeDiskBytes'>
  /** Those that listen by now. */
  readonly listeners: GatewayFacts['listeners']
  readonly log: Logger
}

/**
 * The API of a whole gateway: its services out of the parts, what is asked for readiness, its TLS.
 * @throws GatewayError PORT_IN_USE, or CONFIG_INVALID for a port or certificate that cannot be used
 */
export async function startGatewayApi(parts: GatewayApiParts): Promise<ApiServer> {
  const { config, journal, queue, clock, identity, log } = parts
  const { environment } = config
  let apiUrl: string | null = null
  const api = await startApi({
    host: config.api.host,
    port: config.api.port,
    tls: apiTls(config, identity),
    trustedProxies: config.api.trustedProxies,
    services: {
      journal,
      clock,
      faults: parts.faults,
      environment,
      identity,
      accounts: parts.accounts,
      forms: parts.forms,
      directory: parts.directory,
      verifyFlow: createVerifyFlow(journal, parts.payloads, parts.proofs),
      transcriptOf: createTranscriptOf(journal, parts.payloads),
      transcriptsOfReturn: createTranscriptsOfReturn(journal, parts.payloads),
      replayFlow: parts.replayFlow,
      alerts: parts.alerts,
      retention: parts.retention,
      returns: parts.returns,
      qualification: parts.qualification,
      campaigns: parts.campaigns,
      collectEvidence: createCollectEvidence(journal, parts.payloads),
      runViews: openRunViews(journal, clock),
      payloads: parts.payloads,
      reportPdf: parts.reportPdf,
      lifeCycle: parts.lifeCycle,
      sendDirectory: parts.sendDirectory,
      makeKit: createConnectionKit({
        algorithms: config.sftp.algorithms,
        depositFolder: config.sftp.inboundFolder,
        retrievalFolder: config.sftp.outboundFolder,
      }),
      probe: createProbe({
        settings: config.probe,
        clock,
        clientCertificate: (protocol) => clientCertificate(protocol, identity),
        pesitDialogue: startPesitProbe(config.pesit, parts.connections),
      }),
      checkCertificates: createCertificateChecking({
        clock,
        environment,
        trust: parts.trust,
        findUsers: (sha256, spkiSha256) =>
          findCertificateUsers(journal, environment, undefined, { sha256, spkiSha256 }),
      }),
      freeDiskBytes: () => parts.staging.freeDiskBytes(),
      gateway: () => ({
        version: VERSION,
        environment,
        publicHost: config.publicHost,
        listeners: announcedListeners(config, parts.listeners),
        apiUrl,
      }),
    },
    checks: parts.checks,
    metrics: parts.metrics,
    openQueueBoard: queue.openBoard?.bind(queue),
    log,
  })
  apiUrl = api.url
  return api
}

/** What the gateway shows to partners it calls. */
async function clientCertificate(protocol: ProtocolName, identity: Identity) {
  if (protocol !== 'pesit') return undefined
  const { certificatePem, chainPem, keyPem } = await identity.certificate('pesit-client')
  return { cert: [certificatePem, ...chainPem].join(''), key: keyPem }
}

function apiTls({ api }: Config, identity: Identity): ApiTls {
  switch (api.tls) {
    case 'off':
      return { kind: 'off' }
    case 'own':
      return { kind: 'own', identity }
    case 'files':
      return { kind: 'files', certificateFile: api.certificateFile, keyFile: api.keyFile }
  }
}
