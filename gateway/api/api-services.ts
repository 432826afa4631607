import type { Alerts } from '../alerts/alerts.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { CertificateChecking } from '../certificate-checking.ts'
import type { FaultControl } from '../faults/journaled-faults.ts'
import type { ClockControl } from '../journaled-clock.ts'
import type { ConnectionForms } from '../connections/connection-forms.ts'
import type { ConnectionKit } from '../connections/kit/connection-kit.ts'
import type { Probe } from '../connections/probe/probe.ts'
import type { EditableDirectory } from '../directory/directory.ts'
import type { ConnectionId, Environment, FlowId, ReturnFlow } from '../flow.ts'
import type { ReplayFlow } from '../flow-replay.ts'
import type { GatewayFacts } from '../gateway-document.ts'
import type { Returns } from '../delivery/returns.ts'
import type { VerifyFlow } from '../delivery/verify-flow.ts'
import type { Identity } from '../identity.ts'
import type { Retention } from '../retention/retention.ts'
import type { CollectEvidence } from '../qualification/collect-evidence.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import type { Campaigns } from '../qualification/campaign.ts'
import type { Qualification } from '../qualification/qualification.ts'
import type { RunViews } from '../qualification/run-views.ts'
import type { LifeCycle } from '../life-cycle/life-cycle.ts'
import type { Journal } from '../journal/journal.ts'
import type { TranscriptOf } from '../sessions/flow-transcript.ts'
import type { TranscriptsOfReturn } from '../sessions/return-transcripts.ts'

/** What the routes answer with: the gateway's parts, by their ports. */
export interface ApiServices {
  readonly journal: Journal
  readonly clock: ClockControl
  readonly faults: FaultControl
  readonly environment: Environment
  readonly accounts: Accounts
  readonly forms: ConnectionForms
  readonly makeKit: ConnectionKit
  readonly probe: Probe
  readonly directory: EditableDirectory
  readonly identity: Identity
  readonly lifeCycle: LifeCycle
  /** Sends the directory to a connection now. */
  readonly sendDirectory: SendDirectory
  readonly alerts: Alerts
  readonly returns: Returns
  readonly qualification: Qualification
  readonly collectEvidence: CollectEvidence
  readonly runViews: RunViews
  readonly campaigns: Campaigns
  readonly payloads: Pick<PayloadStore, 'put' | 'read'>
  readonly verifyFlow: VerifyFlow
  readonly transcriptOf: TranscriptOf
  readonly transcriptsOfReturn: TranscriptsOfReturn
  readonly replayFlow: ReplayFlow
  readonly retention: Retention
  /** The report on a flow, for people; undefined while it is not decided. */
  readonly reportPdf: ReportPdf
  readonly checkCertificates: CertificateChecking
  /** Free bytes of the disk that flows land on. */
  readonly freeDiskBytes: () => number
  /** As it is now: listeners and the API's own address are known once they listen. */
  readonly gateway: () => GatewayFacts
}

/** Writes the report on a flow as a PDF, piece by piece. */
export type ReportPdf = (
  flow: FlowId,
  language: 'en' | 'fr',
) => Promise<AsyncIterable<Uint8Array> | undefined>

/**
 * Issues the directory flow to a connection.
 * @param since only what changed after, milliseconds of business time; undefined = the whole
 * @returns undefined when another process did at the same time
 */
export type SendDirectory = (
  connection: ConnectionId,
  since: number | undefined,
) => Promise<ReturnFlow | undefined>
