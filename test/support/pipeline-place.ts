import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { configSchema } from '../../config/schema.ts'
import { recommendedName } from '../../config/flow-name.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { JournaledDirectory } from '../../gateway/directory/journaled-directory.ts'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import { noFaults, type Faults } from '../../gateway/faults.ts'
import type { ConnectionId, FlowId, ProcessingMode } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { LandedPayloads } from '../../gateway/payloads/landed-payloads.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { openQueue } from '../../gateway/queue/open-queue.ts'
import type { WorkQueue } from '../../gateway/queue/queue.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { createFlowDelay } from '../../processing/flow-delay.ts'
import { jobsOfFlow } from '../../processing/flow-jobs.ts'
import {
  readFlow,
  type JournaledFlow,
  type PipelineConnection,
} from '../../processing/pipeline-context.ts'
import { createPipeline, type Pipeline } from '../../processing/pipeline.ts'
import type { PlainInvoice } from './plain-invoice-worker.ts'
import { openTestJournal } from './test-journal.ts'

const PLAIN_WORKER = new URL('./plain-invoice-worker.ts', import.meta.url)

/** The pipeline with a journal, a queue and a payload store of its own, and nothing else. */
export interface PipelinePlace {
  readonly journal: Journal
  readonly payloads: PayloadStore
  readonly queue: WorkQueue
  readonly pipeline: Pipeline
  /** Takes charge of a flow as the intake would. */
  deposit(flow: Deposit): Promise<FlowId>
  /** The row of a flow once it is finished. */
  finished(id: FlowId): Promise<JournaledFlow>
  /** Text of the report on a flow. @throws when it has not exactly one */
  report(id: FlowId): Promise<string>
  close(): Promise<void>
}

export interface Deposit {
  /** A batch of plain invoices, or the bytes of the file. */
  readonly content: readonly PlainInvoice[] | Uint8Array
  readonly mode?: ProcessingMode
  readonly interfaceCode?: string
  readonly extension?: 'tar.gz' | 'xml'
  /** Instead of the next name under the code. */
  readonly fileName?: string
  /** Default: one and the same. */
  readonly connectionId?: ConnectionId
}

export interface PipelinePlaceOptions {
  readonly folder: string
  /** Setting `queue.url`; default `journal:`. */
  readonly queueUrl?: string
  /** Sections of the configuration that differ from the default. */
  readonly settings?: Record<string, unknown>
  /** False: the program's own worker threads, with real invoices. */
  readonly isPlain?: boolean
  readonly faults?: Faults
  /** Settings of every connection that override the gateway's. */
  readonly overrides?: PipelineConnection['overrides']
  readonly logLevel?: string
}

const APPLICATION_CODE = 'SIM123'
let sequence = 0

export async function openPipelinePlace(options: PipelinePlaceOptions): Promise<PipelinePlace> {
  const { folder } = options
  const log = createLogger(options.logLevel ?? 'silent')
  const settings = configSchema.parse(options.settings ?? {})
  const clock = new OffsetClock()
  const journal = await openTestJournal(folder, log)
  const store = await openPayloads({ url: 'file:', dataFolder: folder })
  const payloads = new LandedPayloads(store, journal)
  const queue = await openQueue({ url: options.queueUrl ?? 'journal:', journal, log })
  const flowDelay = createFlowDelay(settings.pipeline.delay, clock)
  const pipeline = createPipeline({
    journal,
    payloads,
    queue,
    clock,
    faults: options.faults ?? noFaults,
    settings,
    log,
    connectionOf: async (id) => ({ id, protocol: 'sftp', overrides: options.overrides ?? {} }),
    directory: await JournaledDirectory.open({ journal, clock, environment: 'qualification' }),
    offerReturnFlow: (returnFlow, terms) => offerReturnFlow(journal, returnFlow, null, terms),
    workFolder: join(folder, 'work'),
    flowDelay,
    retryDelay: () => 20,
    ...(options.isPlain === false ? {} : { workerFile: PLAIN_WORKER }),
  })
  return {
    journal,
    payloads,
    queue,
    pipeline,
    async deposit(flow) {
      const id = newId('flw')
      const content = await payloads.put(oneBuffer(await contentOf(flow.content)))
      const code = flow.interfaceCode ?? 'FSO1110A'
      sequence += 1
      const number = Date.now() * 1_000 + (sequence % 1_000)
      const extension = flow.extension ?? 'tar.gz'
      const name =
        flow.fileName ?? recommendedName(code, APPLICATION_CODE, number % 1e15, extension)
      const [, applicationCode = '', identifier = ''] = name.split('_')
      const now = clock.now()
      const insert = journal.db.insertInto('flows').values({
        id,
        connection_id: flow.connectionId ?? 'cnx_1',
        protocol: 'sftp',
        session_id: 'ses_1',
        interface_code: code,
        application_code: applicationCode,
        flow_identifier: identifier.slice(0, 25),
        file_name: name,
        ...content,
        mode: flow.mode ?? 'PARTIAL',
        state: 'IN_RECU',
        stage: 'technical',
        received_at: now,
        finished_at: null,
        updated_at: now,
        total: 0,
        integrated: 0,
        refused: 0,
        findings_json: '[]',
        evidence_json: '{}',
        attempts: 0,
      })
      const { committed } = await journal.write([{ query: insert, announce: 'flows' }])
      if (!committed) throw new Error(`The flow ${name} is not recorded`)
      const runAt = flowDelay({ id, receivedAt: now })
      // Best effort, as the intake's.
      await queue
        .enqueue(jobsOfFlow({ id, stage: 'technical', openChunks: [] }, runAt))
        .catch(() => {})
      return id
    },
    async finished(id) {
      for (;;) {
        const flow = await readFlow(journal, id)
        if (flow !== undefined && flow.finished_at !== null) return flow
        await sleep(10)
      }
    },
    async report(id) {
      const rows = await journal.read(
        journal.db.selectFrom('return_flows').selectAll().where('flow_id', '=', id),
      )
      if (rows.length !== 1) throw new Error(`The flow ${id} has ${rows.length} reports`)
      const packed = Buffer.concat(await payloads.read(rows[0]!).toArray())
      const tar = gunzipSync(packed)
      const bytes = Number.parseInt(tar.subarray(124, 135).toString(), 8)
      return tar.subarray(512, 512 + bytes).toString()
    },
    async close() {
      await pipeline.stop(5_000)
      await queue.close()
      await journal.close()
      await payloads.close()
    },
  }
}

async function contentOf(content: Deposit['content']): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content
  return await archiveBytes(
    content.map((invoice, index) => ({
      name: `F${index + 1}.xml`,
      content: JSON.stringify(invoice),
    })),
  )
}

async function* oneBuffer(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
