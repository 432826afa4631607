import {
  askedRightsSchema,
  decisionsSchema,
  pageOf,
  subscriptionAnswerSchema,
  subscriptionSchema,
} from './account-schemas.ts'
import { given } from './given.ts'
import { rightsKeyParams, rightsQuerySchema, rightsStructureParams } from './rights-query.ts'
import { route } from './route.ts'

const advice = {
  description: 'Done, with what the platform advises.',
  schema: subscriptionAnswerSchema,
} as const

/** Rights on the area of a structure (*abonnement à l’espace*). */
export const SUBSCRIPTION_ROUTES = [
  route({
    method: 'get',
    path: '/subscriptions',
    operationId: 'listSubscriptions',
    tag: 'people',
    summary: 'Subscriptions to the areas one manages or oversees',
    permission: 'subscription.list',
    structure: 'visible',
    query: rightsQuerySchema,
    responses: { 200: { description: 'A page of them.', schema: pageOf(subscriptionSchema) } },
    async handler({ query: { limit, pending, ...criteria } }, { services, actor }) {
      const wanted = { limit, ...given({ ...criteria, isPending: pending }) }
      return { status: 200, body: await services.accounts.subscriptions.list(wanted, actor) }
    },
  }),
  route({
    method: 'post',
    path: '/structures/{siret}/subscriptions',
    operationId: 'requestSubscription',
    tag: 'people',
    summary: 'Ask for rights on the area of a structure',
    permission: 'subscription.request',
    structure: async ({ params }) => params.siret,
    params: rightsStructureParams,
    body: { kind: 'json', schema: askedRightsSchema, isOptional: true },
    responses: { 201: { description: 'The request.', schema: subscriptionSchema } },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT'],
    async handler({ params: { siret }, body }, { services, actor }) {
      const made = await services.accounts.subscriptions.request({ siret, ...body }, actor)
      return { status: 201, body: made }
    },
  }),
  route({
    method: 'put',
    path: '/structures/{siret}/subscriptions/{userId}',
    operationId: 'grantSubscription',
    tag: 'people',
    summary: 'Give a user rights on an area, without a request',
    permission: 'subscription.decide',
    structure: async ({ params }) => params.siret,
    params: rightsKeyParams,
    body: { kind: 'json', schema: askedRightsSchema },
    responses: { 200: advice },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT'],
    async handler({ params, body }, { services, actor }) {
      const answer = await services.accounts.subscriptions.grant({ ...params, ...body }, actor)
      return { status: 200, body: answer }
    },
  }),
  route({
    method: 'delete',
    path: '/structures/{siret}/subscriptions/{userId}',
    operationId: 'revokeSubscription',
    tag: 'people',
    summary: 'End the rights of a user on an area',
    permission: 'subscription.decide',
    structure: async ({ params }) => params.siret,
    params: rightsKeyParams,
    responses: { 204: { description: 'They are over.' } },
    errors: ['API_NOT_FOUND'],
    async handler({ params }, { services, actor }) {
      await services.accounts.subscriptions.revoke(params, actor)
      return { status: 204 }
    },
  }),
  route({
    method: 'post',
    path: '/subscriptions/decisions',
    operationId: 'decideSubscriptions',
    tag: 'people',
    summary: 'Accept or refuse several requests at once: all or none',
    permission: 'subscription.decide',
    structure: 'visible',
    body: { kind: 'json', schema: decisionsSchema },
    responses: { 200: advice },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT'],
    async handler({ body: { requests, decision } }, { services, actor }) {
      const answer = await services.accounts.subscriptions.decide(requests, decision, actor)
      return { status: 200, body: answer }
    },
  }),
]
