import { z } from 'zod'
import { isPermission } from '../accounts/permissions.ts'
import { pageOf, tokenSchema } from './account-schemas.ts'
import { given } from './given.ts'
import { afterSchema, limitSchema } from './list-query.ts'
import { route } from './route.ts'

const pageQuery = z.strictObject({ after: afterSchema, limit: limitSchema })
const page = { 200: { description: 'A page of tokens.', schema: pageOf(tokenSchema) } } as const
const idParams = z.object({ id: z.string().max(60) })

/** `/api/v1/tokens`: bearer tokens for scripts. */
export const TOKEN_ROUTES = [
  route({
    method: 'get',
    path: '/tokens',
    operationId: 'listOwnTokens',
    tag: 'people',
    summary: 'One’s own tokens, newest first',
    permission: 'token.own',
    structure: 'none',
    query: pageQuery,
    responses: page,
    async handler({ query: { limit, after } }, { services, actor }) {
      const body = await services.accounts.tokens.list({ limit, ...given({ after }) }, actor)
      return { status: 200, body }
    },
  }),
  route({
    method: 'get',
    path: '/tokens/all',
    operationId: 'listTokens',
    tag: 'people',
    summary: 'The tokens of everybody, newest first',
    permission: 'token.list-all',
    structure: 'none',
    query: pageQuery,
    responses: page,
    async handler({ query: { limit, after } }, { services, actor }) {
      const criteria = { everyone: true, limit, ...given({ after }) }
      return { status: 200, body: await services.accounts.tokens.list(criteria, actor) }
    },
  }),
  route({
    method: 'post',
    path: '/tokens',
    operationId: 'createToken',
    tag: 'people',
    summary: 'Make a token; its secret is shown this once',
    permission: 'token.own',
    structure: 'none',
    body: {
      kind: 'json',
      schema: z.strictObject({
        name: z.string().min(1).max(100),
        userId: z.string().max(60).optional().meta({
          description: 'Only the local owner of the machine makes one for somebody else.',
        }),
        scopes: z
          .array(z.string().refine(isPermission, 'no such permission'))
          .max(60)
          .optional()
          .meta({ description: 'Permissions it is limited to; absent = all its owner has.' }),
        expiresAt: z.iso.datetime({ offset: true }).nullable().optional(),
      }),
    },
    responses: {
      201: {
        description: 'The token.',
        schema: z.object({ token: tokenSchema, secret: z.string() }),
      },
    },
    errors: ['API_NOT_FOUND'],
    async handler({ body: { name, userId, scopes, expiresAt } }, { services, actor }) {
      const end = expiresAt === undefined || expiresAt === null ? expiresAt : Date.parse(expiresAt)
      const order = { name, ...given({ userId, scopes, expiresAt: end }) }
      return { status: 201, body: await services.accounts.tokens.create(order, actor) }
    },
  }),
  route({
    method: 'delete',
    path: '/tokens/{id}',
    operationId: 'revokeToken',
    tag: 'people',
    summary: 'Revoke a token: one’s own, or anyone’s with token.list-all',
    permission: 'token.own',
    structure: 'none',
    params: idParams,
    responses: { 204: { description: 'It opens nothing any more.' } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { id } }, { services, actor }) {
      await services.accounts.tokens.revoke(id, actor)
      return { status: 204 }
    },
  }),
]
