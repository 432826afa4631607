import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { FLOW_STATES } from '../flow-states.ts'
import type { FlowDocument } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { readFlowDocuments, siretOfFlow, type FlowCriteria } from './flow-documents.ts'
import { flowSchema } from './flow-schema.ts'
import { flowStateSchema } from './flow-state-schema.ts'
import { flagSchema } from './list-query.ts'
import { route } from './route.ts'

/** Proxies cut a request that says nothing for a minute. */
const MAX_WAIT_SECONDS = 50
/** Another process may have written without telling: looked at least this often. */
const POLL_MILLISECONDS = 1_000

/** The number that a sender gave a flow: known to it before the flow comes (decisions B14). */
const IDENTIFIER = /^[0-9A-Z]{25}$/

/** `GET /api/v1/flows/{id}/wait`: answers once a flow is where it is wanted (long poll). */
export const FLOW_WAIT_ROUTES = [
  route({
    method: 'get',
    path: '/flows/{id}/wait',
    operationId: 'waitForFlow',
    tag: 'flows',
    summary: 'Wait until a flow is in a state',
    description:
      'Answers at once when it is, else when it comes to be, at the latest after `seconds`: ask again then. ' +
      'The 25-character identifier of a flow that has not come yet is waited for too.',
    permission: 'flow.show',
    structure: async ({ params }, { services, visible }) =>
      siretOfFlow(services.journal, { id: params.id, sirets: visible }),
    params: z.object({ id: z.string().min(1).max(100) }),
    query: z.strictObject({
      state: flowStateSchema
        .optional()
        .meta({ description: 'Code or label of a state; without it, any final one.' }),
      delivered: flagSchema
        .optional()
        .meta({ description: 'true: its return flows have to be delivered too.' }),
      seconds: z.coerce.number().int().min(0).max(MAX_WAIT_SECONDS).default(20),
    }),
    responses: {
      200: {
        description: 'The flow as it is, and whether it is where it is wanted.',
        schema: z.object({ isReached: z.boolean(), flow: flowSchema }),
      },
    },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id }, query }, { services, visible, request }) {
      const { state, delivered = false, seconds } = query
      const found = { id, sirets: visible, limit: 2, maxFindings: 100 }
      const isReached = (flow: FlowDocument): boolean =>
        (state === undefined ? FLOW_STATES[flow.state].isFinal : state.includes(flow.state)) &&
        (!delivered || (flow.returns.length > 0 && flow.returns.every((back) => back.retrieved)))
      const end = AbortSignal.any([request.signal, AbortSignal.timeout(seconds * 1_000)])
      const wanted = { isReached, waitsForReturns: delivered }
      const flow = await waited(services.journal, found, wanted, end)
      return { status: 200, body: { isReached: isReached(flow), flow } }
    },
  }),
]

interface Wanted {
  readonly isReached: (flow: FlowDocument) => boolean
  /** A final state is not the end of it. */
  readonly waitsForReturns: boolean
}

async function waited(
  journal: Journal,
  criteria: FlowCriteria,
  { isReached, waitsForReturns }: Wanted,
  end: AbortSignal,
): Promise<FlowDocument> {
  let change = new AbortController()
  const onChange = (): void => change.abort()
  const undo = [journal.subscribe('flows', onChange), journal.subscribe('returns', onChange)]
  try {
    for (;;) {
      change = new AbortController()
      const [flow, other] = await readFlowDocuments(journal, criteria)
      const id = criteria.id ?? ''
      if (flow === undefined && (end.aborted || !IDENTIFIER.test(id))) {
        throw new GatewayError('API_NOT_FOUND', `No flow is called ${id}.`)
      }
      if (other !== undefined) {
        throw new GatewayError('API_AMBIGUOUS', `Several flows have an id that starts with ${id}.`)
      }
      // Only those that can still move are waited for.
      if (flow !== undefined) {
        const isOver = FLOW_STATES[flow.state].isFinal && !waitsForReturns
        if (isReached(flow) || isOver || end.aborted) return flow
      }
      const signal = AbortSignal.any([end, change.signal])
      await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => {})
    }
  } finally {
    for (const end of undo) end()
  }
}
