import type { AlertCallsTable, AlertSilencesTable, AlertsTable } from './alert-tables.ts'
import type { As2ReceiptsTable } from './as2-receipts-table.ts'
import type { Generated } from 'kysely'
import type { FlowState } from '../flow-states.ts'
import type {
  ApiTokensTable,
  AreasTable,
  AttachmentsTable,
  AuditTable,
  StructuresTable,
  SubscriptionsTable,
  UserSessionsTable,
  UsersTable,
} from './account-tables.ts'
import type {
  ConnectionCertificatesTable,
  ConnectionCodesTable,
  ConnectionsTable,
} from './connection-tables.ts'
import type { DeliveriesTable, DeliveryPausesTable, ReturnFlowsTable } from './delivery-tables.ts'
import type { DirectoryRemovalsTable, DirectoryStructuresTable } from './directory-table.ts'
import type {
  InvoiceDocumentsTable,
  InvoicePlansTable,
  InvoiceStatusesTable,
  ReturnItemsTable,
} from './life-cycle-tables.ts'
import type { FaultHitsTable, FaultsTable } from './fault-tables.ts'
import type { HookCallsTable, HookItemsTable } from './hook-table.ts'
import type {
  CampaignItemsTable,
  CampaignResultsTable,
  QualificationAttachmentsTable,
  QualificationRunsTable,
  QualificationStepsTable,
  RunViewsTable,
} from './qualification-tables.ts'
import type { FlowRejectionsTable } from './rejection-table.ts'
import type { MailsTable } from './mail-table.ts'
import type {
  ConnectionId,
  FlowId,
  ProcessId,
  ProcessingMode,
  ProtocolName,
  RefusalId,
  SessionId,
} from '../flow.ts'

/**
 * The journal's tables, the same in both engines (decisions B3): text ids, times as integer
 * milliseconds UTC, documents as JSON text. Columns ending in `_json` hold JSON.
 */
export interface JournalSchema {
  connections: ConnectionsTable
  connection_certificates: ConnectionCertificatesTable
  connection_codes: ConnectionCodesTable
  structures: StructuresTable
  users: UsersTable
  attachments: AttachmentsTable
  areas: AreasTable
  subscriptions: SubscriptionsTable
  user_sessions: UserSessionsTable
  api_tokens: ApiTokensTable
  audit: AuditTable
  flows: FlowsTable
  flow_events: FlowEventsTable
  flow_rejections: FlowRejectionsTable
  chunks: ChunksTable
  invoices: InvoicesTable
  invoice_numbers: InvoiceNumbersTable
  invoice_statuses: InvoiceStatusesTable
  invoice_plans: InvoicePlansTable
  invoice_documents: InvoiceDocumentsTable
  return_items: ReturnItemsTable
  return_flows: ReturnFlowsTable
  deliveries: DeliveriesTable
  delivery_pauses: DeliveryPausesTable
  hook_calls: HookCallsTable
  hook_items: HookItemsTable
  jobs: JobsTable
  processes: ProcessesTable
  sessions: SessionsTable
  refusals: RefusalsTable
  protocol_memory: ProtocolMemoryTable
  staged_parts: StagedPartsTable
  mails: MailsTable
  as2_receipts: As2ReceiptsTable
  directory_structures: DirectoryStructuresTable
  directory_removals: DirectoryRemovalsTable
  landed_payloads: LandedPayloadsTable
  payload_uploads: PayloadUploadsTable
  counters: CountersTable
  faults: FaultsTable
  fault_hits: FaultHitsTable
  qualification_runs: QualificationRunsTable
  qualification_steps: QualificationStepsTable
  alerts: AlertsTable
  alert_silences: AlertSilencesTable
  alert_calls: AlertCallsTable
  qualification_attachments: QualificationAttachmentsTable
  run_views: RunViewsTable
  campaign_results: CampaignResultsTable
  campaign_items: CampaignItemsTable
  facts: FactsTable
}

export interface FlowsTable {
  id: FlowId
  connection_id: ConnectionId
  protocol: ProtocolName
  session_id: SessionId
  interface_code: string
  application_code: string
  /** The sender's 25 characters; unique. With `~3` once epoch 3 has set them free. */
  flow_identifier: string
  file_name: string
  sha256: string
  bytes: number
  mode: ProcessingMode
  state: FlowState
  /** Next stage to run, `done` at the end. */
  stage: string
  received_at: number
  finished_at: number | null
  updated_at: number
  /** Invoices: known after extraction (total) and after the decision. */
  total: number
  integrated: number
  refused: number
  /** Findings about the flow itself (technical errors); those of invoices are with them. */
  findings_json: string
  evidence_json: string
  /** Failed attempts of the present stage. */
  attempts: number
  /** Whether its invoices have their first status. */
  life_cycle: Generated<'DUE' | 'DONE'>
  /** The first flow with this content, where it was put through the pipeline again. */
  replay_of: Generated<FlowId | null>
  /** When its content was past its time, business time; the row stays (gateway/retention). */
  payload_removed_at: Generated<number | null>
}

/** What happened to a flow, in order; `id` is the cursor of live streams. */
export interface FlowEventsTable {
  id: Generated<number>
  flow_id: FlowId
  at: number
  stage: string
  outcome: string
  milliseconds: number
  detail_json: string
}

