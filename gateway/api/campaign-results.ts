import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { compareResults, type CampaignResult } from '../qualification/campaign.ts'
import type { CampaignEvidence } from '../qualification/evidence.ts'
import type { RunDocument } from '../qualification/qualification.ts'
import { campaignResultSchema, comparisonSchema } from './campaign-schemas.ts'
import { connectionId } from './connection-name.ts'
import {
  EVIDENCE_FORMATS_SAID,
  EVIDENCE_MEDIA_TYPES,
  evidenceAnswer,
  evidenceQuery,
} from './evidence-answer.ts'
import { given } from './given.ts'
import { limitSchema, nextSchema } from './list-query.ts'
import { route, type RouteContext } from './route.ts'

type Context = Pick<RouteContext, 'services' | 'visible'>

const resultParams = z.object({
  id: z.string().min(1).max(60).meta({ description: 'Id of a result, or a unique start of one.' }),
})

const resultName = (id: string): string => (id.startsWith('cpr_') ? id : `cpr_${id}`)

const structureOfResult = async (
  { params }: { readonly params: { readonly id: string } },
  { services, visible }: Context,
): Promise<string | null | undefined> => services.campaigns.siretOf(resultName(params.id), visible)

/** @throws GatewayError API_NOT_FOUND, API_AMBIGUOUS */
async function resultNamed(id: string, { services, visible }: Context): Promise<CampaignResult> {
  const result = await services.campaigns.result(resultName(id), visible)
  if (result !== undefined) return result
  throw new GatewayError('API_NOT_FOUND', `There is no campaign result ${id}.`)
}

/** `/api/v1/campaign-results`: campaigns that were run, frozen; compared, and their evidence. */
export const CAMPAIGN_RESULT_ROUTES = [
  route({
    method: 'get',
    path: '/campaign-results',
    operationId: 'listCampaignResults',
    tag: 'qualification',
    summary: 'Results of campaigns, newest first',
    permission: 'run.show',
    structure: 'visible',
    query: z.strictObject({
      connection: z.string().max(60).optional().meta({ description: 'Id or application code.' }),
      campaign: z.string().max(60).optional(),
      after: z.string().max(60).optional().meta({ description: 'The `next` of the page before.' }),
      limit: limitSchema,
    }),
    responses: {
      200: {
        description: 'Results.',
        schema: z.object({ items: z.array(campaignResultSchema), next: nextSchema }),
      },
    },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS'],
    async handler({ query: { connection, campaign, after, limit } }, context) {
      const id = connection === undefined ? undefined : await connectionId(connection, context)
      const items = await context.services.campaigns.results({
        sirets: context.visible,
        limit: limit + 1,
        ...given({ connectionId: id, campaign, before: after }),
      })
      const page = items.slice(0, limit)
      const next = items.length > limit ? (page.at(-1)?.id ?? null) : null
      return { status: 200, body: { items: page, next } }
    },
  }),
  route({
    method: 'get',
    path: '/campaign-results/{id}',
    operationId: 'showCampaignResult',
    tag: 'qualification',
    summary: 'One result, as it is now',
    permission: 'run.show',
    structure: structureOfResult,
    params: resultParams,
    responses: { 200: { description: 'The result.', schema: campaignResultSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, context) {
      return { status: 200, body: await resultNamed(id, context) }
    },
  }),
  route({
    method: 'post',
    path: '/campaign-results/{id}/cancel',
    operationId: 'cancelCampaign',
    tag: 'qualification',
    summary: 'End a campaign: what has not begun is not run',
    permission: 'run.write',
    structure: structureOfResult,
    params: resultParams,
    responses: { 200: { description: 'The result, ended.', schema: campaignResultSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'RUN_MOVE_ILLEGAL'],
    async handler({ params: { id } }, context) {
      const result = await resultNamed(id, context)
      const { services, actor } = context
      return { status: 200, body: await services.campaigns.cancel(result.id, actor) }
    },
  }),
  route({
    method: 'get',
    path: '/campaign-results/{id}/comparison',
    operationId: 'compareCampaignResult',
    tag: 'qualification',
    summary: 'What changed since another result',
    permission: 'run.show',
    structure: structureOfResult,
    params: resultParams,
    query: z.strictObject({
      with: z
        .string()
        .max(60)
        .optional()
        .meta({ description: 'Id of another result; else the last of the same campaign before.' }),
    }),
    responses: { 200: { description: 'The changes.', schema: comparisonSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id }, query: { with: other } }, context) {
      const now = await resultNamed(id, context)
      const before =
        other === undefined
          ? await context.services.campaigns.before(now)
          : await resultNamed(other, context)
      if (before !== undefined) return { status: 200, body: compareResults(before, now) }
      throw new GatewayError('API_NOT_FOUND', `${now.id} is the first of its campaign there.`)
    },
  }),
  route({
    method: 'get',
    path: '/campaign-results/{id}/evidence',
    operationId: 'showCampaignEvidence',
    tag: 'qualification',
    summary: 'The evidence of a campaign, with all its runs',
    description: EVIDENCE_FORMATS_SAID,
    permission: 'run.show',
    structure: structureOfResult,
    params: resultParams,
    query: z.strictObject(evidenceQuery),
    responses: { 200: { description: 'The evidence.', mediaTypes: EVIDENCE_MEDIA_TYPES } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id }, query }, context) {
      const result = await resultNamed(id, context)
      const { services } = context
      const runs: RunDocument[] = []
      for (const { run } of result.items) {
        const found = run === null ? undefined : await services.qualification.find(run, undefined)
        if (found !== undefined) runs.push(found)
      }
      const campaign = await campaignEvidence(result, runs, services)
      return evidenceAnswer({ runs, campaign }, query, context)
    },
  }),
]

async function campaignEvidence(
  result: CampaignResult,
  runs: readonly RunDocument[],
  { campaigns }: RouteContext['services'],
): Promise<CampaignEvidence> {
  const before = await campaigns.before(result)
  return {
    result,
    comparison: before === undefined ? null : compareResults(before, result),
    coverage: await campaigns.coverage(
      result.connectionId,
      runs.map(({ id }) => id),
    ),
  }
}
