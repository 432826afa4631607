import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { Answer, Route } from './route.ts'

/**
 * Holds an answer against what its route declares, so that the OpenAPI document cannot lie: used
 * by tests.
 * @throws GatewayError INTERNAL
 */
export function checkAnswer(route: Route, given: Answer): void {
  const declared = route.responses[given.status]
  if (declared === undefined) {
    throw new GatewayError('INTERNAL', `${route.operationId} declares no answer ${given.status}.`)
  }
  if (given.stream !== undefined) return
  if (declared.schema === undefined) {
    if (given.body === undefined) return
    throw new GatewayError('INTERNAL', `${route.operationId} declares no body.`)
  }
  const body = JSON.parse(JSON.stringify(given.body ?? null)) as unknown
  const parsed = declared.schema.safeParse(body)
  if (!parsed.success) {
    throw new GatewayError('INTERNAL', `${route.operationId}: ${z.prettifyError(parsed.error)}`)
  }
  if (!isDeepStrictEqual(parsed.data, body)) {
    throw new GatewayError('INTERNAL', `${route.operationId} answers members it does not declare.`)
  }
}
