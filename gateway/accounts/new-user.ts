import { newId } from '../ids.ts'
import { ValueFaults } from './account-values.ts'
import type { UserRow } from './user-document.ts'
import type { NewUser } from './users.ts'

/**
 * The row of a new user, without a password: checked before anything costly is done.
 * @param now milliseconds UTC, business time
 * @throws GatewayError API_REQUEST_INVALID naming every member that is wrong
 */
export function newUserRow(order: NewUser, now: number, mustChangePassword: boolean): UserRow {
  const faults = new ValueFaults()
  const row: UserRow = {
    id: newId('usr'),
    login: faults.login('login', order.login),
    first_name: faults.name('firstName', order.firstName),
    name: faults.name('name', order.name),
    email: faults.email('email', order.email),
    password_hash: null,
    password_set_at: null,
    must_change_password: mustChangePassword ? 1 : 0,
    is_blocked: 0,
    global_roles_json: JSON.stringify([...new Set(order.globalRoles)]),
    language: order.language ?? 'fr',
    created_at: now,
    updated_at: now,
  }
  faults.raise()
  return row
}

/** The same row with the hash of the password it was given at that moment. */
export function withPassword(row: UserRow, hash: string): UserRow {
  return { ...row, password_hash: hash, password_set_at: row.created_at }
}
