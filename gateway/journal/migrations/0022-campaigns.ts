import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Campaigns, files put to questions, and who may watch a run (qualification-tables.ts). */
export const campaigns: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('qualification_attachments')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('run_id', 'text', (column) => column.notNull())
      .addColumn('ordinal', 'integer', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('media_type', 'text', (column) => column.notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('added_at', 'bigint', (column) => column.notNull())
      .addColumn('added_by', 'text', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('qualification_attachments_run')
      .on('qualification_attachments')
      .columns(['run_id', 'id'])
      .execute()
    await db.schema
      .createIndex('qualification_attachments_sha256')
      .on('qualification_attachments')
      .column('sha256')
      .execute()
    await db.schema
      .createTable('run_views')
      .addColumn('token_sha256', 'text', (column) => column.primaryKey().notNull())
      .addColumn('run_id', 'text', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('campaign_results')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('campaign', 'text', (column) => column.notNull())
      .addColumn('campaign_json', 'text', (column) => column.notNull())
      .addColumn('connection_id', 'text', (column) => column.notNull())
      .addColumn('is_self', 'integer', (column) => column.notNull())
      .addColumn('patience_seconds', 'integer')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('started_by', 'text', (column) => column.notNull())
      .execute()
    // One at a time on a connection, as runs.
    await sql`create unique index campaign_results_running on campaign_results (connection_id)
      where state = 'RUNNING'`.execute(db)
    await db.schema
      .createIndex('campaign_results_connection')
      .on('campaign_results')
      .columns(['connection_id', 'campaign', 'id'])
      .execute()
    await db.schema
      .createTable('campaign_items')
      .addColumn('result_id', 'text', (column) => column.notNull())
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('scenario', 'text', (column) => column.notNull())
      .addColumn('run_id', 'text')
      .addColumn('result', 'text')
      .addColumn('note_json', 'text')
      .addPrimaryKeyConstraint('campaign_items_key', ['result_id', 'position'])
      .execute()
  },
}
