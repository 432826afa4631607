import { z } from 'zod'
import type { OpenedSession, SignInAnswer } from '../accounts/sign-in.ts'
import { GatewayError } from '../errors.ts'
import { globalRoleSchema, userSchema } from './account-schemas.ts'
import { given } from './given.ts'
import { siretSchema } from './list-query.ts'
import { route, type Answer, type RouteContext } from './route.ts'
import { sessionCookie } from './session-cookie.ts'

const csrfToken = z
  .string()
  .meta({ description: 'To be sent in X-CSRF-Token with every write of this session.' })

const openedSchema = z.object({
  user: userSchema,
  csrfToken,
  expiresAt: z.iso.datetime(),
})
const opened = { description: 'Signed in; the cookie is set.', schema: openedSchema } as const

const whoSchema = z.object({
  actor: z.object({
    kind: z.enum(['user', 'token', 'machine', 'gateway']),
    id: z.string(),
    name: z.string(),
    globalRoles: z.array(globalRoleSchema),
    scopes: z.array(z.string()).nullable(),
    structures: z.array(
      z.object({
        siret: z.string(),
        isManager: z.boolean(),
        isAreaOpen: z.boolean(),
        mayShow: z.boolean(),
        mayModify: z.boolean(),
        mayTest: z.boolean(),
      }),
    ),
  }),
  session: z
    .object({ csrfToken, expiresAt: z.iso.datetime(), mustChangePassword: z.boolean() })
    .nullable()
    .meta({ description: 'null for a token.' }),
})

