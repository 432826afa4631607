import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { readFlowDocuments, siretOfFlow } from './flow-documents.ts'
import { route } from './route.ts'

/** `GET /api/v1/flows/{id}/verification`: what is kept, compared with what the journal says. */
export const FLOW_VERIFICATION_ROUTES = [
  route({
    method: 'get',
    path: '/flows/{id}/verification',
    operationId: 'verifyFlow',
    tag: 'flows',
    summary: 'Compare what is kept of a flow with what the journal says of it',
    description:
      'The bytes of the flow and of its return flows are read and hashed; what was delivered has to have its proof. Of AS2, what was signed is verified again with the certificates of the connection, as far as it is kept: the signature of the flow and its MIC, the receipt that was given, the receipt of each return flow.',
    permission: 'flow.show',
    structure: async ({ params }, { services, visible }) =>
      siretOfFlow(services.journal, { id: params.id, sirets: visible }),
    params: z.object({ id: z.string().min(1).max(100) }),
    responses: {
      200: {
        description: 'Every check.',
        schema: z.object({
          ok: z.boolean(),
          checks: z.array(
            z.object({
              what: z.enum(['content', 'signature', 'mic', 'receipt', 'return', 'proof', 'mdn']),
              name: z.string(),
              ok: z.boolean(),
              detail: bilingualSchema,
            }),
          ),
        }),
      },
    },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, { services, visible }) {
      const found = { id, sirets: visible, limit: 2, maxFindings: 0 }
      const [flow, other] = await readFlowDocuments(services.journal, found)
      if (flow === undefined) throw new GatewayError('API_NOT_FOUND', `No flow is called ${id}.`)
      if (other !== undefined) {
        throw new GatewayError('API_AMBIGUOUS', `Several flows have an id that starts with ${id}.`)
      }
      const checks = await services.verifyFlow(flow.id)
      return { status: 200, body: { ok: checks.every(({ ok }) => ok), checks } }
    },
  }),
]
