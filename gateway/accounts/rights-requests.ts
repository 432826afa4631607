import { GatewayError } from '../errors.ts'
import type { RequestKey } from './accounts.ts'
import type { Actor } from './actor.ts'
import type { AuditEntry } from './audit.ts'

/** What attachments and subscriptions share: a person asks, a manager of the structure decides. */

/** The key of its row. */
export const userIdOf = ({ userId }: RequestKey): `usr_${string}` => userId as `usr_${string}`

/** @throws GatewayError PERMISSION_DENIED for the machine: it belongs to no structure */
export function requirePerson(by: Actor): void {
  if (by.kind === 'user' || by.kind === 'token') return
  throw new GatewayError('PERMISSION_DENIED', 'Only a person asks for himself.', {
    remedy: 'Give the right to a person instead.',
  })
}

/** @throws GatewayError API_REQUEST_INVALID for an empty list */
export function requireSome(keys: readonly RequestKey[]): void {
  if (keys.length > 0) return
  throw new GatewayError('API_REQUEST_INVALID', 'Name the requests to decide, one at least.')
}

/** @param key undefined when it is not known which of several */
export function noRequest(key: RequestKey | undefined): GatewayError {
  return new GatewayError(
    'ACCOUNT_CONFLICT',
    key === undefined
      ? 'A request is decided already.'
      : `${key.userId} has no request for the structure ${key.siret} that waits.`,
  )
}

/** The audit row of an act on the rights of one person in one structure. */
export function rightsEntry(
  action: string,
  key: RequestKey,
  change: Pick<AuditEntry, 'before' | 'after'>,
): AuditEntry {
  return { action, objectKind: 'user', objectId: key.userId, siret: key.siret, ...change }
}
