import type { FlowState } from './flow-states.ts'

/**
 * The vocabulary: what every part of the gateway says to every other. Types only.
 * Terms and their French originals: docs/glossary.md.
 */

export type ConnectionId = `cnx_${string}`
export type FlowId = `flw_${string}`
export type SessionId = `ses_${string}`
export type ReturnFlowId = `ret_${string}`
export type RefusalId = `rfs_${string}`
export type ProcessId = `prc_${string}`
export type FaultId = `flt_${string}`
export type RunId = `run_${string}`
export type AlertId = `alr_${string}`
export type AlertCallId = `alc_${string}`
export type SilenceId = `sil_${string}`

export type ProtocolName = 'sftp' | 'as2' | 'pesit'
export type Environment = 'qualification' | 'production'

/** How one bad invoice acts on its flow; `NONE` is "No connection" on the form. */
export type ProcessingMode = 'COMPLETE' | 'PARTIAL' | 'NONE'

/** A text that a partner or a tester reads. */
export interface BilingualText {
  readonly en: string
  readonly fr: string
}

/** How sure we are that the real gateway does the same (reference chorus-pro-edi, marks). */
export type Fidelity = 'documented' | 'seen' | 'simulated'

/** Content by its address: what was stored, never where. */
export interface StoredContent {
  /** 64 lower-case hexadecimal characters. */
  readonly sha256: string
  readonly bytes: number
}

/**
 * A flow as a listener hands it over: sender authenticated, content complete and durable in
 * staging under `stagedId`.
 */
export interface ReceivedFlow {
  readonly connectionId: ConnectionId
  readonly protocol: ProtocolName
  readonly sessionId: SessionId
  readonly fileName: string
  readonly content: StoredContent
  /** The sealed staging file that holds the content; the intake takes it over. */
  readonly stagedId: string
  /** Business time, milliseconds UTC. */
  readonly receivedAt: number
  /** What the protocol can prove about the transfer, kept with the flow: names and values. */
  readonly evidence: Readonly<Record<string, string>>
  /**
   * A small record of the protocol's own, committed together with the flow. Under a key that stands
   * already nothing is taken: of several at the same moment exactly one is (INTAKE_OVERTAKEN).
   */
  readonly remember?: {
    readonly key: string
    readonly value: string
    /** Business time, milliseconds UTC; absent = for ever. */
    readonly expiresAt?: number
  }
}

/** `taken` and `already-taken` both mean: durable, the partner may be told "received". */
export type IntakeOutcome =
  | { readonly outcome: 'taken' | 'already-taken'; readonly flowId: FlowId }
  | {
      readonly outcome: 'refused'
      readonly code: RefusalCode
      readonly refusalId: RefusalId
      readonly message: BilingualText
    }

/**
 * Takes charge of a flow; resolves once payload and journal hold it on disk. The same content
 * and identifier from the same connection twice: the same `FlowId`, recorded once.
 * @throws GatewayError when it could not be made durable; INTAKE_OVERTAKEN when what was to be
 *   remembered stands already; then nothing was taken
 */
export type Intake = (flow: ReceivedFlow) => Promise<IntakeOutcome>

/** Why something was refused at the door; one row each in gateway/refusals.ts. */
export type RefusalCode =
  | 'CREDENTIAL_REFUSED'
  | 'ALGORITHMS_NOT_SHARED'
  | 'NAME_MALFORMED'
  | 'EXTENSION_UNKNOWN'
  | 'DIRECTION_WRONG'
  | 'APPLICATION_CODE_OTHER'
  | 'IDENTIFIER_OTHER'
  | 'IDENTIFIER_TAKEN'
  | 'RETURN_FLOW_UNKNOWN'
  | 'CONTENT_EMPTY'
  | 'CONTENT_INCOMPLETE'
  | 'CONTENT_TOO_LARGE'
  | 'QUOTA_EXCEEDED'
  | 'DISK_FULL'
  | 'LIMIT_REACHED'
  | 'TRIES_EXCEEDED'
  | 'MESSAGE_MALFORMED'
  | 'MESSAGE_NOT_DECRYPTED'
  | 'SIGNATURE_REFUSED'
  | 'SECURITY_INSUFFICIENT'
  | 'MESSAGE_ID_REUSED'
  | 'RECEIPT_REFUSED'
  | 'CALLED_NAME_UNKNOWN'
  | 'PROTOCOL_REFUSED'
  | 'ROUTE_REFUSED'

export type Severity = 'fatal' | 'warning' | 'information'

