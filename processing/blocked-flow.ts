import { FLOW_STATES } from '../gateway/flow-states.ts'
import { JobDelayed } from '../gateway/queue/queue.ts'
import { addEvents, moveFlow } from './flow-writes.ts'
import type { JournaledFlow, PipelineContext } from './pipeline-context.ts'

type BlockingContext = Pick<PipelineContext, 'journal' | 'clock'>

const BLOCKED = 'IN_EN_ATTENTE_RETRAITEMENT_CPP'
const OUTCOME = 'blocked'

/**
 * Leaves a flow waiting to be resumed. Until when is in its timeline: a restart forgets nothing.
 * One that cannot be blocked in its state goes on.
 * @throws JobDelayed when it is blocked
 */
export async function blockFlow(
  { journal, clock }: BlockingContext,
  flow: JournaledFlow,
  milliseconds: number,
): Promise<void> {
  if (!FLOW_STATES[flow.state].next.includes(BLOCKED)) return
  const detail = { until: Date.now() + milliseconds }
  await journal.write([
    moveFlow(journal, flow, BLOCKED, clock.now()),
    addEvents(journal, flow, clock.now(), [
      { stage: 'decision', outcome: OUTCOME, milliseconds: 0, detail },
    ]),
  ])
  throw new JobDelayed(milliseconds)
}

/**
 * A blocked flow goes on once it is time.
 * @returns the flow as it stands now; undefined when it is not blocked
 * @throws JobDelayed before that time
 */
export async function resumeFlow(
  { journal, clock }: BlockingContext,
  flow: JournaledFlow,
): Promise<JournaledFlow | undefined> {
  if (flow.state !== BLOCKED) return undefined
  const [event] = await journal.read(
    journal.db
      .selectFrom('flow_events')
      .select('detail_json')
      .where('flow_id', '=', flow.id)
      .where('outcome', '=', OUTCOME)
      .orderBy('id', 'desc')
      .limit(1),
  )
  const { until } = JSON.parse(event?.detail_json ?? '{}') as { readonly until?: number }
  const left = (until ?? 0) - Date.now()
  if (left > 0) throw new JobDelayed(left)
  const state = 'IN_EN_COURS_TRAITEMENT_CPP'
  await journal.write([
    moveFlow(journal, flow, state, clock.now()),
    addEvents(journal, flow, clock.now(), [
      { stage: 'decision', outcome: 'resumed', milliseconds: 0 },
    ]),
  ])
  return { ...flow, state }
}
