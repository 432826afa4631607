import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { Actor } from '../accounts/actor.ts'
import {
  attachmentSchema,
  languageSchema,
  pageOf,
  subscriptionSchema,
  userSchema,
} from './account-schemas.ts'
import { given } from './given.ts'
import { afterSchema, limitSchema, siretSchema } from './list-query.ts'
import { route } from './route.ts'

const pageQuery = z.strictObject({ after: afterSchema, limit: limitSchema })
const user = { description: 'Oneself.', schema: userSchema, hasEtag: true } as const
const siretParams = z.object({ siret: siretSchema })
const ended = { 204: { description: 'It is over.' } } as const

/** `/api/v1/account`: one's own account, and what one asked for. */
export const OWN_ACCOUNT_ROUTES = [
  route({
    method: 'get',
    path: '/account',
    operationId: 'showAccount',
    tag: 'people',
    summary: 'One’s own account',
    permission: 'user.self',
    structure: 'none',
    responses: { 200: user },
    errors: ['API_NOT_FOUND'],
    async handler(_input, { services, actor }) {
      const self = await services.accounts.users.find(actor.id)
      if (self === undefined) throw noPerson(actor)
      return { status: 200, body: self, revision: self.revision }
    },
  }),
  route({
    method: 'patch',
    path: '/account',
    operationId: 'changeAccount',
    tag: 'people',
    summary: 'Change one’s own names, e-mail address and language',
    permission: 'user.self',
    structure: 'none',
    ifMatch: 'optional',
    body: {
      kind: 'json',
      schema: z.strictObject({
        firstName: z.string().max(100).optional(),
        name: z.string().max(100).optional(),
        email: z.string().max(254).optional(),
        language: languageSchema.optional(),
      }),
    },
    responses: { 200: user },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CHANGED'],
    async handler({ body, revision }, { services, actor }) {
      const change = given({ ...body, revision })
      const self = await services.accounts.users.changeSelf(change, actor)
      return { status: 200, body: self, revision: self.revision }
    },
  }),
  route({
    method: 'get',
    path: '/account/attachments',
    operationId: 'listOwnAttachments',
    tag: 'people',
    summary: 'Structures one belongs to, or asked to',
    permission: 'user.self',
    structure: 'none',
    query: pageQuery,
    responses: { 200: { description: 'A page of them.', schema: pageOf(attachmentSchema) } },
    async handler({ query: { limit, after } }, { services, actor }) {
      const criteria = { userId: actor.id, limit, ...given({ after }) }
      return { status: 200, body: await services.accounts.attachments.list(criteria, actor) }
    },
  }),
  route({
    method: 'delete',
    path: '/account/attachments/{siret}',
    operationId: 'leaveStructure',
    tag: 'people',
    summary: 'Leave a structure',
    permission: 'user.self',
    structure: 'none',
    params: siretParams,
    responses: ended,
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT'],
    async handler({ params: { siret } }, { services, actor }) {
      await services.accounts.attachments.revoke({ userId: actor.id, siret }, actor)
      return { status: 204 }
    },
  }),
  route({
    method: 'get',
    path: '/account/subscriptions',
    operationId: 'listOwnSubscriptions',
    tag: 'people',
    summary: 'Areas one has rights on, or asked for',
    permission: 'user.self',
    structure: 'none',
    query: pageQuery,
    responses: { 200: { description: 'A page of them.', schema: pageOf(subscriptionSchema) } },
    async handler({ query: { limit, after } }, { services, actor }) {
      const criteria = { userId: actor.id, limit, ...given({ after }) }
      return { status: 200, body: await services.accounts.subscriptions.list(criteria, actor) }
    },
  }),
  route({
    method: 'delete',
    path: '/account/subscriptions/{siret}',
    operationId: 'giveUpSubscription',
    tag: 'people',
    summary: 'Give up one’s rights on an area, or the request for them',
    permission: 'subscription.request',
    structure: async ({ params }) => params.siret,
    params: siretParams,
    responses: ended,
    errors: ['API_NOT_FOUND'],
    async handler({ params: { siret } }, { services, actor }) {
      await services.accounts.subscriptions.revoke({ userId: actor.id, siret }, actor)
      return { status: 204 }
    },
  }),
]

const noPerson = (actor: Actor): GatewayError =>
  new GatewayError('API_NOT_FOUND', `${actor.name} is no user, and has no account.`)
