import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import {
  globalRoleSchema,
  languageSchema,
  pageOf,
  tokenSchema,
  userSchema,
  userWithPasswordSchema,
} from './account-schemas.ts'
import { given } from './given.ts'
import { afterSchema, limitSchema } from './list-query.ts'
import { route } from './route.ts'

const idParams = z.object({ id: z.string().max(60) })
const names = {
  firstName: z.string().max(100),
  name: z.string().max(100),
  email: z.string().max(254),
}
const user = { description: 'The user.', schema: userSchema, hasEtag: true } as const

/** `/api/v1/users`: what an administrator does with users. */
export const USER_ROUTES = [
  route({
    method: 'get',
    path: '/users',
    operationId: 'listUsers',
    tag: 'people',
    summary: 'Users, by login',
    permission: 'user.list',
    structure: 'none',
    query: z.strictObject({
      text: z.string().max(100).optional().meta({ description: 'Part of login, name or e-mail.' }),
      after: afterSchema,
      limit: limitSchema,
    }),
    responses: { 200: { description: 'A page of users.', schema: pageOf(userSchema) } },
    async handler({ query: { limit, ...criteria } }, { services, actor }) {
      const body = await services.accounts.users.list({ limit, ...given(criteria) }, actor)
      return { status: 200, body }
    },
  }),
  route({
    method: 'post',
    path: '/users',
    operationId: 'createUser',
    tag: 'people',
    summary: 'Make a user, with a temporary password',
    permission: 'user.write',
    structure: 'none',
    body: {
      kind: 'json',
      schema: z.strictObject({
        login: z.string().max(200),
        ...names,
        language: languageSchema.optional(),
        globalRoles: z.array(globalRoleSchema).max(3).optional(),
      }),
    },
    responses: { 201: { description: 'The user.', schema: userWithPasswordSchema } },
    errors: ['ACCOUNT_CONFLICT'],
    async handler({ body: { language, globalRoles, ...order } }, { services, actor }) {
      const { users } = services.accounts
      const made = await users.create({ ...order, ...given({ language, globalRoles }) }, actor)
      return { status: 201, body: made }
    },
  }),
  route({
    method: 'get',
    path: '/users/{id}',
    operationId: 'showUser',
    tag: 'people',
    summary: 'A user',
    permission: 'user.show',
    structure: 'none',
    params: idParams,
    responses: { 200: user },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { id } }, { services }) {
      const { users } = services.accounts
      const found = id.startsWith('usr_') ? await users.find(id) : await users.findByLogin(id)
      if (found === undefined) throw new GatewayError('API_NOT_FOUND', `There is no user ${id}.`)
      return { status: 200, body: found, revision: found.revision }
    },
  }),
  route({
    method: 'patch',
    path: '/users/{id}',
    operationId: 'changeUser',
    tag: 'people',
    summary: 'Change, block or give global roles to a user',
    permission: 'user.write',
    structure: 'none',
    ifMatch: 'optional',
    params: idParams,
    body: {
      kind: 'json',
      schema: z.strictObject({
        firstName: names.firstName.optional(),
        name: names.name.optional(),
        email: names.email.optional(),
        language: languageSchema.optional(),
        globalRoles: z.array(globalRoleSchema).max(3).optional(),
        isBlocked: z.boolean().optional(),
      }),
    },
    responses: { 200: user },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT', 'ACCOUNT_CHANGED'],
    async handler({ params, body, revision }, { services, actor }) {
      const change = given({ ...body, revision })
      const changed = await services.accounts.users.change(params.id, change, actor)
      return { status: 200, body: changed, revision: changed.revision }
    },
  }),
  route({
    method: 'post',
    path: '/users/{id}/password-reset',
    operationId: 'resetPassword',
    tag: 'people',
    summary: 'Give a user a temporary password; his sessions end, his tokens are revoked',
    permission: 'user.reset-password',
    structure: 'none',
    params: idParams,
    responses: {
      200: {
        description: 'The user, and what no longer works.',
        schema: userWithPasswordSchema.extend({ revokedTokens: z.array(tokenSchema) }),
      },
    },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CHANGED'],
    async handler({ params: { id } }, { services, actor }) {
      return { status: 200, body: await services.accounts.users.resetPassword(id, actor) }
    },
  }),
]