/** A slice of a flow's invoices, checked by one job. */
export interface ChunksTable {
  flow_id: FlowId
  /** From 0. */
  ordinal: number
  state: 'READY' | 'DONE'
  /** Address of the chunk's content: what extraction wrote, see processing/archives/. */
  sha256: string
  bytes: number
  /** Ordinal in the flow of its first invoice, and how many it holds. */
  first_part: number
  parts: number
  /** Once DONE: parts that did not pass the rules, and of those the ones ill-formed (XSD). */
  refused: number
  structure_failed: number
  /** Once DONE: what the check took, on the monotonic clock. */
  milliseconds: number
}

/** One invoice of a flow; invisible to readers until its flow is decided. */
export interface InvoicesTable {
  flow_id: FlowId
  /** From 1, archive order; unique with flow_id. */
  ordinal: number
  file_name: string
  /** BT-1. */
  number: string | null
  issue_date: string | null
  type_code: string | null
  supplier_type: string | null
  supplier_id: string | null
  supplier_name: string | null
  recipient_id: string | null
  recipient_name: string | null
  service_code: string | null
  engagement: string | null
  currency: string | null
  amount_due: string | null
  /** 1 = correct, 0 = refused by format or functional rules. */
  is_correct: number
  findings_json: string
  /** Where it stands in its life cycle, two digits; null until its flow has been decided. */
  status: Generated<string | null>
  /** Of that status, from 1; 0 = none. */
  status_sequence: Generated<number>
  status_at: Generated<number | null>
  /** When the supplier acknowledged that status. */
  acknowledged_at: Generated<number | null>
}

/** Who holds an invoice number; taken or reserved as the holder's state says (decisions B11). */
export interface InvoiceNumbersTable {
  /** `supplier type|supplier id|number`, the unique key. */
  key: string
  flow_id: FlowId
  ordinal: number
}

/** The work queue's rows when the journal carries it: ids and leases, no truth. */
export interface JobsTable {
  id: string
  kind: string
  flow_id: FlowId
  chunk: number | null
  /** READY: claimable at run_at. ACTIVE: under a lease. WAITING: until its children are done. */
  state: 'READY' | 'ACTIVE' | 'WAITING'
  run_at: number
  lease_until: number | null
  token: string | null
  /** Failed attempts so far. */
  attempts: number
  parent: string | null
}

/** A process that works on this journal; its row goes with it, or once it has not been seen for long. */
export interface ProcessesTable {
  id: ProcessId
  /** Name of its data folder (staging/holder.ts), which one process has at a time. */
  holder: string
  /** Separated by commas. */
  roles: string
  /** Of the program. */
  version: string
  started_at: number
  /** System time of its last sign of life. */
  seen_at: number
}

export interface SessionsTable {
  id: SessionId
  protocol: ProtocolName
  peer: string
  connection_id: ConnectionId | null
  started_at: number
  ended_at: number | null
  outcome: string | null
  fields_json: string
  transcript_sha256: string | null
  /** Of the transcript as it is stored; null: of a program older than this column. */
  transcript_bytes: number | null
  /** When the transcript was past its time, business time; null: it was not, or there was none. */
  transcript_removed_at: Generated<number | null>
  /** Null: of a program older than this column. */
  process_id: ProcessId | null
  /** On the line so far; null: nobody counts them. */
  bytes_in: Generated<number | null>
  bytes_out: Generated<number | null>
  /** What it carries now: `[{direction, name}]`; null: nothing. */
  doing_json: Generated<string | null>
  /** Who asked to cut it: `{by, at, reason}`. Its process follows. */
  cut_json: Generated<string | null>
}

/** Refused at the door. */
export interface RefusalsTable {
  id: RefusalId
  at: number
  protocol: ProtocolName
  peer: string
  session_id: SessionId | null
  connection_id: ConnectionId | null
  code: string
  reason: string
  offered: string | null
  wanted: string | null
  nearest_json: string | null
}

export interface ProtocolMemoryTable {
  protocol: ProtocolName
  connection_id: ConnectionId
  key: string
  value: string
  created_at: number
  expires_at: number | null
}

export interface StagedPartsTable {
  id: string
  connection_id: ConnectionId
  protocol: ProtocolName
  /** Unique with connection_id. */
  name: string
  /** Which listener process has the bytes (decisions E5). */
  holder: string
  bytes: number
  created_at: number
  updated_at: number
}

/** Small contents on their way into the payload store: with their flow in one commit (ADR 8). */
export interface LandedPayloadsTable {
  sha256: string
  bytes: number
  content: Uint8Array
}

/** A content that is durable on one machine only, on its way to the store (ADR 12). */
export interface PayloadUploadsTable {
  /** Name of the file in the landing folder of the holder. */
  id: string
  sha256: string
  bytes: number
  /** Name of the data folder (staging/holder.ts). */
  holder: string
  landed_at: number
}

/** Sequences that never give a number twice. */
export interface CountersTable {
  name: string
  value: number
}

/** Single facts: epoch, clock offset, environment of the data folder. */
export interface FactsTable {
  name: string
  value: string
}
