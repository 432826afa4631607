import { EPOCH_MARK } from '../config/flow-name.ts'
import type { OfferTerms } from '../gateway/delivery/outbox.ts'
import { faultContextOf } from './flow-faults.ts'
import { unknownStatus } from './life-cycle/life-cycle-faults.ts'
import type { JournaledFlow, PipelineContext } from './pipeline-context.ts'

/** What a fault on demand makes of the report on a flow; empty without one. */
export interface ReportFault {
  /** It is never offered: it is held, and an operator may release it. */
  readonly isNever?: true
  /** How much later it is offered. */
  readonly lateMilliseconds?: number
  /** The flow that it says it is about. */
  readonly flowIdentifier?: string
  /** The code that stands for the state of the flow. */
  readonly status?: string
  readonly terms?: OfferTerms
}

type FaultContext = Pick<PipelineContext, 'faults' | 'journal'>

/**
 * Asks for a fault on the report of a flow that is decided. What it says of the delivery is written
 * with the return flow: whoever delivers it later needs no fault to be active. Only answers make
 * sense here: an incident has its report too, and no attempt after it that could fail.
 */
export async function meetReportFault(
  context: FaultContext,
  flow: JournaledFlow,
): Promise<ReportFault> {
  const action = context.faults.at('report', faultContextOf(flow))
  if (action?.kind !== 'answer') return {}
  const late = Number(action.value ?? 0) * 1_000
  switch (action.name) {
    case 'late':
      return lateBy(late)
    case 'never':
      return { isNever: true }
    case 'duplicate':
      return { terms: { repeats: 1 } }
    case 'out-of-order':
      // While one waits, this is the one that goes before it.
      return (await isAnyYielding(context, flow)) ? {} : lateBy(late, { yields: true })
    case 'wrong-reference':
      return { flowIdentifier: await otherIdentifier(context, flow) }
    case 'unknown-status':
      return { status: unknownStatus(action.value) }
    default:
      return {}
  }
}

const lateBy = (milliseconds: number, terms: OfferTerms = {}): ReportFault => ({
  lateMilliseconds: milliseconds,
  terms: { ...terms, offeredFrom: Date.now() + milliseconds },
})

async function isAnyYielding({ journal }: FaultContext, flow: JournaledFlow): Promise<boolean> {
  const rows = await journal.read(
    journal.db
      .selectFrom('return_flows')
      .select('id')
      .where('connection_id', '=', flow.connection_id)
      .where('yields', '=', 1)
      .where('state', '=', 'OFFERED')
      .where('offered_from', '>', Date.now())
      .limit(1),
  )
  return rows.length > 0
}

/** Of the newest other flow of the partner; of a first one, its own with another last figure. */
async function otherIdentifier({ journal }: FaultContext, flow: JournaledFlow): Promise<string> {
  const own = flow.flow_identifier
  const [other] = await journal.read(
    journal.db
      .selectFrom('flows')
      .select('flow_identifier')
      .where('connection_id', '=', flow.connection_id)
      .where('flow_identifier', '<>', own)
      .where('flow_identifier', 'not like', `%${EPOCH_MARK}%`)
      .orderBy('id', 'desc')
      .limit(1),
  )
  return other?.flow_identifier ?? `${own.slice(0, -1)}${own.endsWith('9') ? '8' : '9'}`
}
