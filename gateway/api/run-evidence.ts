import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { evidenceHtml } from '../qualification/evidence-html.ts'
import { junitOf } from '../qualification/evidence-junit.ts'
import { verdictOf } from '../qualification/qualification.ts'
import { resultBadge } from '../qualification/result-badge.ts'
import { route } from './route.ts'

const FORMATS = {
  html: 'text/html',
  json: 'application/json',
  junit: 'application/xml',
  badge: 'image/svg+xml',
} as const

/** `/api/v1/runs/{id}/evidence`: what proves a run, in the shape that is asked for. */
export const RUN_EVIDENCE_ROUTES = [
  route({
    method: 'get',
    path: '/runs/{id}/evidence',
    operationId: 'showRunEvidence',
    tag: 'qualification',
    summary: 'The evidence of a run',
    description:
      'html: one page that opens offline, with messages and transcripts; json: the same as data; junit: for CI; badge: a small picture.',
    permission: 'run.show',
    structure: async ({ params: { id } }, { services, visible }) =>
      services.qualification.siretOf(id, visible),
    params: z.object({ id: z.string().min(1).max(60) }),
    query: z.strictObject({
      format: z.enum(['html', 'json', 'junit', 'badge']).default('html'),
      lang: z.enum(['en', 'fr']).optional(),
    }),
    responses: {
      200: { description: 'The evidence.', mediaTypes: Object.values(FORMATS) },
    },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id }, query: { format, lang } }, context) {
      const { services, visible, language } = context
      const run = await services.qualification.find(id, visible)
      if (run === undefined) throw new GatewayError('API_NOT_FOUND', `There is no run ${id}.`)
      const text = async (): Promise<string> => {
        switch (format) {
          case 'junit':
            return junitOf([run])
          case 'badge':
            return resultBadge(run.scenario.id, verdictOf(run))
          case 'json':
            return JSON.stringify(await services.collectEvidence(run))
          case 'html':
            return evidenceHtml(await services.collectEvidence(run), lang ?? language)
        }
      }
      const body = await text()
      return {
        status: 200,
        stream: {
          mediaType: FORMATS[format],
          write: async (response) => {
            response.end(body)
          },
        },
      }
    },
  }),
]