/** One thing found wrong, or worth saying, about a flow or one of its invoices (decisions B6). */
export interface Finding {
  /** Official id of the rule (`BR-02`, `BR-FR-CPRO-10`) or of ours (`XML-…`, `ARC-…`). */
  readonly rule: string
  readonly severity: Severity
  /** `ERR_FCT`, `ERR_ARC`, … as in reports (reference §8.4). */
  readonly nature: string
  /** `ERR_FCT_001`, … as in reports. */
  readonly code: string
  /** Supplier's invoice number (BT-1), when known. */
  readonly invoice?: string
  /** Ordinal of the invoice in its flow, from 1; absent or 0 = the flow itself. */
  readonly part?: number
  /** File inside the flow. */
  readonly file?: string
  /** XPath with positions, prefixes ubl, cn, cac, cbc, rsm, ram, udt, qdt. */
  readonly path?: string
  readonly line?: number
  readonly column?: number
  /** Business terms concerned: `BT-1`, `BG-25`. */
  readonly terms: readonly string[]
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** The short text as the real platform words it (faithful mode). */
  readonly platformText: string
}

export type ReturnFlowState =
  | 'OFFERED'
  | 'SENDING'
  | 'HELD'
  | 'DELIVERED'
  | 'EXPIRED'
  | 'FAILED'
  | 'CANCELLED'

export type ReturnFlowKind = 'report' | 'life-cycle' | 'directory' | 'invoices'

/** A file the gateway sends back (*flux retour*). Times are milliseconds UTC. */
export interface ReturnFlow {
  readonly id: ReturnFlowId
  readonly connectionId: ConnectionId
  /** The flow it answers, for a report. */
  readonly flowId?: FlowId
  readonly kind: ReturnFlowKind
  readonly interfaceCode: string
  readonly fileName: string
  readonly content: StoredContent
  readonly createdAt: number
  readonly availableUntil: number
  readonly state: ReturnFlowState
}

/** What shows that a partner has a return flow. */
export interface Proof {
  readonly kind: 'mdn' | 'pesit-ack' | 'read'
  readonly at: number
  readonly evidence: Readonly<Record<string, string>>
  /** What the partner answered, as it came, base64: it can be verified again (`flows verify`). */
  readonly receipt?: string
}

/** One attempt to hand a return flow over; times are ISO 8601 UTC. */
export interface DeliveryDocument {
  readonly attempt: number
  readonly at: string
  readonly endedAt: string | null
  /** `sending`, `delivered`, `failed`, `interrupted`. */
  readonly outcome: string
  readonly proof: {
    readonly kind: Proof['kind']
    readonly at: string
    readonly evidence: Readonly<Record<string, string>>
  } | null
  readonly failure: {
    readonly code: string
    readonly message: BilingualText
    readonly evidence: Readonly<Record<string, string>>
  } | null
}

/** The public document of a flow: API, `flows show --json`, demo (decisions B6). */
export interface FlowDocument {
  readonly id: FlowId
  /** The sender's 25-character identifier, the flow's number for people. */
  readonly number: string
  readonly state: FlowState
  readonly stateLabel: BilingualText
  readonly protocol: ProtocolName
  readonly interfaceCode: string
  readonly applicationCode: string
  readonly mode: ProcessingMode
  readonly connectionId: ConnectionId
  readonly receivedAt: string
  readonly finishedAt: string | null
  readonly file: {
    readonly name: string
    readonly size: number
    readonly sha256: string
    /** When its content was past its time (gateway/retention); null: it is kept. */
    readonly removedAt: string | null
  }
  readonly invoices: {
    readonly total: number
    readonly integrated: number
    /** Not integrated: the bad ones, and in Complete mode the good ones of a refused flow. */
    readonly refused: number
    /** Those among the refused that have a fault of their own. */
    readonly incorrect: number
  }
  readonly findings: readonly Finding[]
  readonly timeline: readonly {
    readonly at: string
    readonly stage: string
    readonly outcome: string
    readonly ms: number
  }[]
  readonly returns: readonly {
    readonly id: ReturnFlowId
    readonly name: string
    readonly state: ReturnFlowState
    readonly attempts: number
    /** Of a partner that is called. */
    readonly nextAttemptAt: string | null
    readonly deliveredAt: string | null
    readonly retrieved: boolean
    /** How the last attempt ended, with its proof or its failure. */
    readonly lastAttempt: DeliveryDocument | null
  }[]
  /** What another setting would have made of it, where that differs; empty until it is decided. */
  readonly whatIfs: readonly {
    /** `mode` or `pipeline.xsdFailure`, and the value it would have had. */
    readonly setting: string
    readonly value: string
    readonly state: FlowState
    readonly integrated: number
  }[]
  /** The first flow with this content, of one that was put through the pipeline again. */
  readonly replayOf: FlowId | null
  /** The flows that it was put through the pipeline again as, oldest first. */
  readonly replays: readonly FlowId[]
  readonly refusal: null | {
    readonly code: RefusalCode
    readonly id: RefusalId
    readonly message: BilingualText
  }
}
