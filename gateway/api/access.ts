import type { Authenticated } from '../accounts/accounts.ts'
import type { Actor } from '../accounts/actor.ts'
import {
  BEFORE_NEW_PASSWORD,
  can,
  visibleSirets,
  type Permission,
} from '../accounts/permissions.ts'
import { GatewayError } from '../errors.ts'
import { isPublic, type Access, type Route, type RouteContext, type RouteInput } from './route.ts'

/**
 * The first look, before anything of the request is read: may it be anywhere at all?
 * @throws GatewayError PERMISSION_DENIED
 */
export function requireSomewhere(permission: Permission, asker: Authenticated): void {
  if (asker.session?.mustChangePassword === true && !BEFORE_NEW_PASSWORD.has(permission)) {
    throw new GatewayError('PERMISSION_DENIED', 'The password is a temporary one.', {
      remedy: 'Choose another password first: POST /api/v1/session/password.',
    })
  }
  if (!can(asker.actor, permission)) {
    throw new GatewayError('PERMISSION_DENIED', `${permission} is not allowed.`)
  }
}

/**
 * The second look: for what the request is about. What is somebody else's and what does not exist
 * are refused in the same words.
 * @throws GatewayError PERMISSION_DENIED
 */
export async function requireThere(
  route: Route,
  permission: Permission,
  input: RouteInput<unknown, unknown, unknown>,
  context: Pick<RouteContext, 'actor' | 'services' | 'visible'>,
): Promise<void> {
  if (typeof route.structure === 'string') return
  const siret = await route.structure(input, context)
  if (can(context.actor, permission, siret ?? null)) return
  throw new GatewayError(
    'PERMISSION_DENIED',
    `${permission} is not allowed for this, or there is no such thing.`,
  )
}

/** Structures to narrow a list to; undefined = all there are. */
export function structuresVisible(actor: Actor, permission: Access): readonly string[] | undefined {
  if (isPublic(permission)) return []
  const sirets = visibleSirets(actor, permission)
  return sirets === 'all' ? undefined : sirets
}