/** `/api/v1/session`: signing in and out by cookie, and who one is. */
export const SESSION_ROUTES = [
  route({
    method: 'post',
    path: '/session',
    operationId: 'signIn',
    tag: 'session',
    summary: 'Sign in',
    description:
      'The answer to an unknown login, a wrong password and a blocked user is the same, after the same work.',
    permission: 'session.start',
    structure: 'none',
    body: {
      kind: 'json',
      maxBytes: 4_096,
      schema: z.strictObject({ login: z.string().max(200), password: z.string().max(1_024) }),
    },
    responses: { 200: opened },
    errors: ['SIGN_IN_REFUSED', 'TOO_MANY_TRIES'],
    async handler({ body }, context) {
      const { services, request } = context
      return signedIn(
        await services.accounts.signIn.start({ ...body, peer: request.peer }),
        context,
      )
    },
  }),
  route({
    method: 'post',
    path: '/session/demo',
    operationId: 'signInToDemo',
    tag: 'session',
    summary: 'Sign in to the demo in a role, without a password',
    description:
      'For the demo only: from its own page on its own machine, with the secret of a one-time link, or in the session of one of its people, who takes another role.',
    permission: 'session.start',
    structure: 'none',
    body: {
      kind: 'json',
      maxBytes: 4_096,
      schema: z.strictObject({
        role: z.enum([
          'manager',
          'area-show',
          'area-modify',
          'tester',
          'operator',
          'auditor',
          'administrator',
        ]),
        siret: siretSchema,
        secret: z.string().max(200).optional(),
      }),
    },
    responses: { 200: opened },
    errors: ['SIGN_IN_REFUSED', 'TOO_MANY_TRIES'],
    async handler({ body: { role, siret, secret } }, context) {
      const { services, request } = context
      const answer = await services.accounts.signIn.demo.start(
        { role, siret, ...given({ secret, session: request.sessionCookie }) },
        {
          localAddress: request.localAddress,
          localPort: request.localPort,
          peer: request.peer,
          host: request.header('host'),
          origin: request.header('origin'),
        },
      )
      return signedIn(answer, context)
    },
  }),
  route({
    method: 'get',
    path: '/session',
    operationId: 'showSession',
    tag: 'session',
    summary: 'Who one is, and what one may',
    permission: 'session.show',
    structure: 'none',
    responses: { 200: { description: 'Whoever asks.', schema: whoSchema } },
    async handler(_input, { actor, session }) {
      const { kind, id, name, globalRoles, scopes, structures } = actor
      return {
        status: 200,
        body: {
          actor: {
            kind,
            id,
            name,
            globalRoles: [...globalRoles],
            scopes: scopes === undefined ? null : [...scopes],
            structures: [...structures].map(([siret, rights]) => ({ siret, ...rights })),
          },
          session: session ?? null,
        },
      }
    },
  }),
  route({
    method: 'delete',
    path: '/session',
    operationId: 'signOut',
    tag: 'session',
    summary: 'Sign out',
    permission: 'session.end',
    structure: 'none',
    responses: { 204: { description: 'The session is over; without one, nothing happens.' } },
    async handler(_input, { services, request }) {
      if (request.sessionCookie !== undefined) {
        await services.accounts.signIn.end(request.sessionCookie, request.peer)
      }
      return { status: 204, headers: { 'Set-Cookie': sessionCookie('', request.isSecure, 0) } }
    },
  }),
  route({
    method: 'post',
    path: '/session/password',
    operationId: 'changePassword',
    tag: 'session',
    summary: 'Choose another password',
    description: 'Every session of the person ends, this one too.',
    permission: 'user.password',
    structure: 'none',
    body: {
      kind: 'json',
      maxBytes: 8_192,
      schema: z.strictObject({ current: z.string().max(1_024), next: z.string().max(1_024) }),
    },
    responses: { 204: { description: 'It is changed: sign in again.' } },
    errors: ['SIGN_IN_REFUSED', 'TOO_MANY_TRIES', 'PASSWORD_REFUSED'],
    async handler({ body }, { services, actor, request }) {
      await services.accounts.users.changePassword(body, actor)
      return { status: 204, headers: { 'Set-Cookie': sessionCookie('', request.isSecure, 0) } }
    },
  }),
  route({
    method: 'post',
    path: '/setup',
    operationId: 'setUp',
    tag: 'session',
    summary: 'Make the first administrator, by the one-time secret of the first start',
    permission: 'session.start',
    structure: 'none',
    body: {
      kind: 'json',
      maxBytes: 8_192,
      schema: z.strictObject({
        secret: z.string().max(200),
        login: z.string().max(200),
        firstName: z.string().max(100),
        name: z.string().max(100),
        email: z.string().max(254),
        password: z.string().max(1_024),
      }),
    },
    responses: { 201: { description: 'The administrator.', schema: userSchema, hasEtag: true } },
    errors: ['SETUP_REFUSED', 'PASSWORD_REFUSED', 'ACCOUNT_CONFLICT', 'TOO_MANY_TRIES'],
    async handler({ body }, { services, request }) {
      const user = await services.accounts.users.setUp({ ...body, peer: request.peer })
      return { status: 201, body: user, revision: user.revision }
    },
  }),
]

/** @throws GatewayError SIGN_IN_REFUSED, TOO_MANY_TRIES */
function signedIn(answer: SignInAnswer, { request, services }: RouteContext): Answer {
  switch (answer.outcome) {
    case 'signed-in':
      return openedAnswer(answer.session, request.isSecure, services.clock.now())
    case 'refused':
      throw new GatewayError('SIGN_IN_REFUSED', 'Login or password is wrong.')
    case 'too-many-tries':
      throw new GatewayError(
        'TOO_MANY_TRIES',
        `Too many tries: wait ${answer.retryAfterSeconds} seconds.`,
        { retryAfterSeconds: answer.retryAfterSeconds },
      )
  }
}

function openedAnswer(session: OpenedSession, isSecure: boolean, now: number): Answer {
  const { value, user, csrfToken, expiresAt } = session
  const seconds = Math.max(0, Math.floor((Date.parse(expiresAt) - now) / 1_000))
  return {
    status: 200,
    body: { user, csrfToken, expiresAt },
    headers: { 'Set-Cookie': sessionCookie(value, isSecure, seconds) },
  }
}
