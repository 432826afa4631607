import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { certificateSha256 } from '../../certs/fingerprint.ts'
import { auditStatement } from '../accounts/audit.ts'
import { GatewayError } from '../errors.ts'
import { route } from './route.ts'

/**
 * `POST /api/v1/test-certificates`: has the test authority sign a request, so that the partner's
 * key never leaves the partner.
 */
export const TEST_CERTIFICATE_ROUTES = [
  route({
    method: 'post',
    path: '/test-certificates',
    operationId: 'signTestCertificate',
    tag: 'gateway',
    summary: 'Have the test authority sign a certificate request',
    permission: 'certificate.make-test',
    structure: 'none',
    body: {
      kind: 'json',
      maxBytes: 32 * 1024,
      schema: z.strictObject({
        request: z.string().max(16_384).meta({ description: 'PKCS#10, PEM.' }),
        purpose: z.enum(['client', 'server', 'email', 'as2']).meta({
          description: '`as2`: a server’s that signs and decrypts messages too.',
        }),
        days: z.int().min(1).max(3_650),
        dnsNames: z.array(z.hostname()).max(20).default([]),
      }),
    },
    responses: {
      201: {
        description: 'The certificate, and the chain up to the test root.',
        schema: z.object({ certificatePem: z.string(), chainPem: z.array(z.string()) }),
      },
    },
    async handler({ body: { request, ...rest } }, { services, actor }) {
      const order = { requestPem: request, ...rest }
      const issued = await services.identity.signRequest(order)
      if (issued === undefined) {
        throw new GatewayError(
          'API_REQUEST_INVALID',
          'request: not a certificate request (PKCS#10, PEM) whose signature holds.',
        )
      }
      const { journal, clock } = services
      const certificate = new X509Certificate(issued.certificatePem)
      await journal.write([
        auditStatement(journal, clock.now(), actor, {
          action: 'certificate.make-test',
          objectKind: 'certificate',
          objectId: certificateSha256(certificate),
          after: {
            subject: certificate.subject,
            serial: certificate.serialNumber,
            notAfter: certificate.validToDate.toISOString(),
            purpose: rest.purpose,
            dnsNames: rest.dnsNames,
          },
        }),
      ])
      return { status: 201, body: issued }
    },
  }),
]
