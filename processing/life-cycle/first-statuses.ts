import { sql } from 'kysely'
import type { FlowId } from '../../gateway/flow.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type { InvoiceStatus } from '../returns/invoice-statuses.ts'
import type { InvoicePlace } from './invoice-row.ts'
import { plannedBy, writePlans } from './plans.ts'
import type { ProfileName } from './profiles.ts'
import { addReturnItems } from './return-items.ts'

/** Flows looked at in one round; invoices of one message: well under the journal's bound. */
const FLOWS_PER_ROUND = 50
const INVOICES_PER_WRITE = 400
/** A journal of before has many: the next look goes on, and a stop does not wait for all. */
const MAX_ROUNDS = 10

export interface FirstStatusesOptions {
  readonly journal: Journal
  /** How recipients behave by themselves: settings `lifeCycle.profile`, `lifeCycle.seed`. */
  readonly profile: ProfileName | 'none'
  readonly seed: number
}

interface DecidedFlow {
  readonly id: FlowId
  readonly state: string
  readonly integrated: number
  readonly refused: number
  readonly total: number
  readonly finished_at: number | null
  readonly replay_of: FlowId | null
}

/**
 * Gives the invoices of flows that were decided their first status: 01 integrated, 37 refused, 22
 * correct in a flow that was refused (reference chorus-pro-edi §8.3, decisions D5). Those of a flow
 * refused before any of them was examined get none. Of a flow that was put through again, only those
 * get one that it integrated for the first time: what the first run told stays told. In slices, each one message, so that a flow of
 * 100,000 invoices holds up nobody; what is cut short goes on where it was.
 * @returns how many invoices got theirs
 */
export async function giveFirstStatuses(options: FirstStatusesOptions): Promise<number> {
  const { journal } = options
  let given = 0
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const flows = await journal.read(
      journal.db
        .selectFrom('flows')
        .select(['id', 'state', 'integrated', 'refused', 'total', 'finished_at', 'replay_of'])
        .where('life_cycle', '=', 'DUE')
        .where('finished_at', 'is not', null)
        .orderBy('finished_at')
        .limit(FLOWS_PER_ROUND),
    )
    for (const flow of flows) given += await giveToFlow(options, flow)
    if (flows.length < FLOWS_PER_ROUND) return given
  }
  return given
}

async function giveToFlow(options: FirstStatusesOptions, flow: DecidedFlow): Promise<number> {
  const { journal } = options
  let given = 0
  for (;;) {
    const rows =
      flow.integrated + flow.refused === 0 ? [] : await journal.read(selectSlice(journal, flow))
    const isLast = rows.length < INVOICES_PER_WRITE
    const { committed } = await journal.write([
      becomes(journal, flow.id, isLast ? 'DONE' : 'DUE'),
      ...(rows.length === 0 ? [] : giveToSlice(options, flow, rows)),
    ])
    // Another process has done it, or is doing it.
    if (!committed) return given
    given += rows.length
    if (isLast) return given
  }
}

/** Invoices without a status that are to have one. */
function selectSlice({ db }: Journal, flow: DecidedFlow) {
  const invoices = db
    .selectFrom('invoices')
    .select(['ordinal', 'is_correct'])
    .where('flow_id', '=', flow.id)
    .where('status', 'is', null)
    .orderBy('ordinal')
    .limit(INVOICES_PER_WRITE)
  return flow.replay_of === null ? invoices : invoices.where('ordinal', 'in', claimedBy(db, flow))
}

/** Ordinals whose numbers a flow that is put through again has claimed itself. */
function claimedBy(db: Journal['db'], flow: DecidedFlow) {
  return db
    .selectFrom('invoice_numbers')
    .select('invoice_numbers.ordinal')
    .where('invoice_numbers.flow_id', '=', flow.integrated > 0 ? flow.id : NO_FLOW)
}

/** Of a replay that integrated nothing, none: the numbers that it claimed go back. */
const NO_FLOW: FlowId = 'flw_'

/** The guard, and the end: of two processes on one flow one writes. */
function becomes(journal: Journal, id: FlowId, value: 'DUE' | 'DONE'): WriteStatement {
  return {
    query: journal.db
      .updateTable('flows')
      .set({ life_cycle: value })
      .where('id', '=', id)
      .where('life_cycle', '=', 'DUE'),
    expectRows: 1,
    announce: 'flows',
  }
}

function giveToSlice(
  { journal, profile, seed }: FirstStatusesOptions,
  flow: DecidedFlow,
  rows: readonly { readonly ordinal: number; readonly is_correct: number }[],
): WriteStatement[] {
  const { db } = journal
  const good: InvoiceStatus = flow.state === 'IN_REJETE' ? '22' : '01'
  const at = flow.finished_at ?? 0
  // Between the two, only these have a status once they are given theirs.
  const invoices = { flowId: flow.id, first: rows[0]!.ordinal, last: rows.at(-1)!.ordinal }
  const given = db
    .updateTable('invoices')
    .set({
      status: sql<string>`case when is_correct = 1 then ${sql.lit(good)} else '37' end`,
      status_sequence: 1,
      status_at: at,
    })
    .where('flow_id', '=', flow.id)
    .where('ordinal', '>=', invoices.first)
    .where('ordinal', '<=', invoices.last)
    .where('status', 'is', null)
  const places: InvoicePlace[] = rows
    .filter(({ is_correct }) => is_correct === 1)
    .map(({ ordinal }) => ({ flowId: flow.id, ordinal }))
  return [
    {
      query: flow.replay_of === null ? given : given.where('ordinal', 'in', claimedBy(db, flow)),
      expectRows: rows.length,
    },
    {
      query: db
        .insertInto('invoice_statuses')
        .columns(['flow_id', 'ordinal', 'sequence', 'status', 'at', 'actor', 'cause'])
        .expression(
          db
            .selectFrom('invoices')
            .select((row) => [
              'flow_id',
              'ordinal',
              'status_sequence as sequence',
              sql<string>`coalesce(status, '')`.as('status'),
              sql<number>`coalesce(status_at, 0)`.as('at'),
              row.val('gateway').as('actor'),
              row.val('integration').as('cause'),
            ])
            .where('flow_id', '=', flow.id)
            .where('ordinal', '>=', invoices.first)
            .where('ordinal', '<=', invoices.last)
            .where('status', 'is not', null),
        ),
      expectRows: rows.length,
    },
    ...addReturnItems(journal, invoices, [good, '37']),
    ...(good === '01' && profile !== 'none' && places.length > 0
      ? [
          writePlans(
            journal,
            places.map((place) => plannedBy(profile, seed, place, at)),
          ),
        ]
      : []),
  ]
}
