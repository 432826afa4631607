import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { readFlowDocuments, siretOfFlow } from './flow-documents.ts'
import { flowSchema } from './flow-schema.ts'
import { route } from './route.ts'

/** `POST /api/v1/flows/{id}/replay`: a stored flow goes through the pipeline again. */
export const FLOW_REPLAY_ROUTES = [
  route({
    method: 'post',
    path: '/flows/{id}/replay',
    operationId: 'replayFlow',
    tag: 'flows',
    summary: 'Put a stored flow through the pipeline again, as a new flow',
    description:
      'Judged by the rules, the directory and the mode of today. Numbers of invoices that the first flow holds are no duplicates and are told of once; the report is held until it is released (docs/delivery.md).',
    permission: 'flow.replay',
    structure: async ({ params }, { services, visible }) =>
      siretOfFlow(services.journal, { id: params.id, sirets: visible }),
    params: z.object({ id: z.string().min(1).max(100) }),
    body: {
      kind: 'json',
      schema: z.strictObject({ reason: z.string().max(2_000).optional() }),
      isOptional: true,
    },
    responses: { 201: { description: 'The new flow, as it is received.', schema: flowSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'FLOW_NOT_DECIDED', 'FLOW_CONTENT_GONE'],
    async handler({ params: { id }, body: { reason } }, { services, visible, actor }) {
      const found = { sirets: visible, limit: 2, maxFindings: 100 }
      const [flow, other] = await readFlowDocuments(services.journal, { ...found, id })
      if (flow === undefined) throw new GatewayError('API_NOT_FOUND', `No flow is called ${id}.`)
      if (other !== undefined) {
        throw new GatewayError('API_AMBIGUOUS', `Several flows have an id that starts with ${id}.`)
      }
      const replayId = await services.replayFlow(flow.id, { actor, reason })
      const [replay] = await readFlowDocuments(services.journal, { ...found, id: replayId })
      if (replay === undefined) throw new GatewayError('INTERNAL', `No flow ${replayId} to show.`)
      return { status: 201, body: replay }
    },
  }),
]
