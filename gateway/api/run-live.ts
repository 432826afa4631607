import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { LIVE_POLICY, liveBody, livePage } from '../qualification/live-page.ts'
import type { RunDocument } from '../qualification/qualification.ts'
import { evidenceStream, LINK_READERS } from './evidence-stream.ts'
import { route, type RouteContext } from './route.ts'
import { runNamed, runParams, structureOfRun } from './run-name.ts'
import { streamRun } from './run-stream.ts'

const viewParams = z.object({ view: z.string().min(1).max(60) })
const viewQuery = z.strictObject({ lang: z.enum(['en', 'fr']).optional() })

/**
 * `/api/v1/live`: the evidence page of a run, while it goes on. A browser that follows a link sends
 * no bearer token, so that who may see the run asks for a link that shows this run alone.
 */
export const RUN_LIVE_ROUTES = [
  route({
    method: 'post',
    path: '/runs/{id}/live',
    operationId: 'openRunView',
    tag: 'qualification',
    summary: 'A link to watch a run in a browser',
    description:
      'Whoever has the link sees this run and its evidence page for 12 hours, without signing in.',
    permission: 'run.show',
    structure: structureOfRun,
    params: runParams,
    responses: {
      201: {
        description: 'The link.',
        schema: z.object({ url: z.string(), expiresAt: z.iso.datetime() }),
      },
    },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, context) {
      const run = await runNamed(id, context)
      const { services, actor, request } = context
      const siret = (await services.qualification.siretOf(run.id, undefined)) ?? null
      const shown = { id: run.id, siret }
      const { token, expiresAt } = await services.runViews.issue(shown, actor)
      const url = `${request.origin}/api/v1/live/${token}`
      return { status: 201, body: { url, expiresAt } }
    },
  }),
  route({
    method: 'get',
    path: '/live/{view}',
    operationId: 'showRunView',
    tag: 'qualification',
    summary: 'The evidence page of a run, as it goes on',
    description: 'By the link that POST /runs/{id}/live gave; it changes as steps pass.',
    permission: 'public',
    structure: 'none',
    params: viewParams,
    query: viewQuery,
    responses: { 200: { description: 'The page.', mediaTypes: ['text/html'] } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { view }, query: { lang } }, context) {
      const { services, language, request } = context
      const run = await viewed(view, context)
      const carries = run.state === 'RUNNING' ? 'none' : 'shown'
      const make = async (): Promise<readonly string[]> => {
        const evidence = await services.collectEvidence({ runs: [run], by: run.startedBy, carries })
        return [livePage(evidence, lang ?? language)]
      }
      return evidenceStream('text/html', make, LINK_READERS, {
        signal: request.signal,
        headers: { 'Content-Security-Policy': LIVE_POLICY },
      })
    },
  }),
  route({
    method: 'get',
    path: '/live/{view}/events',
    operationId: 'followRunView',
    tag: 'qualification',
    summary: 'What changes in that page',
    description:
      'Server-Sent Events: `page` with the state of the run and what the page shows; the stream ends with the run.',
    permission: 'public',
    structure: 'none',
    params: viewParams,
    query: viewQuery,
    responses: { 200: { description: 'The stream.', mediaTypes: ['text/event-stream'] } },
    errors: ['API_NOT_FOUND', 'API_BUSY'],
    async handler({ params: { view }, query: { lang } }, context) {
      const { services, language, request } = context
      const run = await viewed(view, context)
      return {
        status: 200,
        headers: { 'X-Accel-Buffering': 'no' },
        stream: {
          mediaType: 'text/event-stream',
          write: (response) =>
            streamRun(response, {
              qualification: services.qualification,
              run,
              maySee: async () => (await services.runViews.open(view)) !== undefined,
              event: async (now) => {
                // Told to as many as read: contents come when the page is asked for again.
                const order = { runs: [now], by: now.startedBy, carries: 'none' } as const
                const evidence = await services.collectEvidence(order)
                const html = liveBody(evidence, lang ?? language)
                return { name: 'page', data: { state: now.state, html } }
              },
              signal: request.signal,
            }),
        },
      }
    },
  }),
]

/** @throws GatewayError API_NOT_FOUND: what never was and what is over are told apart by nobody */
async function viewed(
  view: string,
  { services }: Pick<RouteContext, 'services'>,
): Promise<RunDocument> {
  const id = await services.runViews.open(view)
  const run = id === undefined ? undefined : await services.qualification.find(id, undefined)
  if (run !== undefined) return run
  throw new GatewayError('API_NOT_FOUND', 'There is no such page, or its time is over.')
}
