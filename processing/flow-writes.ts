import { assertMove, FLOW_STATES, type FlowState } from '../gateway/flow-states.ts'
import type { Journal, WriteStatement } from '../gateway/journal/journal.ts'
import type { FlowsTable } from '../gateway/journal/schema.ts'
import type { Updateable } from 'kysely'
import type { JournaledFlow } from './pipeline-context.ts'
import type { StageName } from './stages.ts'

/** Columns of a flow that a move may change besides its state. */
type FlowChanges = Pick<
  Updateable<FlowsTable>,
  'stage' | 'total' | 'integrated' | 'refused' | 'findings_json' | 'attempts'
>

/**
 * The statement that moves a flow, guarded on the state and stage it was read in: of two handlers
 * of the same flow one writes, the other's whole message is undone.
 * @throws GatewayError FLOW_MOVE_ILLEGAL
 */
export function moveFlow(
  journal: Journal,
  flow: JournaledFlow,
  to: FlowState,
  now: number,
  changes: FlowChanges = {},
): WriteStatement {
  if (to !== flow.state) assertMove(flow.state, to)
  return {
    query: journal.db
      .updateTable('flows')
      .set({
        ...changes,
        state: to,
        updated_at: now,
        ...(FLOW_STATES[to].isFinal ? { finished_at: now } : {}),
      })
      .where('id', '=', flow.id)
      .where('state', '=', flow.state)
      .where('stage', '=', flow.stage),
    expectRows: 1,
    announce: 'flows',
  }
}

/** One line of a flow's timeline. */
export interface FlowEvent {
  readonly stage: StageName
  /** `passed`, `refused`, `failed`, `incident`, or the state decided. */
  readonly outcome: string
  readonly milliseconds: number
  readonly detail?: Readonly<Record<string, unknown>>
}

/** The statement that adds lines to a flow's timeline, in order. */
export function addEvents(
  journal: Journal,
  flow: JournaledFlow,
  now: number,
  events: readonly FlowEvent[],
): WriteStatement {
  return {
    query: journal.db.insertInto('flow_events').values(
      events.map(({ stage, outcome, milliseconds, detail }) => ({
        flow_id: flow.id,
        at: now,
        stage,
        outcome,
        milliseconds: Math.round(milliseconds),
        detail_json: JSON.stringify(detail ?? {}),
      })),
    ),
    announce: 'flows',
  }
}
