import type { FlowId, SessionId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'

/** A line of the timeline that says a fault was put. */
export interface FaultMark {
  /** Business time, milliseconds UTC. */
  readonly at: number
  readonly stage: 'fault'
  /** `injected: mdn-negative` */
  readonly outcome: string
  readonly milliseconds: 0
}

interface ReceivedInSession {
  readonly id: FlowId
  readonly session_id: SessionId
  readonly received_at: number
}

/** The faults that touched each flow: while it was processed, or in its session while it came. */
export async function readFaultMarks(
  journal: Journal,
  flows: readonly ReceivedInSession[],
): Promise<ReadonlyMap<FlowId, readonly FaultMark[]>> {
  const sessions = [...new Set(flows.map((flow) => flow.session_id))]
  const hits = await journal.read(
    journal.db
      .selectFrom('fault_hits')
      .innerJoin('faults', 'faults.id', 'fault_hits.fault_id')
      .select(['faults.name', 'fault_hits.at', 'fault_hits.flow_id', 'fault_hits.session_id'])
      .where((where) =>
        where.or([
          where(
            'fault_hits.flow_id',
            'in',
            flows.map((flow) => flow.id),
          ),
          where('fault_hits.session_id', 'in', sessions),
        ]),
      )
      .orderBy('fault_hits.at'),
  )
  if (hits.length === 0) return new Map()
  const siblings = await journal.read(
    journal.db
      .selectFrom('flows')
      .select(['id', 'session_id', 'received_at'])
      .where('session_id', 'in', sessions)
      // What was put through again did not come in that session.
      .where('replay_of', 'is', null)
      .orderBy('received_at'),
  )
  const marks = new Map<FlowId, FaultMark[]>()
  for (const { name, at, flow_id, session_id } of hits) {
    const id = flow_id ?? flowOf(siblings, session_id, at)
    if (id === undefined) continue
    const mark: FaultMark = { at, stage: 'fault', outcome: `injected: ${name}`, milliseconds: 0 }
    marks.set(id, [...(marks.get(id) ?? []), mark])
  }
  return marks
}

/** The flow that was on its way: the next of the session, or the last when none came after. */
function flowOf(
  siblings: readonly ReceivedInSession[],
  sessionId: SessionId | null,
  at: number,
): FlowId | undefined {
  const ofSession = siblings.filter((flow) => flow.session_id === sessionId)
  return (ofSession.find((flow) => flow.received_at >= at) ?? ofSession.at(-1))?.id
}
