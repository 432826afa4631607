import { z } from 'zod'
import { connectionAnswer, oneConnection } from './connections.ts'
import { connectionId, connectionParams, structureOfConnection } from './connection-name.ts'
import { certificateCheckSchema, connectionSchema, partSchema } from './connection-schemas.ts'
import { given } from './given.ts'
import { route, type BytesBody } from './route.ts'

/** A certificate file as a body: PKCS#7 or PEM (decisions C5: 256 KiB). */
export const certificateBody: BytesBody<Uint8Array> = {
  kind: 'bytes',
  maxBytes: 256 * 1024,
  mediaTypes: [
    'application/octet-stream',
    'application/x-pkcs7-certificates',
    'application/pkcs7-mime',
    'application/x-pem-file',
    'application/x-x509-ca-cert',
    'application/pkix-cert',
    'text/plain',
  ],
  schema: z.instanceof(Uint8Array),
}

/** The certificates of a connection's form. */
export const CONNECTION_CERTIFICATE_ROUTES = [
  route({
    method: 'post',
    path: '/connections/{id}/certificates',
    operationId: 'addCertificates',
    tag: 'connections',
    summary: '“Certificate(s) checking”: check a file and keep it in the form unless a check fails',
    description:
      'A private key in the file is refused, neither kept nor logged. With `startsAt` it is a renewal, accepted from then on beside the present one.',
    permission: 'connection.write',
    structure: structureOfConnection,
    ifMatch: 'optional',
    params: connectionParams,
    query: z.strictObject({
      part: partSchema.optional().meta({ description: 'PeSIT: which of its two certificates.' }),
      startsAt: z.iso.datetime({ offset: true }).optional(),
    }),
    body: certificateBody,
    responses: {
      200: {
        description: 'Every check, and the connection.',
        hasEtag: true,
        schema: z.object({
          checks: z.array(certificateCheckSchema),
          isKept: z.boolean(),
          connection: connectionSchema,
        }),
      },
    },
    errors: ['CONNECTION_UNKNOWN', 'CONNECTION_CHANGED', 'CONNECTION_MOVE_ILLEGAL'],
    async handler({ params, query: { part, startsAt }, body: bytes, revision }, context) {
      const { services, actor } = context
      const id = await connectionId(params.id, context)
      const start = startsAt === undefined ? undefined : Date.parse(startsAt)
      const upload = { bytes, ...given({ part, startsAt: start, revision }) }
      const answer = await services.forms.addCertificates(id, upload, actor)
      return { status: 200, body: answer, revision: answer.connection.revision }
    },
  }),
  route({
    method: 'delete',
    path: '/connections/{id}/certificates/{sha256}',
    operationId: 'removeCertificate',
    tag: 'connections',
    summary: 'Take a certificate out of the form',
    permission: 'connection.write',
    structure: structureOfConnection,
    ifMatch: 'optional',
    params: connectionParams.extend({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    responses: { 200: oneConnection },
    errors: [
      'CONNECTION_UNKNOWN',
      'API_NOT_FOUND',
      'CONNECTION_CHANGED',
      'CONNECTION_MOVE_ILLEGAL',
    ],
    async handler({ params, revision }, context) {
      const { services, actor } = context
      const id = await connectionId(params.id, context)
      const left = await services.forms.removeCertificate(id, params.sha256, revision, actor)
      return connectionAnswer(200, left)
    },
  }),
]
