import { findInterfaceCode } from '../config/interface-codes.ts'
import { GatewayError } from '../gateway/errors.ts'
import type { FlowId, StoredContent } from '../gateway/flow.ts'
import type { WriteStatement } from '../gateway/journal/journal.ts'
import type { Job } from '../gateway/queue/queue.ts'
import type { CheckPolicy } from './check-invoices.ts'
import { enqueueNext } from './enqueue-next.ts'
import { meetFault } from './flow-faults.ts'
import { moveFlow } from './flow-writes.ts'
import type { CheckedChunk, CheckedInvoice } from './invoice-tasks.ts'
import { judgeRecipients } from './judge-recipients.ts'
import {
  readFlow,
  type JournaledFlow,
  type PipelineContext,
  type PipelineSettings,
} from './pipeline-context.ts'

/** Rows of one insert: 17 values each, under SQLite's 32,766 in a statement. */
const ROWS_PER_INSERT = 250
/** Inserts of one message: with the guards, under the journal's 2,000 rows. */
const INSERTS_PER_WRITE = 4

/**
 * Stages format and functional of one chunk, in a worker thread. What they find is written under
 * (flow, ordinal), and the chunk becomes DONE once: run twice, it counts once.
 */
export async function runChunkJob(
  context: PipelineContext,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
  const { journal } = context
  const flow = await readFlow(journal, job.flowId)
  if (flow === undefined || flow.stage !== 'format' || job.chunk === undefined) return
  const [chunk] = await journal.read(
    journal.db
      .selectFrom('chunks')
      .selectAll()
      .where('flow_id', '=', flow.id)
      .where('ordinal', '=', job.chunk),
  )
  if (chunk === undefined || chunk.state === 'DONE') return
  await meetFault(context, 'stage:format', flow, signal)
  await meetFault(context, 'stage:functional', flow, signal)
  // Checking does not wait for the commit that says that it has begun; the decision makes up for one
  // that failed.
  const [checked] = await Promise.allSettled([
    checkChunk(context, flow, chunk, signal),
    beginProcessing(context, flow),
  ])
  if (checked.status === 'fulfilled') {
    return await recordChecked(context, flow.id, chunk.ordinal, checked.value)
  }
  const error: unknown = checked.reason
  if (!(error instanceof GatewayError) || error.code !== 'PAYLOAD_MISSING') throw error
  await extractAgain(context, flow)
}

async function checkChunk(
  { payloads, threads, directory, settings }: PipelineContext,
  flow: JournaledFlow,
  chunk: StoredContent,
  signal: AbortSignal,
): Promise<CheckedChunk> {
  const policy = policyOf(flow, settings)
  const content = await payloads.localFile(chunk)
  let checked: CheckedChunk
  try {
    checked = await threads.check({ path: content.path, policy }, signal)
  } finally {
    await content.release()
  }
  const invoices = await judgeRecipients(directory, checked.invoices, policy.settings)
  return { ...checked, invoices }
}

/** The move to "being processed": by the first chunk that starts, unnoticed by the others. */
export async function beginProcessing(
  { journal, clock }: PipelineContext,
  flow: JournaledFlow,
): Promise<void> {
  if (flow.state !== 'IN_EN_ATTENTE_TRAITEMENT_CPP') return
  await journal.write([moveFlow(journal, flow, 'IN_EN_COURS_TRAITEMENT_CPP', clock.now())])
}

/** How the invoices of a flow are judged: the rule sets of its code and the settings. */
function policyOf(flow: JournaledFlow, settings: PipelineSettings): CheckPolicy {
  const code = findInterfaceCode(flow.interface_code)!
  const { utf8Only, requirePdf, strictFacturX } = settings.invoices
  return {
    ruleSets: code.ruleSets,
    format: code.format as CheckPolicy['format'],
    settings: {
      environment: settings.environment,
      utf8Only,
      family: code.family as CheckPolicy['settings']['family'],
      requirePdf,
      strictFacturX,
      unknownRecipient: settings.directory.unknown,
    },
  }
}

/**
 * A chunk is only a copy of what the flow holds: when it is lost the flow is extracted again, with
 * the same ordinals, and what was checked already stays.
 */
async function extractAgain(context: PipelineContext, flow: JournaledFlow): Promise<void> {
  const { journal, clock, log } = context
  log.warn({ flowId: flow.id }, 'a chunk is lost, the flow is extracted again')
  const current = await readFlow(journal, flow.id)
  if (current === undefined || current.stage !== 'format') return
  await journal.write([
    moveFlow(journal, current, current.state, clock.now(), { stage: 'extraction' }),
  ])
  await enqueueNext(context, { id: flow.id, stage: 'extraction' })
}

async function recordChecked(
  { journal, clock }: PipelineContext,
  flowId: FlowId,
  ordinal: number,
  { invoices, milliseconds }: CheckedChunk,
): Promise<void> {
  const { db } = journal
  const isUndecided: WriteStatement = {
    query: db
      .updateTable('flows')
      .set({ updated_at: clock.now() })
      .where('id', '=', flowId)
      .where('stage', '=', 'format'),
    expectRows: 1,
    announce: 'flows',
  }
  const becomesDone: WriteStatement = {
    query: db
      .updateTable('chunks')
      .set({
        state: 'DONE',
        refused: invoices.filter(({ isCorrect }) => !isCorrect).length,
        structure_failed: invoices.filter(({ structureFailed }) => structureFailed).length,
        milliseconds: Math.round(milliseconds),
      })
      .where('flow_id', '=', flowId)
      .where('ordinal', '=', ordinal)
      .where('state', '=', 'READY'),
    expectRows: 1,
  }
  const inserts: WriteStatement[] = []
  for (let start = 0; start < invoices.length; start += ROWS_PER_INSERT) {
    const rows = invoices
      .slice(start, start + ROWS_PER_INSERT)
      .map((invoice) => invoiceRow(flowId, invoice))
    inserts.push({
      query: db
        .insertInto('invoices')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing()),
    })
  }
  for (let start = 0; start < inserts.length; start += INSERTS_PER_WRITE) {
    const isLast = start + INSERTS_PER_WRITE >= inserts.length
    const { committed } = await journal.write([
      isUndecided,
      ...inserts.slice(start, start + INSERTS_PER_WRITE),
      ...(isLast ? [becomesDone] : []),
    ])
    // Another run of this chunk has been faster, or the flow is over: nothing more to say.
    if (!committed) return
  }
}

function invoiceRow(
  flowId: FlowId,
  { part, file, header, isCorrect, findingsJson }: CheckedInvoice,
) {
  return {
    flow_id: flowId,
    ordinal: part,
    file_name: file,
    number: header.number,
    issue_date: header.issueDate,
    type_code: header.typeCode,
    supplier_type: header.supplierType,
    supplier_id: header.supplierId,
    supplier_name: header.supplierName,
    recipient_id: header.recipientId,
    recipient_name: header.recipientName,
    service_code: header.serviceCode,
    engagement: header.engagement,
    currency: header.currency,
    amount_due: header.amountDue,
    is_correct: isCorrect ? 1 : 0,
    findings_json: findingsJson,
  }
}
