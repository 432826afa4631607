import { GatewayError } from '../errors.ts'
import type { Actor, StructureRights } from './actor.ts'
import { PERMISSIONS, type Permission, type PermissionRow } from './permission-table.ts'

export { PERMISSIONS, type Permission } from './permission-table.ts'

/** What a session may do whose password is a temporary one. */
export const BEFORE_NEW_PASSWORD: ReadonlySet<Permission> = new Set<Permission>([
  'session.show',
  'session.end',
  'user.password',
])

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(PERMISSIONS, name)
}

/**
 * May he? For a permission of scope `structure`: in that structure; with null, for what belongs to
 * no structure (global roles only); without, in one structure at least.
 */
export function can(actor: Actor, permission: Permission, siret?: string | null): boolean {
  const row: PermissionRow = PERMISSIONS[permission]
  if (row.roles.includes('anyone')) return true
  if (!isWithinScopes(actor, permission, row)) return false
  if (isAllowedEverywhere(actor, row)) return true
  if (row.scope !== 'structure' || siret === null) return false
  if (siret === undefined) {
    return actor.structures.values().some((rights) => isAllowedBy(rights, row))
  }
  const rights = actor.structures.get(siret)
  return rights !== undefined && isAllowedBy(rights, row)
}

/** Structures for which he may: `all`, or their SIRETs; what a list is filtered by. */
export function visibleSirets(actor: Actor, permission: Permission): 'all' | readonly string[] {
  const row: PermissionRow = PERMISSIONS[permission]
  if (!isWithinScopes(actor, permission, row)) return []
  if (isAllowedEverywhere(actor, row)) return 'all'
  return [...actor.structures]
    .filter(([, rights]) => isAllowedBy(rights, row))
    .map(([siret]) => siret)
}

/** @throws GatewayError PERMISSION_DENIED when he may not */
export function requirePermission(
  actor: Actor,
  permission: Permission,
  siret?: string | null,
): void {
  if (can(actor, permission, siret)) return
  const place = typeof siret === 'string' ? ` for the structure ${siret}` : ''
  throw new GatewayError('PERMISSION_DENIED', `${permission} is not allowed${place}.`)
}

function isWithinScopes(actor: Actor, permission: Permission, row: PermissionRow): boolean {
  if (row.personOnly === true && actor.kind === 'token') return false
  return actor.scopes === undefined || actor.scopes.has(permission)
}

function isAllowedEverywhere(actor: Actor, row: PermissionRow): boolean {
  if (actor.kind === 'gateway' || row.roles.includes('anyone')) return true
  if (row.roles.includes('signed-in')) return actor.id !== ''
  return row.roles.some((role) => (actor.globalRoles as ReadonlySet<string>).has(role))
}

function isAllowedBy(rights: StructureRights, row: PermissionRow): boolean {
  if (row.needsArea === true && !rights.isAreaOpen) return false
  return row.roles.some((role) => {
    switch (role) {
      case 'member':
        return true
      case 'manager':
        return rights.isManager
      case 'show':
        return rights.mayShow
      case 'modify':
        return rights.mayModify
      case 'tester':
        return rights.mayTest
      default:
        return false
    }
  })
}
