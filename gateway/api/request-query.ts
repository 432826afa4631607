import type { Request } from 'express'
import type { z } from 'zod'
import { GatewayError } from '../errors.ts'

/** The query string by its schema. @throws GatewayError API_REQUEST_INVALID naming each fault */
export function parseQuery<Output>(request: Request, schema: z.ZodType<Output>): Output {
  const parsed = schema.safeParse(request.query)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'query'}: ${issue.message}`,
  )
  throw new GatewayError('API_REQUEST_INVALID', faults.join('; '))
}
