import { json, Router } from 'express'
import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { Identity } from '../identity.ts'

const orderSchema = z.strictObject({
  request: z.string().max(16_384),
  purpose: z.enum(['client', 'server', 'email']),
  days: z.int().min(1).max(3_650),
})

/**
 * `POST /api/v1/test-certificates`: has the test authority sign a request, so that the partner's
 * key never leaves the partner.
 */
export function testCertificatesRoutes(identity: Pick<Identity, 'signRequest'>): Router {
  const router = Router()
  router.post('/test-certificates', json({ limit: '32kb' }), async (request, response) => {
    const order = orderSchema.safeParse(request.body)
    if (!order.success) {
      throw new GatewayError('API_REQUEST_INVALID', z.prettifyError(order.error))
    }
    const { request: requestPem, purpose, days } = order.data
    const issued = await identity.signRequest({ requestPem, purpose, days })
    if (issued === undefined) {
      throw new GatewayError(
        'API_REQUEST_INVALID',
        'request: not a certificate request (PKCS#10, PEM) whose signature holds.',
      )
    }
    response.status(201).json(issued)
  })
  return router
}
