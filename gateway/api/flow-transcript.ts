import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { readFlowDocuments, siretOfFlow } from './flow-documents.ts'
import { route } from './route.ts'
import { transcriptParts } from './transcript-schema.ts'

const transcriptSchema = z
  .object({
    flowId: z.string(),
    ...transcriptParts,
    othersLeftOut: z
      .int()
      .meta({ description: 'Entries that are about other flows of the same session.' }),
  })
  .meta({ id: 'FlowTranscript' })

/** `GET /api/v1/flows/{id}/transcript`: what crossed the wire while a flow was received. */
export const FLOW_TRANSCRIPT_ROUTES = [
  route({
    method: 'get',
    path: '/flows/{id}/transcript',
    operationId: 'showFlowTranscript',
    tag: 'flows',
    summary: 'What crossed the wire while a flow was received',
    description:
      'Every message of the session that brought the flow, by name; over PeSIT each FPDU and parameter, with its bytes, and the rules of the protocol that were broken. Secrets are masked, contents of files are left out, and so is what other flows of the session have to do with.',
    permission: 'flow.show',
    structure: async ({ params }, { services, visible }) =>
      siretOfFlow(services.journal, { id: params.id, sirets: visible }),
    params: z.object({ id: z.string().min(1).max(100) }),
    responses: { 200: { description: 'The transcript.', schema: transcriptSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, { services, visible }) {
      const found = { id, sirets: visible, limit: 2, maxFindings: 0 }
      const [flow, other] = await readFlowDocuments(services.journal, found)
      if (flow === undefined) throw new GatewayError('API_NOT_FOUND', `No flow is called ${id}.`)
      if (other !== undefined) {
        const message = `Several flows have an id that starts with ${id}.`
        throw new GatewayError('API_AMBIGUOUS', message)
      }
      const transcript = await services.transcriptOf(flow.id)
      if (transcript === 'open') {
        const message = `The session that brought ${flow.number} goes on: its transcript is kept once it ends.`
        throw new GatewayError('API_NOT_FOUND', message)
      }
      if (transcript === 'removed') {
        const message = `The transcript of the session that brought ${flow.number} was past its time and was removed (retention.transcriptDays).`
        throw new GatewayError('API_NOT_FOUND', message)
      }
      if (transcript === 'missing') {
        const message = `No transcript of the session that brought ${flow.number} is kept.`
        throw new GatewayError('API_NOT_FOUND', message)
      }
      return { status: 200, body: transcript }
    },
  }),
]
