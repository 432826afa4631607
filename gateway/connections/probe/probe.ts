import type { BilingualText, ConnectionId, ProtocolName } from '../../flow.ts'
import type { ConnectionDocument } from '../connection-forms.ts'

/** Tries the path from the gateway to a partner, step by step, over what the form says. */
export interface Probe {
  /** @throws GatewayError API_BUSY when this connection, or too many others, are being tried */
  run(connection: ConnectionDocument, signal?: AbortSignal): Promise<ProbeReport>
}

export interface ProbeReport {
  readonly connectionId: ConnectionId
  readonly protocol: ProtocolName
  /** ISO 8601 UTC, business time. */
  readonly at: string
  /** Of its steps the worst; `not-needed`: the gateway never calls this partner. */
  readonly outcome: 'pass' | 'warning' | 'fail' | 'not-needed'
  /** null while the form does not say one. */
  readonly target: ProbeTarget | null
  readonly steps: readonly ProbeStep[]
}

export interface ProbeTarget {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  /** AS2. */
  readonly url: string | null
}

export type ProbeStepName = 'form' | 'name' | 'tcp' | 'tls' | 'certificate' | 'dialogue'

/** One step; those after a failed one are not there. */
export interface ProbeStep {
  readonly step: ProbeStepName
  readonly label: BilingualText
  readonly outcome: 'pass' | 'warning' | 'fail'
  /** Row of PROBE_ANSWERS. */
  readonly code: string
  readonly milliseconds: number
  readonly message: BilingualText
  readonly remedy: BilingualText | null
}
