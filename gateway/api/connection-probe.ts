import { z } from 'zod'
import { bilingualSchema } from './bilingual-schema.ts'
import { connectionNamed, connectionParams, structureOfConnection } from './connection-name.ts'
import { protocolSchema } from './connection-schemas.ts'
import { route } from './route.ts'

const outcomeSchema = z.enum(['pass', 'warning', 'fail'])

const probeSchema = z
  .object({
    connectionId: z.string(),
    protocol: protocolSchema,
    at: z.iso.datetime(),
    outcome: z.enum(['pass', 'warning', 'fail', 'not-needed']).meta({
      description: 'The worst of its steps; `not-needed`: the gateway never calls this partner.',
    }),
    target: z
      .object({
        host: z.string(),
        port: z.int(),
        isTls: z.boolean(),
        url: z.string().nullable(),
      })
      .nullable(),
    steps: z.array(
      z.object({
        step: z.enum(['form', 'name', 'tcp', 'tls', 'certificate', 'dialogue']),
        label: bilingualSchema,
        outcome: outcomeSchema,
        code: z.string(),
        milliseconds: z.int(),
        message: bilingualSchema,
        remedy: bilingualSchema.nullable(),
      }),
    ),
  })
  .meta({ id: 'Probe' })

/** `POST /api/v1/connections/{id}/probe`: tries the way from the gateway to the partner. */
export const CONNECTION_PROBE_ROUTES = [
  route({
    method: 'post',
    path: '/connections/{id}/probe',
    operationId: 'probeConnection',
    tag: 'connections',
    summary: 'Try the way to the partner, step by step',
    description:
      'Name, TCP, TLS, the certificate shown compared with the registered one, then the protocol (AS2: HEAD; PeSIT: CONNECT and RELEASE). Only addresses the operator allows are called (`probe.*`).',
    permission: 'connection.probe',
    structure: structureOfConnection,
    params: connectionParams,
    responses: { 200: { description: 'Each step until one fails.', schema: probeSchema } },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS', 'API_BUSY'],
    async handler({ params }, context) {
      const { services, request } = context
      const connection = await connectionNamed(params.id, context)
      return { status: 200, body: await services.probe.run(connection, request.signal) }
    },
  }),
]
