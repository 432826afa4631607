import { GatewayError } from '../errors.ts'
import type { Route } from './route.ts'

/**
 * The revision an If-Match names: `"12"`, as the ETag said. `*` and, where it is not required, no
 * If-Match at all mean whatever the document is now.
 * @throws GatewayError API_PRECONDITION_MISSING, or API_REQUEST_INVALID for what is no ETag of ours
 */
export function revisionOf(
  header: string | undefined,
  wanted: Route['ifMatch'],
): number | undefined {
  if (wanted === undefined || header?.trim() === '*') return undefined
  if (header === undefined) {
    if (wanted === 'optional') return undefined
    throw new GatewayError('API_PRECONDITION_MISSING', 'The request has no If-Match.')
  }
  const revision = /^\s*(?:W\/)?"(\d{1,15})"\s*$/.exec(header)?.[1]
  if (revision === undefined) {
    throw new GatewayError(
      'API_REQUEST_INVALID',
      'If-Match is not one ETag of this API, such as "12", nor *.',
    )
  }
  return Number(revision)
}
