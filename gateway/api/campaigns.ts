import { z } from 'zod'
import { requirePermission } from '../accounts/permissions.ts'
import { GatewayError } from '../errors.ts'
import { campaignResultSchema, campaignSchema, coverageSchema } from './campaign-schemas.ts'
import { connectionId, connectionParams, structureOfConnection } from './connection-name.ts'
import { given } from './given.ts'
import { route } from './route.ts'

const MAX_PATIENCE_SECONDS = 86_400

/** `/api/v1/campaigns`: sets of scenarios, and running one on a connection. */
export const CAMPAIGN_ROUTES = [
  route({
    method: 'get',
    path: '/campaigns',
    operationId: 'listCampaigns',
    tag: 'qualification',
    summary: 'The campaigns that come with the gateway',
    permission: 'scenario.list',
    structure: 'none',
    responses: {
      200: { description: 'Campaigns.', schema: z.object({ items: z.array(campaignSchema) }) },
    },
    async handler(_input, { services }) {
      return { status: 200, body: { items: services.campaigns.list() } }
    },
  }),
  route({
    method: 'get',
    path: '/campaigns/{id}',
    operationId: 'showCampaign',
    tag: 'qualification',
    summary: 'One campaign',
    permission: 'scenario.list',
    structure: 'none',
    params: z.object({ id: z.string().max(60) }),
    responses: { 200: { description: 'The campaign.', schema: campaignSchema } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { id } }, { services }) {
      const campaign = services.campaigns.find(id)
      if (campaign !== undefined) return { status: 200, body: campaign }
      throw new GatewayError('API_NOT_FOUND', `There is no campaign ${id}.`)
    },
  }),
  route({
    method: 'post',
    path: '/connections/{id}/campaigns',
    operationId: 'startCampaign',
    tag: 'qualification',
    summary: 'Run a campaign on a connection',
    description:
      'Its scenarios one after the other; it goes on by itself, also after a restart. What the connection does not fit is not run, and said so. `campaign` names one that is shipped, `document` brings one’s own (YAML or JSON). Not in production.',
    permission: 'run.write',
    structure: structureOfConnection,
    params: connectionParams,
    body: {
      kind: 'json',
      isYamlToo: true,
      schema: z
        .strictObject({
          campaign: z.string().max(60).exactOptional(),
          document: z.record(z.string(), z.unknown()).exactOptional(),
          isSelf: z.boolean().default(false),
          patienceSeconds: z.int().min(1).max(MAX_PATIENCE_SECONDS).exactOptional(),
        })
        .refine(({ campaign, document }) => (campaign === undefined) !== (document === undefined), {
          message: 'name a campaign, or bring a document',
          path: ['campaign'],
        }),
    },
    responses: { 201: { description: 'The result, under way.', schema: campaignResultSchema } },
    errors: [
      'API_NOT_FOUND',
      'CONNECTION_UNKNOWN',
      'API_AMBIGUOUS',
      'RUN_MOVE_ILLEGAL',
      'NOT_IN_PRODUCTION',
    ],
    async handler({ params: { id }, body }, context) {
      const { services, actor } = context
      const { campaigns } = services
      const { campaign: name = '', document, isSelf, patienceSeconds } = body
      const campaign = document === undefined ? campaigns.find(name) : campaigns.read(document)
      if (campaign === undefined) {
        throw new GatewayError('API_NOT_FOUND', `There is no campaign ${name}.`)
      }
      if (campaigns.needsAll(campaign)) requirePermission(actor, 'clock.write')
      const order = {
        campaign,
        isSelf,
        connectionId: await connectionId(id, context),
        ...given({ patienceSeconds }),
      }
      return { status: 201, body: await campaigns.start(order, actor) }
    },
  }),
  route({
    method: 'get',
    path: '/connections/{id}/coverage',
    operationId: 'showCoverage',
    tag: 'qualification',
    summary: 'What passed runs have proved of a connection',
    description:
      'By interface code, mode and protocol: what is proved, by which scenarios, and what is not.',
    permission: 'run.show',
    structure: structureOfConnection,
    params: connectionParams,
    responses: {
      200: { description: 'Coverage.', schema: z.object({ items: z.array(coverageSchema) }) },
    },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, context) {
      const items = await context.services.campaigns.coverage(await connectionId(id, context))
      return { status: 200, body: { items } }
    },
  }),
]
