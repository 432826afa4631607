import type { ColumnDefinitionBuilder, Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables of account-tables.ts: structures, people, their rights, what they did. */
export const people: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('structures')
      .addColumn('siret', 'text', identity)
      .addColumn('siren', 'text', required)
      .addColumn('name', 'text', required)
      .addColumn('is_active', 'bigint', required)
      .addColumn('created_at', 'bigint', required)
      .addColumn('updated_at', 'bigint', required)
      .execute()
    await db.schema
      .createTable('users')
      .addColumn('id', 'text', identity)
      .addColumn('login', 'text', required)
      .addColumn('first_name', 'text', required)
      .addColumn('name', 'text', required)
      .addColumn('email', 'text', required)
      .addColumn('password_hash', 'text')
      .addColumn('password_set_at', 'bigint')
      .addColumn('must_change_password', 'bigint', required)
      .addColumn('is_blocked', 'bigint', required)
      .addColumn('global_roles_json', 'text', required)
      .addColumn('language', 'text', required)
      .addColumn('created_at', 'bigint', required)
      .addColumn('updated_at', 'bigint', required)
      .execute()
    await db.schema
      .createTable('attachments')
      .addColumn('user_id', 'text', required)
      .addColumn('siret', 'text', required)
      .addColumn('role', 'text', required)
      .addColumn('state', 'text', required)
      .addColumn('requested_at', 'bigint', required)
      .addColumn('decided_at', 'bigint')
      .addColumn('decided_by', 'text')
      .execute()
    await db.schema
      .createTable('areas')
      .addColumn('siret', 'text', identity)
      .addColumn('opened_at', 'bigint', required)
      .addColumn('opened_by', 'text', required)
      .execute()
    await db.schema
      .createTable('subscriptions')
      .addColumn('user_id', 'text', required)
      .addColumn('siret', 'text', required)
      .addColumn('may_show', 'bigint', required)
      .addColumn('may_modify', 'bigint', required)
      .addColumn('may_test', 'bigint', required)
      .addColumn('requested_json', 'text')
      .addColumn('state', 'text', required)
      .addColumn('requested_at', 'bigint', required)
      .addColumn('decided_at', 'bigint')
      .addColumn('decided_by', 'text')
      .execute()
    await db.schema
      .createTable('user_sessions')
      .addColumn('token_sha256', 'text', identity)
      .addColumn('user_id', 'text', required)
      .addColumn('csrf_token', 'text', required)
      .addColumn('created_at', 'bigint', required)
      .addColumn('last_seen_at', 'bigint', required)
      .addColumn('expires_at', 'bigint', required)
      .addColumn('peer', 'text', required)
      .execute()
    await db.schema
      .createTable('api_tokens')
      .addColumn('id', 'text', identity)
      .addColumn('user_id', 'text', required)
      .addColumn('name', 'text', required)
      .addColumn('token_sha256', 'text', required)
      .addColumn('scopes_json', 'text')
      .addColumn('created_at', 'bigint', required)
      .addColumn('expires_at', 'bigint')
      .addColumn('last_used_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .execute()
    await db.schema
      .createTable('audit')
      .addColumn('id', 'text', identity)
      .addColumn('at', 'bigint', required)
      .addColumn('actor_id', 'text', required)
      .addColumn('actor_name', 'text', required)
      .addColumn('actor_kind', 'text', required)
      .addColumn('peer', 'text', required)
      .addColumn('action', 'text', required)
      .addColumn('object_kind', 'text', required)
      .addColumn('object_id', 'text', required)
      .addColumn('siret', 'text')
      .addColumn('before_json', 'text')
      .addColumn('after_json', 'text')
      .addColumn('reason', 'text')
      .execute()
    for (const [table, ...columns] of UNIQUE) {
      const name = `${table}_${columns.join('_')}`
      await db.schema.createIndex(name).unique().on(table).columns(columns).execute()
    }
    for (const [table, ...columns] of INDEXES) {
      const name = `${table}_${columns.join('_')}`
      await db.schema.createIndex(name).on(table).columns(columns).execute()
    }
  },
}

const UNIQUE = [
  ['users', 'login'],
  ['attachments', 'user_id', 'siret'],
  ['subscriptions', 'user_id', 'siret'],
  ['api_tokens', 'token_sha256'],
] as const
const INDEXES = [
  ['attachments', 'siret'],
  ['subscriptions', 'siret'],
  ['user_sessions', 'user_id'],
  ['api_tokens', 'user_id'],
  ['audit', 'object_id', 'id'],
  ['audit', 'siret', 'id'],
] as const

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()
const identity = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder =>
  column.primaryKey().notNull()
