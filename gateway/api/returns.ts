import { z } from 'zod'
import { RETURN_MOVES, type ReturnMove } from '../delivery/return-states.ts'
import { pageOf } from './account-schemas.ts'
import { given } from './given.ts'
import { afterSchema, limitSchema } from './list-query.ts'
import { returnKindSchema, returnSchema, returnStateSchema } from './return-schemas.ts'
import { route, type StructureOf } from './route.ts'
import { transcriptParts } from './transcript-schema.ts'

const returnParams = z.object({
  id: z.string().min(1).max(100).meta({
    description: 'Id of a return flow, a unique start of it, or its file name.',
  }),
})

const returnTranscriptsSchema = z
  .object({
    returnId: z.string(),
    attempts: z.array(z.object({ attempt: z.int(), ...transcriptParts })),
    without: z.array(z.int()).meta({
      description: 'Attempts without one: the session goes on, or it is kept no more.',
    }),
  })
  .meta({ id: 'ReturnTranscripts' })

const structureOfReturn: StructureOf<z.output<typeof returnParams>, unknown, unknown> = (
  { params },
  { services, visible },
) => services.returns.siretOf(params.id, visible)

const SUMMARIES: Readonly<Record<ReturnMove, string>> = {
  again: 'Offer it once more, for a new period: the partner lost it',
  hold: 'Keep it back until it is released',
  release: 'Offer what was held',
  cancel: 'Withdraw it for good',
}

/** `/api/v1/returns`: return flows, their attempts, and what an operator does with them. */
export const RETURN_ROUTES = [
  route({
    method: 'get',
    path: '/returns',
    operationId: 'listReturns',
    tag: 'returns',
    summary: 'Return flows that match, newest first',
    permission: 'return.show',
    structure: 'visible',
    query: z.strictObject({
      state: returnStateSchema.optional(),
      kind: returnKindSchema.optional(),
      connection: z
        .string()
        .max(60)
        .optional()
        .meta({ description: 'Id of a connection, or its application code.' }),
      since: z.iso.datetime({ offset: true }).optional(),
      after: afterSchema,
      limit: limitSchema,
    }),
    responses: { 200: { description: 'A page of return flows.', schema: pageOf(returnSchema) } },
    async handler(
      { query: { state, kind, connection, since, after, limit } },
      { services, visible },
    ) {
      const found = await services.returns.list({
        sirets: visible,
        limit: limit + 1,
        ...given({ kind, connection, before: after }),
        ...(state === undefined ? {} : { states: [state] }),
        ...(since === undefined ? {} : { since: Date.parse(since) }),
      })
      const items = found.slice(0, limit)
      const next = found.length > limit ? (items.at(-1)?.id ?? null) : null
      return { status: 200, body: { items, next } }
    },
  }),
  route({
    method: 'get',
    path: '/returns/{id}',
    operationId: 'showReturn',
    tag: 'returns',
    summary: 'One return flow, with every attempt',
    permission: 'return.show',
    structure: structureOfReturn,
    params: returnParams,
    responses: { 200: { description: 'The return flow.', schema: returnSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, { services, visible }) {
      return { status: 200, body: await services.returns.show(id, visible) }
    },
  }),
  route({
    method: 'get',
    path: '/returns/{id}/transcript',
    operationId: 'showReturnTranscript',
    tag: 'returns',
    summary: 'What crossed the wire at each attempt to hand it over',
    description:
      'Every message of the session of each attempt, as the transcript of a flow has them; contents of files are left out. A session in which a partner fetched several return flows is told whole.',
    permission: 'return.show',
    structure: structureOfReturn,
    params: returnParams,
    responses: { 200: { description: 'The transcripts.', schema: returnTranscriptsSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, { services, visible }) {
      const found = await services.returns.show(id, visible)
      return { status: 200, body: await services.transcriptsOfReturn(found) }
    },
  }),
  ...RETURN_MOVES.map((move) =>
    route({
      method: 'post',
      path: `/returns/{id}/${move}`,
      operationId: `${move}Return`,
      tag: 'returns',
      summary: SUMMARIES[move],
      permission: 'return.move',
      structure: structureOfReturn,
      params: returnParams,
      body: {
        kind: 'json',
        schema: z.strictObject({ reason: z.string().max(2_000).optional() }),
        isOptional: true,
      },
      responses: { 200: { description: 'The return flow as it is then.', schema: returnSchema } },
      errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'RETURN_MOVE_ILLEGAL'],
      async handler({ params: { id }, body: { reason } }, { services, visible, actor }) {
        const by = { actor, sirets: visible }
        return { status: 200, body: await services.returns.move(id, move, by, reason) }
      },
    }),
  ),
]
