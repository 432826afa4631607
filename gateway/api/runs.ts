import { z } from 'zod'
import { can, requirePermission } from '../accounts/permissions.ts'
import { GatewayError } from '../errors.ts'
import { RUN_STATES, RUN_VERDICTS } from '../qualification/qualification.ts'
import { connectionId, structureOfConnection } from './connection-name.ts'
import { given } from './given.ts'
import { limitSchema, nextSchema } from './list-query.ts'
import { route } from './route.ts'
import { runNamed, runParams, structureOfRun } from './run-name.ts'
import { runSchema } from './run-schemas.ts'
import { streamRun } from './run-stream.ts'

const reasonSchema = z.string().min(1).max(2_000)

/** `/api/v1/runs`: scenarios on connections, and what came of them. */
export const RUN_ROUTES = [
  route({
    method: 'get',
    path: '/runs',
    operationId: 'listRuns',
    tag: 'qualification',
    summary: 'Runs, newest first',
    permission: 'run.show',
    structure: 'visible',
    query: z.strictObject({
      connection: z.string().max(60).optional().meta({ description: 'Id or application code.' }),
      scenario: z.string().max(60).optional(),
      state: z.enum(RUN_STATES).optional(),
      after: z.string().max(60).optional().meta({ description: 'The `next` of the page before.' }),
      limit: limitSchema,
    }),
    responses: {
      200: {
        description: 'Runs with their steps.',
        schema: z.object({ items: z.array(runSchema), next: nextSchema }),
      },
    },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS'],
    async handler({ query: { connection, scenario, state, after, limit } }, context) {
      const id = connection === undefined ? undefined : await connectionId(connection, context)
      const items = await context.services.qualification.list({
        sirets: context.visible,
        limit: limit + 1,
        ...given({ connectionId: id, scenario, state, before: after }),
      })
      const page = items.slice(0, limit)
      const next = items.length > limit ? (page.at(-1)?.id ?? null) : null
      return { status: 200, body: { items: page, next } }
    },
  }),
  route({
    method: 'post',
    path: '/connections/{id}/runs',
    operationId: 'startRun',
    tag: 'qualification',
    summary: 'Run a scenario on a connection',
    description:
      'It goes on by itself: each step waits for the partner, for as long as it says. One that moves the clock asks for the permission to. Not in production.',
    permission: 'run.write',
    structure: structureOfConnection,
    params: z.object({ id: z.string().min(1).max(60) }),
    body: {
      kind: 'json',
      schema: z.strictObject({
        scenario: z
          .string()
          .max(60)
          .exactOptional()
          .meta({ description: 'Id, of the catalogue; or `document`.' }),
        document: z
          .record(z.string(), z.unknown())
          .exactOptional()
          .meta({ description: 'A scenario of one’s own: docs/scenarios.md.' }),
        inputs: z
          .record(z.string().max(40), z.union([z.string().max(400), z.number()]))
          .exactOptional()
          .meta({ description: 'Values of the parameters of the scenario.' }),
        isSelf: z
          .boolean()
          .default(false)
          .meta({ description: 'Our own partner side plays the partner.' }),
        patienceSeconds: z
          .int()
          .min(1)
          .max(86_400)
          .exactOptional()
          .meta({ description: 'No step waits longer.' }),
      }),
    },
    responses: { 201: { description: 'The run, under way.', schema: runSchema } },
    errors: [
      'API_NOT_FOUND',
      'CONNECTION_UNKNOWN',
      'API_AMBIGUOUS',
      'RUN_MOVE_ILLEGAL',
      'NOT_IN_PRODUCTION',
    ],
    async handler({ params, body }, context) {
      const { services, actor } = context
      const { isSelf, scenario, document, inputs, patienceSeconds } = body
      if ((scenario === undefined) === (document === undefined)) {
        throw new GatewayError('API_REQUEST_INVALID', 'Name a scenario, or give one: not both.')
      }
      const { qualification } = services
      const asked =
        scenario === undefined ? qualification.read(document) : qualification.scenario(scenario)
      if (asked?.isAlone === true) requirePermission(actor, 'clock.write')
      const order = {
        isSelf,
        connectionId: await connectionId(params.id, context),
        ...given({ scenario, document, inputs, patienceSeconds }),
      }
      return { status: 201, body: await services.qualification.start(order, actor) }
    },
  }),
  route({
    method: 'get',
    path: '/runs/{id}',
    operationId: 'showRun',
    tag: 'qualification',
    summary: 'One run, as it is now',
    permission: 'run.show',
    structure: structureOfRun,
    params: runParams,
    responses: { 200: { description: 'The run.', schema: runSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, context) {
      return { status: 200, body: await runNamed(id, context) }
    },
  }),
  route({
    method: 'get',
    path: '/runs/{id}/events',
    operationId: 'followRun',
    tag: 'qualification',
    summary: 'A run as it goes on',
    description:
      'Server-Sent Events: `run` with the whole document, now and after each change; the stream ends with the run.',
    permission: 'run.show',
    structure: structureOfRun,
    params: runParams,
    responses: { 200: { description: 'The stream.', mediaTypes: ['text/event-stream'] } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'API_BUSY'],
    async handler({ params: { id } }, context) {
      const run = await runNamed(id, context)
      const { services, request } = context
      return {
        status: 200,
        headers: { 'X-Accel-Buffering': 'no' },
        stream: {
          mediaType: 'text/event-stream',
          write: (response) =>
            streamRun(response, {
              qualification: services.qualification,
              run,
              maySee: async () => {
                const actor = await request.again()
                const siret = await services.qualification.siretOf(run.id, undefined)
                return actor !== undefined && can(actor, 'run.show', siret)
              },
              event: async (data) => ({ name: 'run', data }),
              signal: request.signal,
            }),
        },
      }
    },
  }),
  route({
    method: 'post',
    path: '/runs/{id}/cancel',
    operationId: 'cancelRun',
    tag: 'qualification',
    summary: 'End a run: not conclusive',
    permission: 'run.write',
    structure: structureOfRun,
    params: runParams,
    body: {
      kind: 'json',
      schema: z.strictObject({ reason: reasonSchema.optional() }),
      isOptional: true,
    },
    responses: { 200: { description: 'The run, ended.', schema: runSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'RUN_MOVE_ILLEGAL'],
    async handler({ params: { id }, body: { reason } }, context) {
      const run = await runNamed(id, context)
      const { services, actor } = context
      return { status: 200, body: await services.qualification.cancel(run.id, actor, reason) }
    },
  }),
  route({
    method: 'post',
    path: '/runs/{id}/confirm',
    operationId: 'confirmRun',
    tag: 'qualification',
    summary: 'Answer the question of a run',
    permission: 'run.write',
    structure: structureOfRun,
    params: runParams,
    body: {
      kind: 'json',
      schema: z.strictObject({ isYes: z.boolean(), comment: reasonSchema.exactOptional() }),
    },
    responses: { 200: { description: 'The run.', schema: runSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'RUN_MOVE_ILLEGAL'],
    async handler({ params: { id }, body }, context) {
      const run = await runNamed(id, context)
      const { services, actor } = context
      return { status: 200, body: await services.qualification.confirm(run.id, body, actor) }
    },
  }),
  route({
    method: 'post',
    path: '/runs/{id}/give-up',
    operationId: 'giveUpStep',
    tag: 'qualification',
    summary: 'What the open step waits for will not come: its time is over',
    permission: 'run.write',
    structure: structureOfRun,
    params: runParams,
    responses: { 200: { description: 'The run.', schema: runSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'RUN_MOVE_ILLEGAL'],
    async handler({ params: { id } }, context) {
      const run = await runNamed(id, context)
      const { services, actor } = context
      return { status: 200, body: await services.qualification.giveUp(run.id, actor) }
    },
  }),
  route({
    method: 'post',
    path: '/runs/{id}/override',
    operationId: 'overrideRun',
    tag: 'qualification',
    summary: 'Set another verdict beside the result, with the reason',
    permission: 'run.write',
    structure: structureOfRun,
    params: runParams,
    body: {
      kind: 'json',
      schema: z.strictObject({ verdict: z.enum(RUN_VERDICTS), reason: reasonSchema }),
    },
    responses: { 200: { description: 'The run, with both.', schema: runSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'RUN_MOVE_ILLEGAL'],
    async handler({ params: { id }, body }, context) {
      const run = await runNamed(id, context)
      const { services, actor } = context
      return { status: 200, body: await services.qualification.override(run.id, body, actor) }
    },
  }),
]
