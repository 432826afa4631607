import type { Selectable } from 'kysely'
import type { UsersTable } from '../journal/account-tables.ts'
import type { Person } from './accounts.ts'
import type { GlobalRole } from './actor.ts'
import type { UserDocument } from './users.ts'

export type UserRow = Selectable<UsersTable>

/** Never the password, nor its hash. */
export function userDocument(row: UserRow): UserDocument {
  return {
    id: row.id,
    login: row.login,
    firstName: row.first_name,
    name: row.name,
    email: row.email,
    language: row.language,
    globalRoles: globalRolesOf(row),
    isBlocked: row.is_blocked === 1,
    mustChangePassword: row.must_change_password === 1,
    createdAt: new Date(row.created_at).toISOString(),
    revision: row.updated_at,
  }
}

export function globalRolesOf(row: Pick<UserRow, 'global_roles_json'>): readonly GlobalRole[] {
  return JSON.parse(row.global_roles_json) as readonly GlobalRole[]
}

/** As the audit and lists name a person. */
export const fullName = (row: Pick<UserRow, 'first_name' | 'name'>): string =>
  `${row.first_name} ${row.name}`

export const PERSON_COLUMNS = [
  'users.id as user_id',
  'users.login',
  'users.first_name',
  'users.name as family_name',
  'users.email',
] as const

export interface PersonColumns {
  readonly user_id: string
  readonly login: string
  readonly first_name: string
  readonly family_name: string
  readonly email: string
}

export function personOf(row: PersonColumns): Person {
  return {
    id: row.user_id,
    login: row.login,
    firstName: row.first_name,
    name: row.family_name,
    email: row.email,
  }
}
