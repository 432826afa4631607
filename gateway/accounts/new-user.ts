import { newId } from '../ids.ts'
import { ValueFaults } from './account-values.ts'
import type { UserRow } from './user-document.ts'
import type { NewUser } from './users.ts'

/**
 * The row of a new user.
 * @param now milliseconds UTC, business time
 * @throws GatewayError API_REQUEST_INVALID naming every member that is wrong
 */
export function newUserRow(
  order: NewUser,
  now: number,
  password: { readonly hash: string; readonly mustChange: boolean },
): UserRow {
  const faults = new ValueFaults()
  const row: UserRow = {
    id: newId('usr'),
    login: faults.login('login', order.login),
    first_name: faults.name('firstName', order.firstName),
    name: faults.name('name', order.name),
    email: faults.email('email', order.email),
    password_hash: password.hash,
    password_set_at: now,
    must_change_password: password.mustChange ? 1 : 0,
    is_blocked: 0,
    global_roles_json: JSON.stringify([...new Set(order.globalRoles)]),
    language: order.language ?? 'fr',
    created_at: now,
    updated_at: now,
  }
  faults.raise()
  return row
}
