import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { auditStatement } from '../accounts/audit.ts'
import { GatewayError } from '../errors.ts'
import {
  cutStatement,
  readSessions,
  siretOfSession,
  type SessionDocument,
} from '../sessions/session-documents.ts'
import { connectionId } from './connection-name.ts'
import { limitSchema } from './list-query.ts'
import { route, type RouteContext, type StructureOf } from './route.ts'

/** A cut is done within a second; then its row is written. */
const CUT_MILLISECONDS = 5_000
const LOOK_AGAIN_MILLISECONDS = 100

const sessionSchema = z
  .object({
    id: z.string(),
    protocol: z.enum(['sftp', 'as2', 'pesit']),
    peer: z.string(),
    connectionId: z.string().nullable().meta({ description: 'Null: it has not said who it is.' }),
    applicationCode: z.string().nullable(),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    outcome: z.string().nullable(),
    bytesIn: z.int().nullable().meta({ description: 'Inside TLS, by the last second.' }),
    bytesOut: z.int().nullable(),
    doing: z
      .array(z.object({ direction: z.enum(['in', 'out']), name: z.string() }))
      .meta({ description: 'Files it carries now; `in` is towards the gateway.' }),
    fields: z.record(z.string(), z.string()),
    cut: z
      .object({ by: z.string(), at: z.iso.datetime(), reason: z.string() })
      .nullable()
      .meta({ description: 'Who asked to cut it.' }),
  })
  .meta({ id: 'PartnerSession', description: 'One network dialogue with a partner.' })

const params = z.object({
  id: z.string().min(1).max(60).meta({ description: 'Id of a session, or a unique start of it.' }),
})

const structureOfSession: StructureOf<z.output<typeof params>, unknown, unknown> = (
  { params: { id } },
  { services, visible },
) => siretOfSession(services.journal, id, visible)

/** `/api/v1/partner-sessions`: who is connected, since when, doing what; and an end to it. */
export const PARTNER_SESSION_ROUTES = [
  route({
    method: 'get',
    path: '/partner-sessions',
    operationId: 'listPartnerSessions',
    tag: 'connections',
    summary: 'Who is connected now, the newest first',
    description:
      'Over SFTP, AS2 and PeSIT, whichever process has it; also those in which the gateway calls a partner. One that has not said who it is, is shown to those only who see every structure.',
    permission: 'exchange.show',
    structure: 'visible',
    query: z.strictObject({
      state: z.enum(['open', 'ended', 'all']).default('open'),
      connection: z.string().max(60).optional().meta({ description: 'Id or application code.' }),
      protocol: z.enum(['sftp', 'as2', 'pesit']).optional(),
      limit: limitSchema,
    }),
    responses: {
      200: { description: 'Sessions.', schema: z.object({ sessions: z.array(sessionSchema) }) },
    },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS'],
    async handler({ query: { state, connection, protocol, limit } }, context) {
      const sessions = await readSessions(context.services.journal, {
        isOpen: state === 'all' ? undefined : state === 'open',
        connectionId:
          connection === undefined ? undefined : await connectionId(connection, context),
        protocol,
        sirets: context.visible,
        limit,
      })
      return { status: 200, body: { sessions } }
    },
  }),
  route({
    method: 'get',
    path: '/partner-sessions/{id}',
    operationId: 'showPartnerSession',
    tag: 'connections',
    summary: 'One session: who, since when, what it carries, bytes',
    permission: 'exchange.show',
    structure: structureOfSession,
    params,
    responses: { 200: { description: 'The session.', schema: sessionSchema } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { id } }, context) {
      return { status: 200, body: await sessionNamed(id, context) }
    },
  }),
  route({
    method: 'post',
    path: '/partner-sessions/{id}/cut',
    operationId: 'cutPartnerSession',
    tag: 'connections',
    summary: 'Cut a session: its socket is closed within a second, whichever process has it',
    description:
      'Answers once it has ended. The partner may come again: block the connection if it must not. What the gateway was bringing to a partner is tried again later.',
    permission: 'exchange.cut',
    structure: structureOfSession,
    params,
    body: {
      kind: 'json',
      isOptional: true,
      schema: z.strictObject({ reason: z.string().max(1_000).default('') }),
    },
    responses: { 200: { description: 'The session, ended.', schema: sessionSchema } },
    errors: ['API_NOT_FOUND', 'SESSION_NOT_CUT'],
    async handler({ params: { id: name }, body: { reason } }, context) {
      const { services, actor } = context
      const { journal, clock } = services
      const { id, endedAt } = await sessionNamed(name, context)
      if (endedAt !== null) {
        throw new GatewayError('SESSION_NOT_CUT', `Session ${id} ended at ${endedAt}.`)
      }
      const now = clock.now()
      await journal.write([
        cutStatement(journal, id, { by: actor.name, at: new Date(now).toISOString(), reason }),
        auditStatement(journal, now, actor, {
          action: 'session.cut',
          objectKind: 'session',
          objectId: id,
          reason,
        }),
      ])
      const deadline = performance.now() + CUT_MILLISECONDS
      for (;;) {
        const session = await sessionNamed(id, context)
        if (session.endedAt !== null) return { status: 200, body: session }
        if (performance.now() > deadline) {
          throw new GatewayError('SESSION_NOT_CUT', `Session ${id} has not ended yet.`)
        }
        await sleep(LOOK_AGAIN_MILLISECONDS)
      }
    },
  }),
]

/** @throws GatewayError API_NOT_FOUND */
async function sessionNamed(
  id: string,
  { services, visible }: Pick<RouteContext, 'services' | 'visible'>,
): Promise<SessionDocument> {
  const found = await readSessions(services.journal, { id, sirets: visible, limit: 2 })
  if (found.length === 1) return found[0]!
  throw new GatewayError('API_NOT_FOUND', `There is no session ${id}, or several start with it.`)
}
