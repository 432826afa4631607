import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables of qualification-tables.ts. */
export const qualification: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('qualification_runs')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('scenario', 'text', (column) => column.notNull())
      .addColumn('scenario_json', 'text', (column) => column.notNull())
      .addColumn('connection_id', 'text', (column) => column.notNull())
      .addColumn('is_self', 'integer', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('patience_seconds', 'integer')
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('started_by', 'text', (column) => column.notNull())
      .addColumn('memory_json', 'text', (column) => column.notNull())
      .addColumn('note_json', 'text')
      .addColumn('override_json', 'text')
      .addColumn('facts_json', 'text', (column) => column.notNull())
      .addColumn('token', 'text')
      .addColumn('lease_until', 'bigint')
      .execute()
    // One at a time on a connection: two would take each other's flows for theirs.
    await sql`create unique index qualification_runs_running on qualification_runs (connection_id)
      where state = 'RUNNING'`.execute(db)
    await db.schema
      .createIndex('qualification_runs_connection')
      .on('qualification_runs')
      .columns(['connection_id', 'id'])
      .execute()
    await db.schema
      .createTable('qualification_steps')
      .addColumn('run_id', 'text', (column) => column.notNull())
      .addColumn('ordinal', 'integer', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('started_at', 'bigint')
      .addColumn('deadline', 'bigint')
      .addColumn('ended_at', 'bigint')
      .addColumn('expected_json', 'text', (column) => column.notNull())
      .addColumn('got_json', 'text')
      .addColumn('seen_json', 'text', (column) => column.notNull())
      .addColumn('answer_json', 'text')
      .addPrimaryKeyConstraint('qualification_steps_key', ['run_id', 'ordinal'])
      .execute()
  },
}
