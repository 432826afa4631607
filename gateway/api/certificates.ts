import { z } from 'zod'
import { certificateBody } from './connection-certificates.ts'
import { certificateCheckSchema, partSchema } from './connection-schemas.ts'
import { given } from './given.ts'
import { route } from './route.ts'

const time = z.iso.datetime()

const answerSchema = z
  .object({
    checks: z.array(certificateCheckSchema),
    isUsable: z.boolean().meta({ description: 'No check failed.' }),
    certificate: z
      .object({
        subject: z.string(),
        issuer: z.string(),
        serial: z.string(),
        sha256: z.string(),
        spkiSha256: z.string(),
        notBefore: time,
        notAfter: time,
      })
      .nullable()
      .meta({ description: 'The partner’s own; null when the file has none, or several.' }),
  })
  .meta({ id: 'CertificateAnswer' })

/** `POST /api/v1/certificates/check`: what the form would say of a file; nothing is kept. */
export const CERTIFICATE_ROUTES = [
  route({
    method: 'post',
    path: '/certificates/check',
    operationId: 'checkCertificates',
    tag: 'gateway',
    summary: '“Certificate(s) checking” of a file that is not kept',
    description: 'A private key in the file is refused, neither kept nor logged.',
    permission: 'certificate.check',
    structure: 'none',
    query: z.strictObject({
      protocol: z.enum(['sftp', 'as2', 'pesit']),
      part: partSchema.optional().meta({ description: 'PeSIT: which of its two certificates.' }),
      startsAt: z.iso.datetime({ offset: true }).optional(),
      fileName: z.string().max(255).optional(),
    }),
    body: certificateBody,
    responses: { 200: { description: 'Every check, in order.', schema: answerSchema } },
    async handler({ query: { protocol, part, startsAt, fileName }, body: bytes }, { services }) {
      const start = startsAt === undefined ? undefined : Date.parse(startsAt)
      const question = { bytes, protocol, ...given({ part, startsAt: start, fileName }) }
      return { status: 200, body: await services.checkCertificates(question) }
    },
  }),
]
