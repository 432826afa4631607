import type { Actor } from '../accounts/actor.ts'
import type {
  BilingualText,
  ConnectionId,
  Environment,
  ProcessingMode,
  ProtocolName,
} from '../flow.ts'
import type { ConnectionEvent, ConnectionState } from './connection-states.ts'
import type { CertificateCheck } from '../../certs/certificate-checks.ts'
import type { ConnectionForm, FormFault } from './form.ts'

/**
 * The connection form (*formulaire de raccordement*, reference chorus-pro-edi §7): every write of
 * it, each with its audit row. Reading for listeners and pipeline: connections.ts.
 * Writes that name a `revision` fail with CONNECTION_CHANGED when the connection has another one.
 */
export interface ConnectionForms {
  /** A new draft, with its application code assigned, however incomplete the form. */
  create(order: NewConnection, by: Actor): Promise<ConnectionDocument>
  /**
   * Saves the draft, or the change to an activated connection that is being prepared. A form
   * without `certificates` keeps those that are there: they come by `addCertificates`.
   * @throws GatewayError CONNECTION_MOVE_ILLEGAL while it is sent, or once it is deactivated
   */
  save(id: ConnectionId, change: FormChange, by: Actor): Promise<ConnectionDocument>
  /**
   * "Certificate(s) checking": reads the file, checks it for this connection, and keeps it in the
   * form unless a check fails. A private key is neither kept nor logged. It takes the place of
   * those of its part; with `startsAt` it stands beside the one in force.
   */
  addCertificates(
    id: ConnectionId,
    upload: CertificateUpload,
    by: Actor,
  ): Promise<CertificateAnswer>
  removeCertificate(
    id: ConnectionId,
    sha256: string,
    revision: number | undefined,
    by: Actor,
  ): Promise<ConnectionDocument>
  /** "Submit": every fault of the form, by field; empty when it can be confirmed. */
  validate(id: ConnectionId): Promise<readonly FormFault[]>
  /** "Confirm and submit". @throws GatewayError FORM_INCOMPLETE with the faults */
  submit(id: ConnectionId, revision: number | undefined, by: Actor): Promise<ConnectionDocument>
  /** An operator (or the automatic processing) puts the submitted form in force. */
  activate(id: ConnectionId, by: Actor): Promise<ConnectionDocument>
  /**
   * Sent → Draft, Sent Updated → Activated without the change, which stays in the form to be
   * corrected; the motive is kept and told.
   */
  refuse(id: ConnectionId, motive: string, by: Actor): Promise<ConnectionDocument>
  deactivate(id: ConnectionId, reason: string | undefined, by: Actor): Promise<ConnectionDocument>
  /**
   * Refuses its sessions until it is unblocked, and cuts those that are open; nothing else of it
   * changes. Blocked already: the new reason stands.
   */
  block(id: ConnectionId, reason: string, by: Actor): Promise<ConnectionDocument>
  /** @throws GatewayError CONNECTION_MOVE_ILLEGAL when it is not blocked */
  unblock(id: ConnectionId, by: Actor): Promise<ConnectionDocument>
  /** A new draft with everything but certificates and dates. */
  duplicate(id: ConnectionId, by: Actor): Promise<ConnectionDocument>
  /** As saved, public parts only. */
  export(id: ConnectionId): Promise<ConnectionExport>
  /**
   * The export of a proven qualification connection, to be imported in production (decisions F4).
   * @throws GatewayError CONNECTION_NOT_PROVEN unless a flow went well over it in qualification
   */
  promotion(id: ConnectionId): Promise<ConnectionExport>
  /** Makes a draft of an exported connection; its application code is assigned anew. */
  import(exported: ConnectionExport, by: Actor): Promise<ConnectionImport>
  /** An operator's settings that win over the gateway's. */
  override(
    id: ConnectionId,
    settings: unknown,
    revision: number | undefined,
    by: Actor,
  ): Promise<ConnectionDocument>
  find(id: ConnectionId): Promise<ConnectionDocument | undefined>
  search(criteria: ConnectionCriteria): Promise<ConnectionPage>
}

/** Who blocked a connection, and why. */
export interface Block {
  readonly by: string
  /** ISO 8601 UTC, business time. */
  readonly at: string
  readonly reason: string
}

export interface NewConnection {
  readonly siret: string
  readonly protocol: ProtocolName
  readonly form: ConnectionForm
  /** Asked for; only an operator, a test or the demo chooses it. */
  readonly applicationCode?: string
}

