import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables of alert-tables.ts. */
export const alerts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('alerts')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('rule', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('connection_id', 'text')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('severity', 'text', (column) => column.notNull())
      .addColumn('level', 'integer', (column) => column.notNull())
      .addColumn('facts_json', 'text', (column) => column.notNull())
      .addColumn('text_json', 'text', (column) => column.notNull())
      .addColumn('opened_at', 'bigint', (column) => column.notNull())
      .addColumn('changed_at', 'bigint', (column) => column.notNull())
      .addColumn('resolved_at', 'bigint')
      .addColumn('told_level', 'integer')
      .addColumn('ack_json', 'text')
      .execute()
    // Whoever looks, one thing is wrong once.
    await sql`create unique index alerts_open on alerts (rule, subject)
      where state = 'OPEN'`.execute(db)
    await db.schema.createIndex('alerts_changed').on('alerts').column('changed_at').execute()
    await db.schema
      .createTable('alert_silences')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('rule', 'text')
      .addColumn('connection_id', 'text')
      .addColumn('until', 'bigint', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .execute()
    await db.schema
      .createTable('alert_calls')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('key', 'text', (column) => column.notNull().unique())
      .addColumn('webhook', 'integer', (column) => column.notNull())
      .addColumn('body_json', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('failure', 'text')
      .execute()
    await sql`create index alert_calls_due on alert_calls (next_attempt_at)
      where state = 'WAITING'`.execute(db)
  },
}
