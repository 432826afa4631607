import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { beginEpoch } from '../uniqueness-epochs.ts'
import { connectionId } from './connection-name.ts'
import { route } from './route.ts'

const count = z.int().min(0)
const epochSchema = z
  .object({
    epoch: z.int().min(1),
    flows: count.meta({ description: 'Decided flows whose identifier may come again.' }),
    invoices: count.meta({ description: 'Numbers of invoices that may come again.' }),
    undecided: count.meta({
      description: 'Flows that are not decided: they keep their identifier and numbers.',
    }),
  })
  .meta({ id: 'UniquenessEpoch', description: 'What may come again.' })

/** `POST /api/v1/uniqueness/epochs`: identifiers and numbers may come again. */
export const UNIQUENESS_ROUTES = [
  route({
    method: 'post',
    path: '/uniqueness/epochs',
    operationId: 'beginUniquenessEpoch',
    tag: 'simulation',
    summary: 'Have flow identifiers, numbers of invoices or both come again',
    description:
      'Of decided flows, of one connection or of all. The flows stay, with the number of the epoch behind the identifier they gave up (`…42~3`). Not in production.',
    permission: 'uniqueness.reset',
    structure: 'none',
    body: {
      kind: 'json',
      schema: z.strictObject({
        connection: z.string().min(1).max(60).optional().meta({
          description: 'Id of a connection, a unique start of one, or its application code.',
        }),
        flows: z.boolean().optional(),
        invoices: z.boolean().optional(),
      }),
    },
    responses: { 200: { description: 'What may come again.', schema: epochSchema } },
    errors: ['NOT_IN_PRODUCTION', 'CONNECTION_UNKNOWN', 'API_AMBIGUOUS'],
    async handler({ body: { connection, flows = false, invoices = false } }, context) {
      if (!flows && !invoices) {
        const message = { en: 'flows, invoices or both', fr: 'flows, invoices ou les deux' }
        throw new GatewayError('API_REQUEST_INVALID', message.en, {
          details: [{ field: '', message }],
        })
      }
      const id = connection === undefined ? undefined : await connectionId(connection, context)
      const asked = { connectionId: id, flows, invoices }
      return { status: 200, body: await beginEpoch(context.services, asked, context.actor) }
    },
  }),
]
