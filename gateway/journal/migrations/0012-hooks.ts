import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The table of hook-table.ts. */
export const hooks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('hook_calls')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('connection_id', 'text', (column) => column.notNull())
      .addColumn('flow_id', 'text', (column) => column.notNull())
      .addColumn('hook', 'integer', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('body_json', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('failure', 'text')
      .execute()
    await db.schema
      .createIndex('hook_calls_key')
      .unique()
      .on('hook_calls')
      .columns(['flow_id', 'hook', 'key'])
      .execute()
    await sql`create index hook_calls_waiting on hook_calls (next_attempt_at)
      where state = 'WAITING'`.execute(db)
  },
}
