import type { Clock } from '../../gateway/clock.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type { InvoicePlansTable } from '../../gateway/journal/life-cycle-tables.ts'
import { standingInvoice, type InvoicePlace } from './invoice-row.ts'
import { actorOf, moveStatements } from './moves.ts'
import { stepsOf, type PlanStep, type ProfileName } from './profiles.ts'

const PLANS_PER_ROUND = 200
/** Steps that were due long ago are not all taken in one look: others have theirs too. */
const MAX_ROUNDS = 50

/** The plan of an invoice whose recipient behaves as the profile says. */
export function plannedBy(
  profile: ProfileName,
  seed: number,
  place: InvoicePlace,
  now: number,
): InvoicePlansTable {
  return planOf(place, stepsOf(profile, seed, place), now, `profile ${profile}`)
}

/** The plan of an invoice: the steps begin to count `now`, milliseconds of business time. */
export function planOf(
  { flowId, ordinal }: InvoicePlace,
  steps: readonly PlanStep[],
  now: number,
  cause: string,
): InvoicePlansTable {
  return {
    flow_id: flowId,
    ordinal,
    due_at: now + (steps[0]?.afterSeconds ?? 0) * 1_000,
    steps_json: JSON.stringify(steps),
    cause,
  }
}

/** The statement that puts plans in the place of those the invoices had. */
export function writePlans(journal: Journal, plans: readonly InvoicePlansTable[]): WriteStatement {
  return {
    query: journal.db
      .insertInto('invoice_plans')
      .values(plans)
      .onConflict((conflict) =>
        conflict.columns(['flow_id', 'ordinal']).doUpdateSet((row) => ({
          due_at: row.ref('excluded.due_at'),
          steps_json: row.ref('excluded.steps_json'),
          cause: row.ref('excluded.cause'),
        })),
      ),
    expectRows: plans.length,
  }
}

/**
 * Takes every step that is due. A step that is not allowed any more (somebody has moved the invoice
 * elsewhere) ends its plan. The step and what is left of the plan are one message: of two processes
 * one takes it.
 * @returns how many invoices were moved
 */
export async function takeDueSteps(options: {
  readonly journal: Journal
  readonly clock: Clock
}): Promise<number> {
  const { journal, clock } = options
  let moved = 0
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const rows = await journal.read(
      journal.db
        .selectFrom('invoice_plans')
        .innerJoin('invoices', (join) =>
          join
            .onRef('invoices.flow_id', '=', 'invoice_plans.flow_id')
            .onRef('invoices.ordinal', '=', 'invoice_plans.ordinal'),
        )
        .innerJoin('flows', 'flows.id', 'invoice_plans.flow_id')
        .select([
          'invoice_plans.flow_id',
          'invoice_plans.ordinal',
          'due_at',
          'steps_json',
          'cause',
          'status',
          'status_sequence',
          'connection_id',
        ])
        .where('due_at', '<=', clock.now())
        .orderBy('due_at')
        .limit(PLANS_PER_ROUND),
    )
    const taken = await Promise.all(rows.map((row) => takeStep(journal, row)))
    moved += taken.filter((isMoved) => isMoved).length
    if (rows.length < PLANS_PER_ROUND && !taken.includes(true)) return moved
  }
  return moved
}

async function takeStep(
  journal: Journal,
  row: InvoicePlansTable & Parameters<typeof standingInvoice>[0],
): Promise<boolean> {
  const [step, ...rest] = JSON.parse(row.steps_json) as PlanStep[]
  const invoice = standingInvoice(row)
  const isLegal =
    step !== undefined && invoice !== undefined && actorOf(invoice.status, step.to) !== undefined
  const statements = isLegal
    ? moveStatements(journal, invoice, {
        to: step.to,
        at: row.due_at,
        cause: row.cause,
        comment: step.comment ?? null,
      })
    : []
  const left = isLegal ? rest : []
  const { committed } = await journal.write([goOn(journal, row, left), ...statements])
  return committed && isLegal
}

/** What is left of a plan, guarded on what it was. */
function goOn(journal: Journal, row: InvoicePlansTable, left: readonly PlanStep[]): WriteStatement {
  const { db } = journal
  const next = left[0]
  const query =
    next === undefined
      ? db
          .deleteFrom('invoice_plans')
          .where('flow_id', '=', row.flow_id)
          .where('ordinal', '=', row.ordinal)
          .where('due_at', '=', row.due_at)
          .where('steps_json', '=', row.steps_json)
      : db
          .updateTable('invoice_plans')
          .set({
            due_at: row.due_at + next.afterSeconds * 1_000,
            steps_json: JSON.stringify(left),
          })
          .where('flow_id', '=', row.flow_id)
          .where('ordinal', '=', row.ordinal)
          .where('due_at', '=', row.due_at)
          .where('steps_json', '=', row.steps_json)
  return { query, expectRows: 1 }
}
