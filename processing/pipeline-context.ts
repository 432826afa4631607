import type { Config } from '../config/schema.ts'
import type { Clock } from '../gateway/clock.ts'
import type { OfferTerms } from '../gateway/delivery/outbox.ts'
import type { Directory } from '../gateway/directory/directory.ts'
import type { Faults } from '../gateway/faults.ts'
import type { ConnectionId, FlowId, ProtocolName, ReturnFlow } from '../gateway/flow.ts'
import type { Journal, WriteStatement } from '../gateway/journal/journal.ts'
import type { FlowsTable } from '../gateway/journal/schema.ts'
import type { Logger } from '../gateway/logger.ts'
import type { LandedPayloads } from '../gateway/payloads/landed-payloads.ts'
import type { PayloadStore } from '../gateway/payloads/payloads.ts'
import type { WorkQueue } from '../gateway/queue/queue.ts'
import type { Selectable } from 'kysely'
import type { FlowEvent } from './flow-writes.ts'
import type { InvoiceThreads } from './invoice-threads.ts'
import type { Verdict } from './stages/report.ts'

/** The settings that the pipeline reads: the sections of the configuration, as they are. */
export type PipelineSettings = Pick<
  Config,
  'environment' | 'pipeline' | 'limits' | 'antivirus' | 'invoices' | 'directory' | 'report'
>

/** What the pipeline may know of a connection. */
export interface PipelineConnection {
  readonly id: ConnectionId
  readonly protocol: ProtocolName
  /** Settings of this connection that override the gateway's (decisions D3, D6). */
  readonly overrides: {
    readonly maxInvoicesPerFlow?: number
    readonly reportMode?: 'full' | 'faithful'
    readonly reportPacking?: 'tar.gz' | 'xml'
    readonly reportInvoiceStatuses?: boolean
  }
}

/** The connection of a flow; undefined when it is no longer there. */
export type ConnectionOf = (id: ConnectionId) => Promise<PipelineConnection | undefined>

/** The statement that records a return flow, to be written in the same message as the decision. */
export type OfferReturnFlow = (returnFlow: ReturnFlow, terms?: OfferTerms) => WriteStatement

/** Told of what was committed, each of it once, in the process that did it. */
export interface PipelineObserver {
  stagesRan(events: readonly FlowEvent[]): void
  flowDecided(flow: JournaledFlow, verdict: Verdict): void
}

/** A payload store, which may take small contents by the commit that names them (ADR 8). */
export type PipelinePayloads = PayloadStore & Partial<Pick<LandedPayloads, 'land'>>

/** What every stage of the pipeline is given. */
export interface PipelineContext {
  readonly journal: Journal
  readonly payloads: PipelinePayloads
  readonly queue: WorkQueue
  readonly threads: InvoiceThreads
  readonly clock: Clock
  readonly faults: Faults
  readonly settings: PipelineSettings
  readonly log: Logger
  readonly connectionOf: ConnectionOf
  readonly directory: Directory
  readonly offerReturnFlow: OfferReturnFlow
  readonly observer?: PipelineObserver
  /** A folder of this process alone, on the disk of the payload store. */
  readonly workFolder: string
}

/** A flow as its journal row says. */
export type JournaledFlow = Selectable<FlowsTable>

export async function readFlow(journal: Journal, id: FlowId): Promise<JournaledFlow | undefined> {
  const rows = await journal.read(journal.db.selectFrom('flows').selectAll().where('id', '=', id))
  return rows[0]
}
