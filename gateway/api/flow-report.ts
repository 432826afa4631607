import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { readFlowDocuments, siretOfFlow } from './flow-documents.ts'
import { route } from './route.ts'
import { streamed } from './streamed.ts'

const PDF = 'application/pdf'

/** `GET /api/v1/flows/{id}/report.pdf`: the integration report, for people. */
export const FLOW_REPORT_ROUTES = [
  route({
    method: 'get',
    path: '/flows/{id}/report.pdf',
    operationId: 'showFlowReport',
    tag: 'flows',
    summary: 'The integration report of a flow as a PDF',
    description:
      'Made when it is asked for, of what the report in XML says; the first 2,000 findings. The report itself is a return flow, and is fetched as one.',
    permission: 'flow.show',
    structure: async ({ params }, { services, visible }) =>
      siretOfFlow(services.journal, { id: params.id, sirets: visible }),
    params: z.object({ id: z.string().min(1).max(100) }),
    query: z.strictObject({
      lang: z.enum(['en', 'fr']).optional().meta({ description: 'Else of Accept-Language.' }),
    }),
    responses: {
      200: {
        description: 'The report.',
        mediaTypes: [PDF],
        headers: { 'Content-Disposition': 'A name for the file.' },
      },
    },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id }, query: { lang } }, { services, visible, language }) {
      const found = { id, sirets: visible, limit: 2, maxFindings: 0 }
      const [flow, other] = await readFlowDocuments(services.journal, found)
      if (flow === undefined) throw new GatewayError('API_NOT_FOUND', `No flow is called ${id}.`)
      if (other !== undefined) {
        const message = `Several flows have an id that starts with ${id}.`
        throw new GatewayError('API_AMBIGUOUS', message)
      }
      const pieces = await services.reportPdf(flow.id, lang ?? language)
      if (pieces === undefined) {
        const message = `The flow ${flow.number} is not decided yet: it has no report.`
        throw new GatewayError('API_NOT_FOUND', message)
      }
      const name = `${flow.returns[0]?.name.replace(/\.(tar\.gz|xml)$/, '') ?? flow.number}.pdf`
      const headers = { 'Content-Disposition': `attachment; filename="${name}"` }
      return streamed(200, PDF, pieces, headers)
    },
  }),
]