export interface FormChange {
  readonly form: ConnectionForm
  /** What the writer saw; absent: whatever it is now. */
  readonly revision?: number
}

export interface CertificateUpload {
  readonly bytes: Uint8Array
  /** PeSIT: which of its two certificates; else the only one. */
  readonly part?: 'client' | 'server'
  /** A renewal: from when this one is accepted beside the present one, milliseconds UTC. */
  readonly startsAt?: number
  readonly revision?: number
}

export interface CertificateAnswer {
  readonly checks: readonly CertificateCheck[]
  /** No check failed: it is in the form. */
  readonly isKept: boolean
  readonly connection: ConnectionDocument
}

/** The public document of a connection: API, CLI, SSE. Times are ISO 8601 UTC. */
export interface ConnectionDocument {
  readonly id: ConnectionId
  readonly applicationCode: string
  readonly structure: { readonly siret: string; readonly name: string } | null
  readonly name: string
  readonly protocol: ProtocolName
  readonly environment: Environment
  readonly state: ConnectionState
  readonly stateLabel: BilingualText
  /** While it is blocked. */
  readonly blocked: Block | null
  /** Moves its state has now. */
  readonly moves: readonly ConnectionEvent[]
  /** As last saved or submitted. */
  readonly form: ConnectionForm
  /** In force; null until the first activation. */
  readonly running: ConnectionForm | null
  readonly certificates: readonly CertificateDocument[]
  readonly settings: Readonly<Record<string, unknown>>
  /** When the automatic processing is due. */
  readonly dueAt: string | null
  /** Why the last submission was refused. */
  readonly motive: BilingualText | null
  /** What the page of the form says about it now (form-notices.ts). */
  readonly notices: readonly FormNotice[]
  readonly revision: number
  readonly createdAt: string
  readonly updatedAt: string
}

export interface CertificateDocument {
  readonly part: 'client' | 'server'
  readonly sha256: string
  readonly spkiSha256: string
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  readonly notBefore: string
  readonly notAfter: string
  /** From when it is accepted, when that is later than the connection's start. */
  readonly startsAt: string | null
  readonly isRunning: boolean
}

/** A line of a list. */
export interface ConnectionSummary {
  readonly id: ConnectionId
  readonly applicationCode: string
  readonly siret: string | null
  readonly name: string
  readonly protocol: ProtocolName
  readonly environment: Environment
  readonly state: ConnectionState
  readonly codes: Readonly<Record<string, ProcessingMode>>
  /** First and last day, as in the form. */
  readonly validFrom: string | null
  readonly validUntil: string | null
  readonly certificateUntil: string | null
  readonly updatedAt: string
}

/** Every criterion given must hold (reference §7.4). */
export interface ConnectionCriteria {
  /** Structures the asker may see; undefined = all. */
  readonly sirets?: readonly string[]
  readonly siret?: string
  /** Part of the partner's name; case and accents do not count. */
  readonly partner?: string
  readonly applicationCode?: string
  readonly protocol?: ProtocolName
  readonly states?: readonly ConnectionState[]
  readonly interfaceCode?: string
  /** Milliseconds UTC. */
  readonly certificateExpiresBefore?: number
  /** Id where the last page ended; newest first. */
  readonly before?: string
  readonly limit: number
}

export interface ConnectionPage {
  readonly connections: readonly ConnectionSummary[]
  readonly next: string | null
}

/** A notice of the form (decisions F3). */
export interface FormNotice {
  readonly id: string
  readonly text: BilingualText
  /** The member of `confirmations` that answers it, and whether it is ticked. */
  readonly confirmation?: { readonly field: string; readonly isGiven: boolean }
}

export interface ConnectionImport {
  readonly connection: ConnectionDocument
  /** What could not be carried over, and what changes for the partner. */
  readonly notes: readonly BilingualText[]
}

/** A connection as YAML or JSON carries it: no id, no state, public parts only. */
export interface ConnectionExport {
  readonly structure: string
  readonly name: string
  readonly protocol: ProtocolName
  readonly environment: Environment
  /** Where it comes from; absent when it comes from another product. */
  readonly applicationCode?: string
  readonly form: ConnectionForm
  /** PEM chains by part. */
  readonly certificates: readonly {
    readonly part: 'client' | 'server'
    readonly chainPem: string
  }[]
}
