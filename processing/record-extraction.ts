import type { WriteStatement } from '../gateway/journal/journal.ts'
import { addEvents, moveFlow, type FlowEvent } from './flow-writes.ts'
import type { CheckedChunk } from './invoice-tasks.ts'
import type { JournaledFlow, PipelineContext } from './pipeline-context.ts'
import { checkedChunkRow, insertInvoices } from './record-checked.ts'
import type { FlowChunk } from './stages/extraction.ts'

/** Chunk rows of one message: well under the journal's bound, and SQLite's on values. */
const CHUNKS_PER_WRITE = 500
/** Invoices that are written with their chunks, in the one message that ends the extraction. */
const INVOICES_PER_WRITE = 1_000

/** What the stages up to the extraction have made of a flow. */
export interface ExtractedFlow {
  /** As its row was before. */
  readonly flow: JournaledFlow
  /** Invoice files in it. */
  readonly parts: number
  readonly chunks: readonly FlowChunk[]
  readonly findingsJson: string
  readonly events: readonly FlowEvent[]
  /** No other attempt has been at it before. */
  readonly isFirst: boolean
}

export interface RecordedExtraction {
  /** As its row now is. */
  readonly flow: JournaledFlow
  /** Every chunk is checked and recorded: the flow can be decided. */
  readonly isChecked: boolean
  /** Checked, and not recorded yet: nobody else has them. */
  readonly left: readonly { readonly ordinal: number; readonly checked: CheckedChunk }[]
}

/** Rows for a chunk that is not checked, or whose invoices are written later. */
const UNCHECKED = { state: 'READY' as const, refused: 0, structure_failed: 0, milliseconds: 0 }

/**
 * Writes the chunk rows of a flow, in place of any from an earlier attempt; with the last of them
 * what the stages found, where the flow stands, and the first invoices that are checked already.
 * Undefined, and nothing written, when another attempt has been faster.
 */
export async function recordExtraction(
  context: PipelineContext,
  extracted: ExtractedFlow,
): Promise<RecordedExtraction | undefined> {
  const { journal, clock } = context
  const { flow, chunks } = extracted
  const isStillExtracting: WriteStatement = {
    query: journal.db
      .updateTable('flows')
      .set({ stage: flow.stage })
      .where('id', '=', flow.id)
      .where('stage', '=', flow.stage),
    expectRows: 1,
  }
  if (!extracted.isFirst && !(await removeEarlier(context, flow, isStillExtracting))) {
    return undefined
  }
  const { written, left } = divide(chunks)
  const rows = chunks.map(({ sha256, bytes, firstPart, parts }, ordinal) => ({
    flow_id: flow.id,
    ordinal,
    sha256,
    bytes,
    first_part: firstPart,
    parts,
    ...(written.has(ordinal) ? checkedChunkRow(written.get(ordinal)!) : UNCHECKED),
  }))
  const isChecked = written.size === chunks.length
  const { next, moves } = movesOf(context, extracted, isChecked)
  const conclusion = [
    ...moves,
    addEvents(journal, flow, clock.now(), extracted.events),
    ...[...written.values()].flatMap(({ invoices }) => insertInvoices(journal, flow.id, invoices)),
  ]
  for (let start = 0; start < rows.length; start += CHUNKS_PER_WRITE) {
    const isLast = start + CHUNKS_PER_WRITE >= rows.length
    const slice = rows.slice(start, start + CHUNKS_PER_WRITE)
    const { committed } = await journal.write([
      isStillExtracting,
      { query: journal.db.insertInto('chunks').values(slice) },
      ...(isLast ? conclusion : []),
    ])
    if (!committed) return undefined
  }
  return { flow: next, isChecked, left }
}

/** Chunks checked already, in order: those whose invoices fit into the message, and the others. */
function divide(chunks: readonly FlowChunk[]): {
  readonly written: ReadonlyMap<number, CheckedChunk>
  readonly left: RecordedExtraction['left']
} {
  const written = new Map<number, CheckedChunk>()
  const left: RecordedExtraction['left'][number][] = []
  let invoices = 0
  for (const [ordinal, { checked }] of chunks.entries()) {
    if (checked === undefined) continue
    invoices += checked.invoices.length
    if (invoices <= INVOICES_PER_WRITE) written.set(ordinal, checked)
    else left.push({ ordinal, checked })
  }
  return { written, left }
}

/** From being taken in charge to waiting, and on to being processed when that is over already. */
function movesOf(
  { journal, clock }: PipelineContext,
  { flow, parts, findingsJson }: ExtractedFlow,
  isChecked: boolean,
): { readonly next: JournaledFlow; readonly moves: readonly WriteStatement[] } {
  const now = clock.now()
  const changes = { stage: 'format', total: parts, findings_json: findingsJson, attempts: 0 }
  // A flow extracted again, because a chunk was lost, stays in the state it had.
  const state = flow.state === 'IN_TRAITE_SE_CPP' ? 'IN_EN_ATTENTE_TRAITEMENT_CPP' : flow.state
  const waiting: JournaledFlow = { ...flow, ...changes, state }
  const toWaiting = moveFlow(journal, flow, state, now, changes)
  if (!isChecked || state !== 'IN_EN_ATTENTE_TRAITEMENT_CPP') {
    return { next: waiting, moves: [toWaiting] }
  }
  const processed = 'IN_EN_COURS_TRAITEMENT_CPP'
  return {
    next: { ...waiting, state: processed },
    moves: [toWaiting, moveFlow(journal, waiting, processed, now)],
  }
}

/** Removes chunk rows of an earlier attempt; false when another one has been faster. */
async function removeEarlier(
  { journal }: PipelineContext,
  flow: JournaledFlow,
  isStillExtracting: WriteStatement,
): Promise<boolean> {
  const { db } = journal
  const [earlier] = await journal.read(
    db
      .selectFrom('chunks')
      .select((row) => row.fn.max('ordinal').as('last'))
      .where('flow_id', '=', flow.id),
  )
  for (let start = 0; start <= (earlier?.last ?? -1); start += CHUNKS_PER_WRITE) {
    const removal = db
      .deleteFrom('chunks')
      .where('flow_id', '=', flow.id)
      .where('ordinal', '>=', start)
      .where('ordinal', '<', start + CHUNKS_PER_WRITE)
    const { committed } = await journal.write([isStillExtracting, { query: removal }])
    if (!committed) return false
  }
  return true
}
